"""Arithmetic on what the callers saw."""

from __future__ import annotations

from typing import Any

import numpy as np

from avatar_server.probe.options import ClientRecord


def percentiles(values: list[float]) -> dict[str, float]:
    """Count, mean and the percentiles that are talked about; an empty list gives a count of 0."""
    if not values:
        return {"count": 0}
    table = np.asarray(values)
    cuts = {f"p{p}": float(np.percentile(table, p)) for p in (50, 90, 95, 99)}
    return {
        "count": len(values),
        "mean": float(table.mean()),
        **cuts,
        "max": float(table.max()),
    }


def freezes(arrivals_s: list[float]) -> tuple[int, float]:
    """How many freezes and how many seconds of them.

    A gap is a freeze when it is at least max(3 d, d + 150 ms), d the mean gap of the last 30
    frames (W3C, Identifiers for WebRTC's Statistics API, ``freezeCount``).
    """
    gaps = np.diff(arrivals_s)
    count, frozen_s = 0, 0.0
    for index, gap in enumerate(gaps):
        before = gaps[max(0, index - 30) : index]
        if len(before) == 0:
            continue
        usual = float(before.mean())
        if gap >= max(3 * usual, usual + 0.150):
            count += 1
            frozen_s += float(gap)
    return count, frozen_s


def frame_rate(arrivals_s: list[float]) -> float:
    """Frames a second between the first and the last."""
    if len(arrivals_s) < 2:
        return 0.0
    return (len(arrivals_s) - 1) / (arrivals_s[-1] - arrivals_s[0])


def summary(record: ClientRecord) -> dict[str, Any]:
    """One caller's figures, ready for a table or JSON."""
    frozen, frozen_s = freezes(record.arrivals_s)
    expected = record.packets_received + record.packets_lost
    return {
        "client": record.client,
        "error": record.error,
        "first_frame_ms": record.first_frame_ms,
        "glass_to_glass_ms": percentiles(record.glass_ms),
        "wire_ms": percentiles(record.wire_ms),
        "fps": frame_rate(record.arrivals_s),
        "frames_sent": record.sent,
        "frames_received": len(record.arrivals_s),
        "freezes": frozen,
        "freeze_s": frozen_s,
        "loss": record.packets_lost / expected if expected else 0.0,
        "jitter_ms": record.jitter_ms,
        "stages_ms": {name: percentiles(values) for name, values in record.stages_ms.items()},
    }


def overall(records: list[ClientRecord]) -> dict[str, Any]:
    """All callers together: delays pooled, rates averaged, the worst loss and jitter."""
    good = [record for record in records if not record.error]
    each = [summary(record) for record in good]

    def pooled(name: str) -> dict[str, float]:
        return percentiles([value for record in good for value in getattr(record, name)])

    names = {name for record in good for name in record.stages_ms}
    stages = {
        name: percentiles([v for record in good for v in record.stages_ms.get(name, [])])
        for name in sorted(names)
    }
    return {
        "clients": len(records),
        "failed": len(records) - len(good),
        "first_frame_ms": percentiles([record.first_frame_ms for record in good]),
        "glass_to_glass_ms": pooled("glass_ms"),
        "wire_ms": pooled("wire_ms"),
        "fps": float(np.mean([s["fps"] for s in each])) if each else 0.0,
        "freezes": sum(s["freezes"] for s in each),
        "freeze_s": sum(s["freeze_s"] for s in each),
        "loss": max((s["loss"] for s in each), default=0.0),
        "jitter_ms": max((s["jitter_ms"] for s in each), default=0.0),
        "stages_ms": stages,
        "slowest_stage": max(stages, key=lambda name: stages[name]["p50"], default=""),
    }
