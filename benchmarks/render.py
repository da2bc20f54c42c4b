"""What drawing costs: CPU milliseconds a frame of each stage, of all, and of pyrender's picture.

    python benchmarks/render.py --avatars assets/avatars/ani --sizes 512

CPU is the process's, with all threads of the rasteriser. Every figure is the median over rounds of
frames; the character moves between frames as a person in front of a camera does.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

# Run as a script from a checkout, installed or not.
sys.path.insert(0, str(Path(__file__).parents[1]))

import moderngl
import numpy as np

from avatar_server.avatar import Avatar, Character, load_avatar
from avatar_server.errors import RenderError
from avatar_server.expression import ARKIT_INDEX
from avatar_server.render import BACKGROUNDS, create_renderer
from avatar_server.render.context import gl_context
from avatar_server.render.live import LiveRenderer
from avatar_server.types import Expression, FrameTimes, PosedRig

ROOT = Path(__file__).parents[1]
TIMES = FrameTimes(capture_s=0.0, started_ns=0)
ROUND = 10
STAGES = ("upload", "scene", "edges + YUV + read-back", "the same by shaders", "whole frame")


def poses(avatar: Avatar, count: int) -> list[PosedRig]:
    """A talking, nodding, blinking character at 30 frames a second."""
    character = Character(avatar, seed=1)
    rigs = []
    for index in range(count):
        seconds = index / 30
        coefficients = np.zeros(52, np.float32)
        coefficients[ARKIT_INDEX["jawOpen"]] = 0.4 + 0.4 * np.sin(9 * seconds)
        coefficients[ARKIT_INDEX["mouthSmileLeft"]] = 0.5
        coefficients[ARKIT_INDEX["eyeBlinkRight"]] = float(index % 20 < 4)
        half = np.radians(12 * np.sin(2 * seconds)) / 2
        rotation = np.array([0, np.sin(half), 0, np.cos(half)], np.float32)
        expression = Expression(
            coefficients,
            rotation,
            np.zeros(3, np.float32),
            np.zeros(8, np.float32),
            seconds,
            tracked=True,
        )
        rigs.append(character.pose(expression))
    return rigs


def cpu_ms(work: Callable[[PosedRig], object], rigs: list[PosedRig]) -> float:
    """Median over rounds of CPU milliseconds a frame, after one round to warm up."""
    rounds = []
    for first in range(0, len(rigs) - ROUND + 1, ROUND):
        began = time.process_time()
        for rig in rigs[first : first + ROUND]:
            work(rig)
        rounds.append((time.process_time() - began) / ROUND * 1000)
    return statistics.median(rounds[1:] or rounds)


def measure(avatar: Avatar, size: int, frames: int, background: str) -> dict[str, float]:
    """Milliseconds of each of ``STAGES``, and of pyrender where it is installed."""
    rigs = poses(avatar, frames)
    renderer = LiveRenderer(avatar.model, size, size, background)
    context = gl_context()

    def drawn(rig: PosedRig) -> None:
        renderer.draw_scene(rig, background)
        context.finish()

    drawn(rigs[0])
    result = {"scene": cpu_ms(drawn, rigs)}
    result["edges + YUV + read-back"] = cpu_ms(lambda _: renderer.read_planes(), rigs)
    result["whole frame"] = cpu_ms(lambda rig: renderer.draw(rig, TIMES), rigs)
    size_bytes = rigs[0].positions.nbytes
    buffers = (context.buffer(reserve=size_bytes), context.buffer(reserve=size_bytes))
    result["upload"] = cpu_ms(lambda rig: _upload(buffers, rig), rigs)
    for buffer in buffers:
        buffer.release()
    renderer.close()
    shaders = LiveRenderer(avatar.model, size, size, background, finish_on_gpu=True)
    shaders.draw(rigs[0], TIMES)
    result["the same by shaders"] = cpu_ms(lambda _: shaders.read_planes(), rigs)
    shaders.close()
    try:
        reference = create_renderer(avatar, backend="pyrender", width=size, height=size)
    except RenderError:
        return result
    few = rigs[: 3 * ROUND]
    result["pyrender"] = cpu_ms(lambda rig: reference.draw(rig, TIMES), few)
    reference.close()
    return result


def _upload(buffers: tuple[moderngl.Buffer, moderngl.Buffer], rig: PosedRig) -> None:
    buffers[0].write(rig.positions)
    buffers[1].write(rig.normals)


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
        print(json.dumps({"renderer": gl_context().info["GL_RENDERER"], "ms": rows}))
        return
    print(gl_context().info["GL_RENDERER"])
    for name, row in rows.items():
        print(name)
        for stage in STAGES:
            print(f"  {stage:<26}{row[stage]:8.2f} ms")
        if "pyrender" in row:
            ratio = row["pyrender"] / row["whole frame"]
            print(f"  {'pyrender':<26}{row['pyrender']:8.2f} ms   {ratio:.1f} x the whole frame")


if __name__ == "__main__":
    main()
