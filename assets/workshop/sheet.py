"""Contact sheets with the product's own renderer.

``python -m assets.workshop.sheet ani morphs --out morphs.png``
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from assets.workshop.speech import VISEMES, both
from avatar_server.avatar import Character, load_avatar
from avatar_server.expression import ARKIT_52, ARKIT_INDEX, EMOTIONS
from avatar_server.render import create_renderer
from avatar_server.types import Camera, Expression, PosedRig

AVATARS = Path(__file__).resolve().parents[1] / "avatars"


@dataclass(frozen=True)
class Cell:
    """One picture: coefficients, raw morph weights on top, head angles in degrees, framing."""

    title: str
    weights: Mapping[str, float] = field(default_factory=dict)
    morphs: Mapping[str, float] = field(default_factory=dict)
    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    emotion: str = ""
    action: str = ""
    seconds: float = 0.0
    view: str = "face"


def _faces() -> Iterator[Cell]:
    yield Cell("neutral", view="bust")
    smile = both("mouthSmile", 1) | both("cheekSquint", 0.6)
    yield Cell("smile", smile, view="bust")
    yield Cell("wink", smile | {"eyeBlinkLeft": 1, "cheekSquintLeft": 1}, view="bust")
    yield Cell("jaw open", {"jawOpen": 1}, view="bust")
    yield Cell("looking left", {"eyeLookOutLeft": 1, "eyeLookInRight": 1}, view="bust")
    yield Cell("turned 20 degrees", yaw=20, view="bust")


def _morphs() -> Iterator[Cell]:
    yield Cell("neutral")
    for name in ARKIT_52:
        yield Cell(name, {name: 1})
    yield Cell("jawOpen + mouthClose", {"jawOpen": 1, "mouthClose": 1})


def _emotions() -> Iterator[Cell]:
    for name in EMOTIONS:
        yield Cell(name, emotion=name, view="bust")


def _visemes() -> Iterator[Cell]:
    for name in VISEMES:
        yield Cell(name, morphs={name: 1}, view="lips")


def _yaw() -> Iterator[Cell]:
    for pitch in (0, 15, -15):
        for yaw in (-30, 0, 30):
            yield Cell(f"yaw {yaw}, pitch {pitch}", yaw=yaw, pitch=pitch, view="bust")


def _eyes() -> Iterator[Cell]:
    for weight in (0.0, 0.25, 0.5, 0.75, 1.0):
        yield Cell(f"blink {weight}", morphs=both("eyeBlink", weight), view="eyes")
    for other in ("eyeSquint", "cheekSquint", "eyeWide", "eyeLookDown", "eyeLookUp"):
        yield Cell(f"blink + {other}", both("eyeBlink", 1) | both(other, 1), view="eyes")
    for yaw in (-30, 30):
        yield Cell(f"half blink, yaw {yaw}", morphs=both("eyeBlink", 0.5), yaw=yaw, view="eyes")
        yield Cell(f"blink, yaw {yaw}", morphs=both("eyeBlink", 1), yaw=yaw, view="eyes")


def _pairs() -> Iterator[Cell]:
    for first, second in (
        (both("mouthSmile", 1), {"jawOpen": 1}),
        (both("mouthFrown", 1), {"jawOpen": 1}),
        ({"mouthPucker": 1}, {"mouthFunnel": 1}),
        ({"mouthPucker": 1}, both("mouthSmile", 1)),
        (both("eyeSquint", 1), both("cheekSquint", 1)),
        (both("eyeBlink", 1) | both("eyeSquint", 1), both("mouthSmile", 1)),
        (both("mouthStretch", 1), both("mouthSmile", 1)),
        ({"jawOpen": 1}, {"tongueOut": 1}),
        ({"jawOpen": 1}, {"jawLeft": 1}),
        ({"jawOpen": 1}, both("mouthUpperUp", 1) | both("mouthLowerDown", 1)),
        ({"cheekPuff": 1}, {"mouthPucker": 1}),
        (both("browDown", 1), both("noseSneer", 1)),
    ):
        weights = {**first, **second}
        yield Cell(" + ".join(dict.fromkeys(n.rstrip("LeftRigh") for n in weights)), weights)


def _actions() -> Iterator[Cell]:
    for name in (
        "wave",
        "laugh",
        "heart",
        "surprise",
        "think",
        "dance",
        "clap",
        "cheer",
        "bow",
        "kiss",
    ):
        for seconds in (0.6, 1.2):
            yield Cell(f"{name} {seconds}", action=name, seconds=seconds, view="frame")


SHEETS = {
    "faces": (_faces, 3, 384),
    "morphs": (_morphs, 9, 220),
    "emotions": (_emotions, 4, 320),
    "visemes": (_visemes, 5, 220),
    "yaw": (_yaw, 3, 384),
    "eyes": (_eyes, 5, 300),
    "pairs": (_pairs, 6, 260),
    "actions": (_actions, 4, 320),
}


def _head_turn(cell: Cell) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Yaw about y, then pitch about x, then roll about z, as a quaternion."""
    half = np.radians([cell.pitch, cell.yaw, cell.roll]) / 2
    (sx, sy, sz), (cx, cy, cz) = np.sin(half), np.cos(half)
    return np.array(
        [
            sx * cy * cz + cx * sy * sz,
            cx * sy * cz - sx * cy * sz,
            cx * cy * sz - sx * sy * cz,
            cx * cy * cz + sx * sy * sz,
        ],
        np.float32,
    )


class Studio:
    """One avatar before the camera; pictures are drawn twice as large and halved."""

    def __init__(self, folder: Path, size: int) -> None:
        self.avatar = load_avatar(folder)
        self.renderer = create_renderer(
            self.avatar, width=2 * size, height=2 * size, background="transparent"
        )

    def _camera(self, rig: PosedRig, view: str) -> Camera:
        head = rig.joints[self.avatar.model.humanoid["head"]][:3, 3]
        up = {"face": 0.056, "bust": 0.03, "portrait": 0.075, "lips": 0.02, "eyes": 0.072}.get(view)
        if up is None:
            return rig.camera
        span = {"face": 0.19, "bust": 0.44, "portrait": 0.34, "lips": 0.11, "eyes": 0.15}[view]
        target = np.array([0.0, head[1] + up, 0.0])
        distance = span / 2 / np.tan(np.radians(10))
        return Camera(
            eye=(0.0, float(target[1]), float(distance + 0.08)),
            target=(0.0, float(target[1]), 0.0),
            fov_degrees=20.0,
        )

    def picture(self, cell: Cell) -> Image.Image:
        """Draws a cell after the springs came to rest."""
        character = Character(self.avatar, seed=1)
        coefficients = np.zeros(len(ARKIT_52), np.float32)
        for name, weight in cell.weights.items():
            coefficients[ARKIT_INDEX[name]] = weight
        emotion = np.zeros(len(EMOTIONS), np.float32)
        if cell.emotion:
            emotion[EMOTIONS.index(cell.emotion)] = 1.0
        started = False
        rig = None
        for step in range(30 + round(cell.seconds * 30)):
            if cell.action and step >= 29 and not started:
                character.start_action(cell.action)
                started = True
            rig = character.pose(
                Expression(
                    coefficients,
                    _head_turn(cell),
                    np.zeros(3, np.float32),
                    emotion,
                    step / 30,
                    True,
                )
            )
        assert rig is not None
        rig = replace(self._with_morphs(rig, cell), camera=self._scaled(rig, cell.view))
        rgba = self.renderer.draw_rgba(rig)
        ground = Image.new("RGBA", (rgba.shape[1], rgba.shape[0]), "#dde3ee")
        ground.alpha_composite(Image.fromarray(rgba))
        half = (rgba.shape[1] // 2, rgba.shape[0] // 2)
        return ground.convert("RGB").resize(half, Image.Resampling.BOX)

    def _scaled(self, rig: PosedRig, view: str) -> Camera:
        """The camera of a view, further off the larger the face is between its eyes."""
        camera = self._camera(rig, view)
        if view in ("frame", "full"):
            return camera
        humanoid = self.avatar.model.humanoid
        head = rig.joints[humanoid["head"]][:3, 3]
        left, right = (rig.joints[humanoid[eye]][:3, 3] for eye in ("leftEye", "rightEye"))
        apart = float(np.linalg.norm(left - right))
        scale = {"bust": 1.0, "portrait": 1.0}.get(view, (apart / 0.0736) ** 0.5)
        y = float(head[1] + scale * (camera.target[1] - head[1]))
        return replace(camera, eye=(0.0, y, scale * camera.eye[2]), target=(0.0, y, 0.0))

    def _with_morphs(self, rig: PosedRig, cell: Cell) -> PosedRig:
        """Adds raw morphs in the head's space."""
        if not cell.morphs:
            return rig
        model = self.avatar.model
        positions, normals = rig.positions.copy(), rig.normals.copy()
        node = model.humanoid["head"]
        turn = rig.joints[node][:3, :3]
        for morph in model.morphs:
            weight = cell.morphs.get(morph.name, 0.0)
            if weight:
                positions[morph.vertices] += weight * morph.positions @ turn.T
                normals[morph.vertices] += weight * morph.normals @ turn.T
        return replace(rig, positions=positions, normals=normals)


def draw(avatar: str, sheet: str, only: str = "") -> Image.Image:
    """The whole sheet with its captions."""
    cells, columns, size = SHEETS[sheet]
    studio = Studio(AVATARS / avatar, size)
    chosen = [c for c in cells() if only in c.title]
    rows = -(-len(chosen) // columns)
    page = Image.new("RGB", (columns * size, rows * (size + 16)), "white")
    pen = ImageDraw.Draw(page)
    for i, cell in enumerate(chosen):
        at = ((i % columns) * size, (i // columns) * (size + 16))
        page.paste(studio.picture(cell), at)
        pen.text((at[0] + 4, at[1] + size + 2), cell.title, fill="black")
    return page


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("avatar")
    parser.add_argument("sheet", choices=sorted(SHEETS))
    parser.add_argument("--only", default="", help="cells whose title contains this")
    parser.add_argument("--out", type=Path, default=Path("sheet.png"))
    arguments = parser.parse_args()
    draw(arguments.avatar, arguments.sheet, arguments.only).save(arguments.out)


if __name__ == "__main__":
    main()
