"""The probe's arithmetic against figures worked out by hand."""

import json
from pathlib import Path

import pytest

from avatar_server.errors import AvatarServerError, MediaFileError
from avatar_server.probe.compare import compare, read_report
from avatar_server.probe.options import ClientRecord, Impairment, parse_impairment
from avatar_server.probe.statistics import frame_rate, freezes, overall, percentiles, summary


def record(**values) -> ClientRecord:
    return ClientRecord(0, **values)


def test_percentiles() -> None:
    figures = percentiles([float(v) for v in range(1, 102)])
    assert (figures["p50"], figures["p90"], figures["max"], figures["count"]) == (51, 91, 101, 101)
    assert percentiles([]) == {"count": 0}


def test_frame_rate_and_freezes() -> None:
    steady = [i / 30 for i in range(90)]
    assert frame_rate(steady) == pytest.approx(30)
    assert freezes(steady) == (0, 0)
    # 33 ms a frame: a gap is a freeze from max(100, 183) ms on.
    assert freezes([*steady, steady[-1] + 0.18])[0] == 0
    count, seconds = freezes([*steady, steady[-1] + 0.19])
    assert count == 1
    assert seconds == pytest.approx(0.19)


def test_loss_is_of_what_was_expected() -> None:
    assert summary(record(packets_received=98, packets_lost=2))["loss"] == pytest.approx(0.02)
    assert summary(record())["loss"] == 0


def test_the_slowest_stage_is_named_and_failures_are_counted() -> None:
    stages = {"track": [5.0, 6.0], "draw": [40.0, 42.0]}
    total = overall([record(stages_ms=stages), record(error="503")])
    assert total["slowest_stage"] == "draw"
    assert total["failed"] == 1


def test_what_got_worse_is_said() -> None:
    before = overall([record(glass_ms=[80.0] * 50, arrivals_s=[i / 30 for i in range(50)])])
    now = overall([record(glass_ms=[120.0] * 50, arrivals_s=[i / 20 for i in range(50)])])
    worse = {line.name for line in compare(before, now, tolerance=0.1) if line.worse}
    assert worse == {"glass_to_glass_ms p50", "glass_to_glass_ms p95", "fps"}
    assert not any(line.worse for line in compare(before, before, tolerance=0.0))
    assert not any(line.worse for line in compare(now, before, tolerance=0.1)), (
        "better is not worse"
    )


def test_a_report_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "old.json"
    for text in ("", "[]", '{"overall": 3}', "{"):
        path.write_text(text)
        with pytest.raises(MediaFileError, match="not a report"):
            read_report(path)
    path.write_text(json.dumps({"overall": {"fps": 30}}))
    assert read_report(path) == {"fps": 30}


def test_impairment_is_read() -> None:
    read = parse_impairment("loss=2%, delay=40ms,jitter=10ms,rate=800kbps")
    assert read == Impairment(0.02, 40, 10, 800_000)
    assert parse_impairment("") == Impairment()
    assert parse_impairment("rate=1.5mbps").rate_bps == 1.5e6


@pytest.mark.parametrize("text", ["loss=200%", "delay", "delay=-4ms", "rate=fast", "mood=bad"])
def test_impairment_that_cannot_be_read_is_named(text: str) -> None:
    with pytest.raises(AvatarServerError, match="cannot read"):
        parse_impairment(text)
