"""Draws avatar files beside three-vrm, at rest and from the same camera, and compares.

    python -m tests.avatar_import.side_by_side FOLDER --out docs/import

writes one PNG a file (three-vrm, ours, and where the silhouettes differ), or with --sheet one for
all, and prints the overlap of the silhouettes (intersection over union) and the mean difference of
colour where both draw.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
from PIL import Image, ImageDraw

from avatar_server.avatar import load_model
from avatar_server.avatar.constraints import Constraints
from avatar_server.avatar.gltf.scene import global_transforms
from avatar_server.avatar.material_binds import MaterialBinds
from avatar_server.avatar.model import AvatarModel
from avatar_server.avatar.presets import apply_overrides
from avatar_server.avatar.skeleton import Skeleton
from avatar_server.errors import AvatarFileError
from avatar_server.render import create_renderer
from avatar_server.render.surface import KEY_DIRECTION
from avatar_server.types import ByteArray, Camera, PosedRig

from .reference import ReferenceMissing, ThreeVrm, three_vrm

SIZE = 256
_FOV = 20.0
_PAPER = 0x70


@dataclass(frozen=True)
class Drawable:
    model: AvatarModel


@dataclass(frozen=True)
class Comparison:
    """``overlap`` in [0, 1]: intersection over union of the silhouettes, 1 if both are empty;
    ``color_difference`` in [0, 255]: mean absolute difference of sRGB where both draw."""

    overlap: float
    color_difference: float
    sheet: Image.Image


def rest_rig(
    model: AvatarModel, expressions: Mapping[str, float] = MappingProxyType({})
) -> PosedRig:
    """The model as its file has it, morphs at their rest weights and nodes where their constraints
    hold them, with ``expressions`` at their weights, seen from the front."""
    positions, normals = model.positions.astype(np.float64), model.normals.astype(np.float64)
    channels = tuple(model.expressions.values())
    weights = apply_overrides(
        channels, np.array([expressions.get(c.name, 0.0) for c in channels], np.float32)
    )
    morph_weights = np.array([m.rest_weight for m in model.morphs], np.float32)
    for channel, weight in zip(channels, weights, strict=True):
        for row, share in channel.morphs:
            morph_weights[row] += weight * share
    for morph, weight in zip(model.morphs, morph_weights, strict=True):
        positions[morph.vertices] += weight * morph.positions
        normals[morph.vertices] += weight * morph.normals
    skinning = model.skinning
    joints = _joints(model)
    palette = joints[skinning.palette_nodes] @ skinning.inverse_binds
    blended = np.einsum("vk,vkij->vij", skinning.weights, palette[skinning.joints])
    ones = np.ones((len(positions), 1))
    posed = np.einsum("vij,vj->vi", blended, np.hstack([positions, ones]))[:, :3]
    turned = np.einsum("vij,vj->vi", blended[:, :3, :3], normals)
    turned /= np.maximum(np.linalg.norm(turned, axis=1, keepdims=True), 1e-9)
    return PosedRig(
        posed.astype(np.float32),
        turned.astype(np.float32),
        joints.astype(np.float32),
        morph_weights,
        front_camera(posed),
        MaterialBinds(channels, model.materials).changes(weights),
    )


def _joints(model: AvatarModel) -> np.ndarray:
    if not model.constraints:
        return global_transforms(model.nodes)
    skeleton = Skeleton(model)
    local = skeleton.rest_locals.copy()
    Constraints(model, skeleton).apply(local)
    return skeleton.globals_of(local)


def front_camera(positions: np.ndarray) -> Camera:
    """A camera at +z that has all of ``positions`` in the picture."""
    if not len(positions):
        return Camera((0.0, 1.0, 5.0), (0.0, 1.0, 0.0), _FOV)
    low, high = positions.min(axis=0), positions.max(axis=0)
    x, y, z = (low + high) / 2
    reach = max(float(np.linalg.norm(high - low)) / 2, 1e-3)
    distance = 1.1 * reach / np.sin(np.radians(_FOV / 2))
    return Camera((float(x), float(y), float(z + distance)), (float(x), float(y), float(z)), _FOV)


def compare(
    path: Path, browser: ThreeVrm, expressions: Mapping[str, float] = MappingProxyType({})
) -> Comparison:
    """Raises ``AvatarFileError`` if we refuse the file, ``AssertionError`` if three-vrm does."""
    model = load_model(path)
    rig = rest_rig(model, expressions)
    renderer = create_renderer(Drawable(model), width=SIZE, height=SIZE, background="transparent")
    try:
        ours = renderer.draw_rgba(rig)
    finally:
        renderer.close()
    key = tuple(float(v) for v in KEY_DIRECTION)
    theirs = browser.draw(path, rig.camera, key, SIZE, expressions).picture
    return _compare(theirs, ours)


def _compare(theirs: ByteArray, ours: ByteArray) -> Comparison:
    a, b = theirs[..., 3] >= 128, ours[..., 3] >= 128
    union, both = int((a | b).sum()), a & b
    overlap = float(both.sum()) / union if union else 1.0
    gap = np.abs(theirs[..., :3].astype(int) - ours[..., :3].astype(int))
    difference = float(gap[both].mean()) if both.any() else 0.0
    return Comparison(overlap, difference, _sheet(theirs, ours, a, b))


def _sheet(theirs: ByteArray, ours: ByteArray, a: np.ndarray, b: np.ndarray) -> Image.Image:
    differ = np.full((*a.shape, 3), _PAPER, np.uint8)
    differ[a & b] = 0xD0
    differ[a & ~b], differ[b & ~a] = (230, 60, 60), (60, 110, 230)
    cells = [("three-vrm", _over(theirs)), ("avatar-server", _over(ours)), ("silhouettes", differ)]
    sheet = Image.new("RGB", (len(cells) * SIZE, SIZE + 16), "white")
    pen = ImageDraw.Draw(sheet)
    for i, (title, picture) in enumerate(cells):
        sheet.paste(Image.fromarray(picture), (i * SIZE, 16))
        pen.text((i * SIZE + 4, 2), title, fill="black")
    return sheet


def _over(picture: ByteArray) -> ByteArray:
    alpha = picture[..., 3:].astype(float) / 255
    return (picture[..., :3] * alpha + _PAPER * (1 - alpha)).astype(np.uint8)


def _joined(sheets: dict[str, Image.Image]) -> Image.Image:
    """All sheets at half size with their names, three in a row."""
    width, height = 3 * SIZE // 2, SIZE // 2 + 20
    rows = -(-len(sheets) // 3)
    joined = Image.new("RGB", (3 * width + 16, rows * height), "white")
    pen = ImageDraw.Draw(joined)
    for i, (name, sheet) in enumerate(sheets.items()):
        left, top = i % 3 * (width + 8), i // 3 * height
        pen.text((left + 4, top + 2), f"{name}: three-vrm, avatar-server, difference", fill="black")
        picture = sheet.crop((0, 16, sheet.width, sheet.height))
        joined.paste(picture.resize((width, SIZE // 2), Image.Resampling.LANCZOS), (left, top + 16))
    return joined


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="+", type=Path, help="avatar files, or folders of them")
    parser.add_argument("--out", type=Path, default=Path("docs/import"))
    parser.add_argument("--sheet", help="name of one picture for all files")
    options = parser.parse_args()
    files = [
        file
        for path in options.paths
        for file in (sorted(path.glob("*.*")) if path.is_dir() else [path])
        if file.suffix in (".vrm", ".glb")
    ]
    sheets: dict[str, Image.Image] = {}
    try:
        with three_vrm() as browser:
            for file in files:
                try:
                    found = compare(file, browser)
                except (AvatarFileError, AssertionError) as error:
                    print(f"{file.name}: {error}")
                    continue
                sheets[file.stem] = found.sheet
                print(
                    f"{file.name}: silhouettes overlap {found.overlap:.3f}, "
                    f"colours differ by {found.color_difference:.1f} of 255"
                )
    except ReferenceMissing as error:
        sys.exit(str(error))
    if options.sheet:
        sheets = {options.sheet: _joined(sheets)}
    options.out.mkdir(parents=True, exist_ok=True)
    for name, sheet in sheets.items():
        sheet.save(options.out / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
