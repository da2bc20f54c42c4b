"""The characters side by side, for the README: ``python -m assets.workshop.banner OUT``."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from avatar_server.avatar import Character, find_avatar
from avatar_server.expression import expression_of, rotation
from avatar_server.render import create_renderer
from avatar_server.types import ByteArray, Expression

SIDE = 640
SMILE = {"mouthSmileLeft": 0.8, "mouthSmileRight": 0.8, "cheekSquintLeft": 0.3}


def scenes() -> list[tuple[str, str, str, Expression]]:
    """Avatar, background, action, expression."""
    left = rotation.from_yaw_pitch_roll(14, 0, -4).astype(np.float32)
    right = rotation.from_yaw_pitch_roll(-14, 0, 4).astype(np.float32)
    return [
        ("ani", "dusk", "", replace(expression_of(jawOpen=0.15, **SMILE), head_rotation=left)),
        ("rudi", "garden", "wave", replace(expression_of(**SMILE), head_rotation=right)),
    ]


def portrait(avatar: str, background: str, action: str, expression: Expression) -> ByteArray:
    """One character a second and a bit into its action, its springs at rest."""
    chosen = find_avatar(avatar)
    character = Character(chosen)
    # Twice as large, and halved: smooth edges.
    renderer = create_renderer(chosen, width=2 * SIDE, height=2 * SIDE, background=background)
    for frame in range(60):
        rig = character.pose(replace(expression, stream_time_s=frame / 30))
    if action:
        character.start_action(action)
    for frame in range(60, 96):
        rig = character.pose(replace(expression, stream_time_s=frame / 30))
    picture = Image.fromarray(renderer.draw_rgba(rig)[..., :3].copy())
    renderer.close()
    return np.asarray(picture.resize((SIDE, SIDE), Image.Resampling.BOX))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    out = parser.parse_args().out
    Image.fromarray(np.hstack([portrait(*scene) for scene in scenes()])).save(out, optimize=True)


if __name__ == "__main__":
    main()
