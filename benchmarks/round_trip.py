"""Drive an avatar with a face, track the avatar's own face, and compare the two.

    python benchmarks/round_trip.py --avatar ani --media talk.mp4 talk2.mp4
    python benchmarks/round_trip.py --avatar rudi --performance chat

What an avatar shows is what a face tracker reads off it: a correlation of 1 means that the
character's blink, smile or turn of the head tells the viewer just what the person did. Heads are
compared in degrees, each against its own mean pose.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

# Run as a script from a checkout, installed or not.
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np

from avatar_server.avatar import Character, find_avatar
from avatar_server.expression import (
    ARKIT_52,
    ExpressionMapper,
    find_performance,
    load_performance,
    rotation,
)
from avatar_server.face import create_tracker
from avatar_server.render import create_renderer
from avatar_server.types import Expression, FrameTimes, VideoFrame
from avatar_server.video_file import VideoFileReader

MUST_SHOW = (
    "eyeBlinkLeft",
    "eyeBlinkRight",
    "jawOpen",
    "mouthSmileLeft",
    "mouthSmileRight",
    "browInnerUp",
    "browOuterUpLeft",
    "browOuterUpRight",
    "browDownLeft",
    "browDownRight",
)
LEAST_MOVEMENT = 0.03
"""A coefficient that hardly moved (standard deviation) has no meaningful correlation."""


def driven_by(media: Path) -> Iterator[Expression]:
    tracker, mapper = create_tracker("litert"), ExpressionMapper()
    with VideoFileReader(media) as reader:
        for frame in reader.frames():
            yield mapper.map(tracker.track(frame), frame.times.capture_s)


def performed(name: str, seconds: float) -> Iterator[Expression]:
    performance = load_performance(find_performance(name))
    for index in range(round(30 * min(seconds, performance.duration_s))):
        yield performance.at(index / 30)


def round_trip(
    avatar: str, driving: Iterator[Expression]
) -> tuple[list[Expression], list[Expression], int]:
    """What drove each frame, what was read back, and in how many frames no face was found."""
    chosen = find_avatar(avatar)
    character = Character(chosen)
    renderer = create_renderer(chosen, width=512, height=512)
    tracker, mapper = create_tracker("litert"), ExpressionMapper()
    drove, read, lost = [], [], 0
    for expression in driving:
        pixels = renderer.draw_rgba(character.pose(expression))[..., :3]
        times = FrameTimes.starting(expression.stream_time_s)
        face = tracker.track(VideoFrame((np.ascontiguousarray(pixels),), times))
        if face is None:
            lost += 1
            continue
        drove.append(expression)
        read.append(mapper.map(face, expression.stream_time_s))
    renderer.close()
    return drove, read, lost


def report(title: str, drove: list[Expression], read: list[Expression], lost: int) -> None:
    print(f"{title}: {len(drove)} frames, no face seen in {lost}")
    if len(drove) < 10:
        return
    driven = np.array([e.coefficients for e in drove])
    seen = np.array([e.coefficients for e in read])
    for index, name in enumerate(ARKIT_52):
        if driven[:, index].std() < LEAST_MOVEMENT:
            continue
        flat = seen[:, index].std() < 1e-4
        r = 0.0 if flat else np.corrcoef(driven[:, index], seen[:, index])[0, 1]
        print(f"  {'*' if name in MUST_SHOW else ' '} {name:20} r = {r:+.2f}")
    angles = [
        np.array([rotation.to_yaw_pitch_roll(e.head_rotation) for e in side])
        for side in (drove, read)
    ]
    for column, name in enumerate(("yaw", "pitch", "roll")):
        a, b = (side[:, column] - side[:, column].mean() for side in angles)
        r = np.corrcoef(a, b)[0, 1]
        print(f"  * head {name:6} r = {r:+.2f}, mean error {np.abs(a - b).mean():.2f} degrees")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--avatar", default="ani")
    parser.add_argument("--media", type=Path, nargs="*", default=[])
    parser.add_argument("--performance", nargs="*", default=[])
    parser.add_argument("--seconds", type=float, default=10.0, help="of each performance")
    options = parser.parse_args()
    for path in options.media:
        report(f"{options.avatar}, {path.name}", *round_trip(options.avatar, driven_by(path)))
    for name in options.performance or ([] if options.media else ["moods"]):
        driving = performed(name, options.seconds)
        report(f"{options.avatar}, {name}", *round_trip(options.avatar, driving))


if __name__ == "__main__":
    main()
