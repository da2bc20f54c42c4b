"""What posing a character costs, and where the time goes.

    OPENBLAS_NUM_THREADS=1 python benchmarks/pose.py --avatar ani --performance chat

CPU time of the calling thread, and of the whole process beside it: where the second is larger,
the linear algebra library runs threads of its own. The parts are timed in a second run, so that
the clock does not weigh on the whole.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

# Run as a script from a checkout, installed or not.
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np

from avatar_server.avatar import Avatar, Character, find_avatar
from avatar_server.expression import find_performance, load_performance
from avatar_server.types import Expression

PARTS = {
    "gains": ("_gains", "apply"),
    "emotion": ("_emotion", "over"),
    "actions, face": ("_actions", "face"),
    "actions, body": ("_actions", "body"),
    "idle, face": ("_idle", "face"),
    "idle, body": ("_idle", "body"),
    "head": ("_body", "follow_head"),
    "channels": ("_retarget", "channel_weights"),
    "morph weights": ("_retarget", "morph_weights"),
    "correctives": ("_correctives", "apply"),
    "local transforms": ("_body", "locals"),
    "global transforms": ("_skeleton", "globals_of"),
    "springs": ("_springs", "swing"),
    "morphs": ("_morphs", "blend"),
    "skinning": ("_skinner", "skin"),
}
"""Name in the report, and the organ of ``Character`` with the verb that is timed."""


class _Timed:
    """An organ whose one verb is timed; all else is passed on."""

    def __init__(self, organ: object, verb: str, spent: Callable[[float], None]) -> None:
        self._organ, self._verb, self._spent = organ, verb, spent

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._organ, name)
        if name != self._verb:
            return found

        def timed(*arguments: object) -> object:
            began = time.thread_time()
            result = found(*arguments)
            self._spent(time.thread_time() - began)
            return result

        return timed


def whole_ms(avatar: Avatar, expressions: list[Expression]) -> tuple[np.ndarray, float]:
    """CPU milliseconds of each frame in this thread, float64 (N,), and of a frame in all threads
    on average."""
    character = Character(avatar)
    for expression in expressions[:30]:
        character.pose(expression)
    frames = []
    began_process = time.process_time()
    for expression in expressions[30:]:
        began = time.thread_time()
        character.pose(expression)
        frames.append((time.thread_time() - began) * 1000)
    process = (time.process_time() - began_process) * 1000 / len(frames)
    return np.array(frames), process


def parts_ms(avatar: Avatar, expressions: list[Expression]) -> dict[str, float]:
    """CPU milliseconds a frame of each of ``PARTS``."""
    character = Character(avatar)
    character.pose(expressions[0])
    spent: dict[str, float] = defaultdict(float)
    for name, (organ, verb) in PARTS.items():

        def add(seconds: float, name: str = name) -> None:
            spent[name] += seconds

        setattr(character, organ, _Timed(getattr(character, organ), verb, add))
    for expression in expressions:
        character.pose(expression)
    return {name: seconds * 1000 / len(expressions) for name, seconds in spent.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--avatar", default="ani", help="an id, a folder or a model file")
    parser.add_argument("--performance", default="chat")
    parser.add_argument("--frames", type=int, default=600)
    parser.add_argument("--fps", type=float, default=30.0)
    options = parser.parse_args()
    avatar = find_avatar(options.avatar)
    performance = load_performance(find_performance(options.performance))
    expressions = [performance.at(i / options.fps) for i in range(options.frames)]
    model = avatar.model
    joints = sum(len(spring.joints) for spring in model.springs)
    print(
        f"{avatar.id}: {len(model.positions)} vertices, {model.triangle_count} triangles, "
        f"{len(model.nodes)} nodes, {len(model.morphs)} morphs, "
        f"{joints} spring joints; {options.fps:g} frames a second"
    )
    frames, process = whole_ms(avatar, expressions)
    middle, late = np.percentile(frames, [50, 95])
    print(
        f"pose: mean {frames.mean():.3f} ms, median {middle:.3f}, 95th percentile {late:.3f}, "
        f"all threads {process:.3f}"
    )
    parts = parts_ms(avatar, expressions)
    for name, milliseconds in sorted(parts.items(), key=lambda item: -item[1]):
        print(f"  {name:18} {milliseconds:6.3f} ms")


if __name__ == "__main__":
    main()
