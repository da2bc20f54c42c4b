"""What is added to the answer that aiortc writes."""

from __future__ import annotations


def limit_video(answer: str, bitrate: int) -> str:
    """The answer with ``bitrate``, bits per second, as the most that its video section wants to
    receive (b=TIAS, RFC 3890, 6.2)."""
    lines: list[str] = []
    kind = ""
    for line in answer.splitlines():
        lines.append(line)
        if line.startswith("m="):
            kind = line
        elif line.startswith("c=") and kind.startswith("m=video"):
            lines.append(f"b=TIAS:{bitrate}")
    return "\r\n".join(lines) + "\r\n"
