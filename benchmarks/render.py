"""What a character costs: CPU milliseconds a frame to pose and to draw it, and what the same
picture costs by OpenGL and by pyrender.

    python benchmarks/render.py --avatars assets/avatars/ani --sizes 512

Posing is all of it: springs, morphs, skinning. CPU is the process's, with all its threads. Every
figure is the median over rounds of frames; the character moves between frames as a person in front
of a camera does.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

# Run as a script from a checkout, installed or not.
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np

from avatar_server.avatar import Avatar, Character, load_avatar
from avatar_server.errors import RenderError
from avatar_server.expression import ARKIT_INDEX
from avatar_server.render import BACKGROUNDS, create_renderer
from avatar_server.render.raster.renderer import RasterRenderer
from avatar_server.types import Expression, FrameTimes

ROOT = Path(__file__).parents[1]
TIMES = FrameTimes(capture_s=0.0, started_ns=0)
ROUND = 10
T = TypeVar("T")
STAGES = ("pose", "scene and planes", "draw", "pose and draw")
OTHERS = ("moderngl", "pyrender")
"""Backends to compare with, drawing alone."""


def expressions(count: int) -> list[Expression]:
    """Somebody who talks, turns the head and blinks, at 30 frames a second."""
    made = []
    for index in range(count):
        seconds = index / 30
        coefficients = np.zeros(52, np.float32)
        coefficients[ARKIT_INDEX["jawOpen"]] = 0.4 + 0.4 * np.sin(9 * seconds)
        coefficients[ARKIT_INDEX["mouthSmileLeft"]] = 0.5
        coefficients[ARKIT_INDEX["eyeBlinkRight"]] = float(index % 20 < 4)
        half = np.radians(12 * np.sin(2 * seconds)) / 2
        rotation = np.array([0, np.sin(half), 0, np.cos(half)], np.float32)
        made.append(
            Expression(
                coefficients,
                rotation,
                np.zeros(3, np.float32),
                np.zeros(8, np.float32),
                seconds,
                tracked=True,
            )
        )
    return made


def cpu_ms(work: Callable[[T], object], frames: list[T]) -> float:
    """Median over rounds of CPU milliseconds a frame, after one round to warm up."""
    rounds = []
    for first in range(0, len(frames) - ROUND + 1, ROUND):
        began = time.process_time()
        for frame in frames[first : first + ROUND]:
            work(frame)
        rounds.append((time.process_time() - began) / ROUND * 1000)
    return statistics.median(rounds[1:] or rounds)


def measure(avatar: Avatar, size: int, frames: int, background: str) -> dict[str, float]:
    """Milliseconds of each of ``STAGES``, and of those of ``OTHERS`` that work here."""
    driven = expressions(frames)
    character = Character(avatar, seed=1)
    result = {"pose": cpu_ms(character.pose, driven)}
    character = Character(avatar, seed=1)
    rigs = [character.pose(expression) for expression in driven]
    renderer = RasterRenderer(avatar.model, size, size, background)
    result["scene and planes"] = cpu_ms(lambda rig: renderer.draw_scene(rig, background), rigs)
    result["draw"] = cpu_ms(lambda rig: renderer.draw(rig, TIMES), rigs)
    character = Character(avatar, seed=1)
    result["pose and draw"] = cpu_ms(
        lambda expression: renderer.draw(character.pose(expression), TIMES), driven
    )
    renderer.close()
    for backend in OTHERS:
        try:
            other = create_renderer(avatar, backend=backend, width=size, height=size)
        except RenderError:
            continue
        result[backend] = cpu_ms(lambda rig, to=other: to.draw(rig, TIMES), rigs[: 5 * ROUND])
        other.close()
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    shipped = sorted(path.parent for path in ROOT.glob("assets/avatars/*/manifest.json"))
    parser.add_argument(
        "--avatars", type=Path, nargs="+", default=shipped, help="avatar folders or .vrm files"
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=[512], help="pixels, square")
    parser.add_argument("--frames", type=int, default=150)
    parser.add_argument(
        "--background", default="studio", help=", ".join(entry.name for entry in BACKGROUNDS)
    )
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    options = parser.parse_args()
    rows = {}
    for path in options.avatars:
        avatar = load_avatar(path)
        for size in options.sizes:
            name = f"{avatar.id} {size} ({avatar.model.triangle_count} triangles)"
            rows[name] = measure(avatar, size, options.frames, options.background)
    if options.json:
        print(json.dumps(rows))
        return
    for name, row in rows.items():
        print(name)
        for stage in STAGES:
            print(f"  {stage:<18}{row[stage]:8.2f} ms")
        for backend in OTHERS:
            if backend in row:
                ratio = row[backend] / row["draw"]
                print(f"  {backend:<18}{row[backend]:8.2f} ms   {ratio:.1f} x drawing")


if __name__ == "__main__":
    main()
