"""What a session can tell about its traffic."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class RtcStatistics:
    """Totals since the session began. "Received" is from the client, "sent" to it; times in
    milliseconds; ``round_trip_ms`` is None until a report has come back."""

    packets_received: int = 0
    bytes_received: int = 0
    packets_sent: int = 0
    bytes_sent: int = 0
    video_packets_received: int = 0
    video_packets_lost: int = 0
    video_jitter_ms: float = 0.0
    frames_decoded: int = 0
    frames_skipped_in: int = 0
    frames_given_up: int = 0
    keyframe_requests_sent: int = 0
    audio_packets_received: int = 0
    audio_packets_sent: int = 0
    frames_sent: int = 0
    frames_skipped_out: int = 0
    keyframes_sent: int = 0
    video_packets_sent: int = 0
    video_packets_retransmitted: int = 0
    remote_packets_lost: int = 0
    remote_jitter_ms: float = 0.0
    round_trip_ms: float | None = None
    bitrate: int = 0
    codec: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)
