"""What to measure, and what one caller measured."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from avatar_server.errors import AvatarServerError


@dataclass(frozen=True, slots=True)
class Impairment:
    """A bad network: ``loss`` in [0, 1], ``delay_ms`` and ``jitter_ms`` (uniform, both added once
    each way), ``rate_bps`` upwards and downwards (0: no limit)."""

    loss: float = 0.0
    delay_ms: float = 0.0
    jitter_ms: float = 0.0
    rate_bps: float = 0.0

    @property
    def none(self) -> bool:
        return self == Impairment()


@dataclass(frozen=True, slots=True)
class ProbeOptions:
    """One run. ``media`` is a video of a face, looped; ``fps`` 0 takes the file's own rate."""

    url: str
    media: Path
    clients: int = 1
    seconds: float = 20.0
    avatar: str = "ani"
    codec: str = "vp8"
    fps: int = 0
    width: int = 640
    height: int = 480
    marks: bool = True
    warm_up_s: float = 2.0
    token: str = ""
    impairment: Impairment = field(default_factory=Impairment)


@dataclass(slots=True)
class ClientRecord:
    """All that one caller saw. Times are monotonic seconds of this machine, delays milliseconds."""

    client: int
    error: str = ""
    first_frame_ms: float = 0.0
    """The offer posted, until the first avatar frame was decoded."""
    glass_s: list[float] = field(default_factory=list)
    """When a frame whose number could be read was decoded, and ..."""
    glass_ms: list[float] = field(default_factory=list)
    """... how long ago that number had been handed to the camera's encoder."""
    wire_ms: list[float] = field(default_factory=list)
    """Last packet of a camera frame out, first packet of its avatar frame in."""
    arrivals_s: list[float] = field(default_factory=list)
    """When each avatar frame was decoded."""
    sent: int = 0
    packets_received: int = 0
    packets_lost: int = 0
    jitter_ms: float = 0.0
    stages_ms: dict[str, list[float]] = field(default_factory=dict)
    """Per stage, as the server's timings say."""


_UNITS = {"bps": 1.0, "kbps": 1e3, "mbps": 1e6}


def parse_impairment(text: str) -> Impairment:
    """Read ``loss=2%,delay=40ms,jitter=10ms,rate=800kbps``; any part may be left out.

    Raises:
        AvatarServerError: names the part that cannot be read.
    """
    values: dict[str, float] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, _, value = part.partition("=")
        try:
            values |= _part(name.strip(), value.strip().lower())
        except ValueError:
            raise AvatarServerError(
                f"--impair: cannot read {part!r}; write loss=2%,delay=40ms,jitter=10ms,rate=800kbps"
            ) from None
    return Impairment(**values)


def _part(name: str, value: str) -> dict[str, float]:
    if name == "loss":
        loss = float(value.removesuffix("%")) / (100 if value.endswith("%") else 1)
        if not 0 <= loss <= 1:
            raise ValueError(value)
        return {"loss": loss}
    if name in ("delay", "jitter"):
        return {f"{name}_ms": _positive(value.removesuffix("ms"))}
    if name == "rate":
        for unit in ("kbps", "mbps", "bps"):
            if value.endswith(unit):
                return {"rate_bps": _positive(value.removesuffix(unit)) * _UNITS[unit]}
    raise ValueError(name)


def _positive(text: str) -> float:
    number = float(text)
    if not 0 <= number < 1e12:
        raise ValueError(text)
    return number
