"""Whether an avatar's folder is complete: what ``avatar-server avatars validate`` prints."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import ValidationError

from avatar_server.avatar.action_library import LIBRARY
from avatar_server.avatar.catalog import MODEL_SUFFIXES
from avatar_server.avatar.importer import load_model
from avatar_server.avatar.manifest import MANIFEST_NAME, Manifest, describe, read_json
from avatar_server.avatar.model import AvatarModel
from avatar_server.avatar.retarget import arkit_expressions
from avatar_server.errors import AvatarFileError
from avatar_server.expression import ARKIT_52, ARKIT_INDEX

VISEMES = tuple(
    "viseme_" + sound
    for sound in "sil PP FF TH DD kk CH SS nn RR aa E I O U".split()  # noqa: SIM905
)
"""The 15 mouth shapes of Oculus Lipsync."""

MAX_TRIANGLES = 100_000
_WEIGHT_SLACK = 1e-3


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong ("error") or that could be better ("warning")."""

    level: Literal["error", "warning"]
    place: str
    """File, and the field in it."""
    text: str
    """What is wrong, and what mends it."""

    def __str__(self) -> str:
        return f"{self.level}: {self.place}: {self.text}"


def validate_avatar(path: Path) -> list[Finding]:
    """Everything that is amiss with an avatar's folder or a bare model file, errors first.

    Raises nothing for what is wrong with the avatar: that is what the list is for.
    """
    path = Path(path)
    found = _folder(path) if path.is_dir() else _bare(path)
    return sorted(found, key=lambda finding: finding.level != "error")


def _bare(path: Path) -> Iterator[Finding]:
    if path.suffix.lower() not in MODEL_SUFFIXES:
        yield Finding("error", str(path), "is neither folder nor .vrm, .glb or .gltf; give one")
        return
    model = yield from _model(path)
    if model is not None:
        yield from _faces(path, model)
        if not model.meta.licence and not model.meta.licence_url:
            yield Finding("warning", f"{path}: meta", "names no licence; ask its maker")


def _folder(folder: Path) -> Iterator[Finding]:
    source = folder / MANIFEST_NAME
    try:
        manifest = Manifest.model_validate(read_json(source))
    except AvatarFileError as error:
        yield Finding("error", str(source), str(error).removeprefix(f"{source}: "))
        return
    except ValidationError as error:
        for line in describe(error):
            yield Finding("error", str(source), line)
        return
    yield from _manifest(folder, source, manifest)
    model_path = folder / manifest.model
    if not model_path.is_file():
        yield Finding("error", f"{source}: model", f"{manifest.model} is not there; add the file")
        return
    model = yield from _model(model_path)
    if model is not None:
        yield from _faces(model_path, model)
        yield from _fit(source, manifest, model)


def _manifest(folder: Path, source: Path, manifest: Manifest) -> Iterator[Finding]:
    if manifest.id != folder.resolve().name:
        yield Finding(
            "warning", f"{source}: id", f"{manifest.id!r} is not the folder's name; rename either"
        )
    if manifest.thumbnail is None:
        yield Finding("warning", f"{source}: thumbnail", "is missing; add a PNG for the page")
    elif not (folder / manifest.thumbnail).is_file():
        yield Finding(
            "error", f"{source}: thumbnail", f"{manifest.thumbnail} is not there; add the file"
        )
    if not manifest.licence.spdx:
        yield Finding(
            "error",
            f"{source}: licence.spdx",
            "is empty; name the licence (https://spdx.org/licenses), LicenseRef-… for own terms",
        )
    if not manifest.credits:
        yield Finding("warning", f"{source}: credits", "is empty; name who made the character")
    for index, entry in enumerate(manifest.actions or ()):
        place = f"{source}: actions.{index}"
        if entry.name not in LIBRARY:
            known = ", ".join(LIBRARY)
            yield Finding("error", place, f"there is no action {entry.name!r}; choose of: {known}")
        elif entry.rating != LIBRARY[entry.name].rating:
            yield Finding(
                "warning",
                place,
                f"{entry.name} is rated {entry.rating}, the library says "
                f"{LIBRARY[entry.name].rating}; keep yours if you mean it",
            )


def _model(path: Path) -> Generator[Finding, None, AvatarModel | None]:
    try:
        model = load_model(path)
    except AvatarFileError as error:
        yield Finding("error", str(path), str(error).removeprefix(f"{path}: "))
        return None
    yield from _geometry(path, model)
    return model


def _geometry(path: Path, model: AvatarModel) -> Iterator[Finding]:
    if not len(model.positions):
        yield Finding("warning", str(path), "has no mesh; nothing will be seen of it")
    if not np.isfinite(model.positions).all():
        yield Finding("error", f"{path}: POSITION", "holds values that are no numbers; export anew")
    if model.triangle_count > MAX_TRIANGLES:
        yield Finding(
            "error",
            f"{path}: meshes",
            f"{model.triangle_count} triangles; at most {MAX_TRIANGLES} are drawn in time",
        )
    sums = model.skinning.weights.sum(axis=1)
    wrong = int(np.count_nonzero(np.abs(sums - 1.0) > _WEIGHT_SLACK))
    if wrong:
        yield Finding(
            "error",
            f"{path}: WEIGHTS_0",
            f"{wrong} rows do not add up to 1; normalise them",
        )
    lengths = np.linalg.norm(model.normals, axis=1)
    bent = int(np.count_nonzero(np.abs(lengths - 1.0) > 0.02))
    if bent:
        yield Finding("warning", f"{path}: NORMAL", f"{bent} normals are not of unit length")


def _faces(path: Path, model: AvatarModel) -> Iterator[Finding]:
    found = arkit_expressions(model)
    missing = [name for name in ARKIT_52 if name not in found]
    if missing and found:
        yield Finding(
            "error" if len(missing) < len(ARKIT_52) // 2 else "warning",
            f"{path}: morph targets",
            f"{len(missing)} of ARKit's 52 are missing: {', '.join(missing)}; add them",
        )
    if not found:
        if model.expressions:
            text = "none of ARKit's 52; VRM's presets will be driven instead"
        else:
            text = "neither ARKit's 52 nor VRM expressions; only the head will move"
        yield Finding("warning", f"{path}: morph targets", text)
    names = {m.name for m in model.morphs}
    for name in sorted(found.keys() & names):
        targets = [m for m in model.morphs if m.name == name]
        if not any(np.any(t.positions) for t in targets):
            yield Finding("error", f"{path}: {name}", "moves no vertex; shape it or leave it out")
    if "head" not in model.humanoid:
        yield Finding("warning", f"{path}: humanoid", "has no head bone; it cannot turn its head")


def _fit(source: Path, manifest: Manifest, model: AvatarModel) -> Iterator[Finding]:
    """Whether what the manifest names is in the model."""
    morphs = {m.name for m in model.morphs}
    lost = [viseme for viseme in VISEMES if viseme not in morphs]
    if lost:
        yield Finding("warning", f"{manifest.model}: morph targets", f"lacks {', '.join(lost)}")
    for index, corrective in enumerate(manifest.correctives):
        for name in (corrective.morph, *corrective.drivers):
            if name not in morphs and not (name in ARKIT_INDEX and name != corrective.morph):
                yield Finding(
                    "error",
                    f"{source}: correctives.{index}",
                    f"the model has no morph {name!r}; correct the name",
                )
    nodes = {n.name for n in model.nodes}
    for index, driver in enumerate(manifest.joint_drivers):
        if driver.node not in nodes:
            yield Finding(
                "error",
                f"{source}: joint_drivers.{index}.node",
                f"the model has no node {driver.node!r}; correct the name",
            )
    for bone in manifest.rest_pose or {}:
        if bone not in model.humanoid:
            yield Finding(
                "error",
                f"{source}: rest_pose.{bone}",
                "the model has no such humanoid bone; correct the name (VRM 1.0 spells them)",
            )
    if manifest.gaze == "bone" and not {"leftEye", "rightEye"} <= model.humanoid.keys():
        yield Finding(
            "error", f"{source}: gaze", "the model has no leftEye and rightEye bones; say morph"
        )
