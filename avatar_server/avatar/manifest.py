"""manifest.json: what a character's folder says beside its model.

The pydantic model here is the single source; ``manifest.schema.json`` is generated from it
by ``write_schema`` for editors and other languages.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from avatar_server.errors import AvatarFileError
from avatar_server.expression import ARKIT_INDEX
from avatar_server.types import Wearer

MANIFEST_NAME = "manifest.json"
SCHEMA_PATH = Path(__file__).with_name("manifest.schema.json")

Vector3 = tuple[float, float, float]
Rating = Literal["general", "teen", "mature"]
RATINGS: tuple[Rating, ...] = get_args(Rating)
"""From what everybody may see upwards."""
ArkitName = Annotated[str, Field(description="One of ARKit's 52 blendshape names.")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Licence(_Part):
    """Under what terms the character may be used."""

    spdx: str = Field(
        default="", description="SPDX identifier, or LicenseRef-… for terms of its own."
    )
    url: str = Field(default="", description="Where the full text is.")


class Framing(_Part):
    """The camera: metres in the model's space (y up, the character faces +z)."""

    eye: Vector3
    target: Vector3
    fov_degrees: float = Field(
        default=24.0, gt=1.0, lt=120.0, description="Vertical field of view."
    )


class Gain(_Part):
    """Retargeting of one coefficient: clip(gain · valueᶜᵘʳᵛᵉ + offset, 0, max)."""

    gain: float = Field(default=1.0, ge=0.0, le=8.0)
    offset: float = Field(default=0.0, ge=-1.0, le=1.0)
    max: float = Field(default=1.0, gt=0.0, le=1.5)
    curve: float = Field(default=1.0, gt=0.05, le=8.0)


class HeadMotion(_Part):
    """How a tracked head turn is spread over head, neck, chest and shoulders."""

    rotation_gain: float = Field(default=1.0, ge=0.0, le=3.0)
    neck_share: float = Field(default=0.35, ge=0.0, le=1.0)
    chest_share: float = Field(default=0.12, ge=0.0, le=1.0)
    translation_gain: float = Field(default=0.6, ge=0.0, le=3.0)


class SpringScales(_Part):
    """Multiplies what the model's own spring bones say."""

    stiffness_scale: float = Field(default=1.0, ge=0.0, le=10.0)
    gravity_scale: float = Field(default=1.0, ge=0.0, le=10.0)
    drag_scale: float = Field(default=1.0, ge=0.0, le=10.0)


class Corrective(_Part):
    """A morph whose weight is the product of the weights of its drivers."""

    morph: str
    drivers: tuple[str, ...] = Field(min_length=1)


class JointDriver(_Part):
    """A node turned by a coefficient: ``rotation_degrees`` about scene x, y, z at 1."""

    node: str
    driver: ArkitName
    rotation_degrees: Vector3

    @field_validator("driver")
    @classmethod
    def _known(cls, name: str) -> str:
        return _arkit(name)


class ActionEntry(_Part):
    """An action that this character may play."""

    name: str
    title: str = ""
    rating: Rating = "general"


class Manifest(_Part):
    """Everything beside the model file. Angles in degrees, lengths in metres."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, title="Avatar manifest"
    )

    version: Literal[1] = Field(alias="schema", description="Version of this format.")
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")
    name: str = Field(min_length=1, max_length=80)
    description: str = ""
    model: str = Field(description="File name of the GLB, glTF or VRM in the same folder.")
    thumbnail: str | None = None
    licence: Licence = Licence()
    credits: tuple[str, ...] = ()
    imported_by: Wearer | None = Field(
        default=None,
        description="What whoever imported the model said to be, where not everybody may wear it.",
    )
    listed: bool = Field(
        default=True, description="False: only who knows its id can see and wear the character."
    )
    framing: Framing | None = Field(default=None, description="Absent: computed from the model.")
    gaze: Literal["morph", "bone"] | None = Field(
        default=None, description="Absent: what the model has."
    )
    gains: dict[ArkitName, Gain] = Field(default_factory=dict)
    head: HeadMotion = HeadMotion()
    rest_pose: dict[str, Vector3] | None = Field(
        default=None,
        description="Humanoid bone to its turn about scene x, then y, then z, in degrees. "
        "Absent: arms hang down where the model stands in a T-pose.",
    )
    springs: SpringScales = SpringScales()
    correctives: tuple[Corrective, ...] = ()
    joint_drivers: tuple[JointDriver, ...] = ()
    actions: tuple[ActionEntry, ...] | None = Field(
        default=None, description="Absent: every action of the library that is rated general."
    )

    @field_validator("gains")
    @classmethod
    def _known_names(cls, gains: dict[str, Gain]) -> dict[str, Gain]:
        for name in gains:
            _arkit(name)
        return gains

    @field_validator("model", "thumbnail")
    @classmethod
    def _plain_name(cls, name: str | None) -> str | None:
        if name is not None and (not name or Path(name).name != name):
            raise ValueError("must be a file name in the manifest's own folder")
        return name


def parse_manifest(data: object, source: str) -> Manifest:
    """``data`` (decoded JSON) as a manifest; ``source`` names the file in errors.

    Raises ``AvatarFileError``: one line with the file, the first wrong field and what it should be.
    """
    try:
        return Manifest.model_validate(data)
    except ValidationError as error:
        raise AvatarFileError(f"{source}: {describe(error)[0]}") from None


def read_manifest(path: Path) -> Manifest:
    """The manifest at ``path``. Raises ``AvatarFileError``."""
    return parse_manifest(read_json(path), str(path))


def write_manifest(manifest: Manifest, path: Path) -> None:
    """Writes ``manifest`` to ``path``. Raises ``OSError``."""
    data = manifest.model_dump(by_alias=True, mode="json")
    path.write_text(json.dumps(data, indent=2), encoding="utf-8")


def read_json(path: Path) -> object:
    """Decoded JSON of a small file. Raises ``AvatarFileError``."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise AvatarFileError(
            f"{path}: cannot be read ({error.strerror}); check the path and its permissions"
        ) from None
    except UnicodeDecodeError:
        raise AvatarFileError(f"{path}: is not UTF-8 text; save it as UTF-8 JSON") from None
    except RecursionError:
        raise AvatarFileError(f"{path}: is nested too deeply; write a manifest's fields") from None
    except json.JSONDecodeError as error:
        raise AvatarFileError(
            f"{path}: line {error.lineno}: is not JSON ({error.msg}); correct that line"
        ) from None


def describe(error: ValidationError) -> list[str]:
    """One line a wrong field: its path, what is wrong, and so what to write instead."""
    lines = []
    for item in error.errors():
        place = ".".join(str(part) for part in item["loc"] if part != "[key]") or "(document)"
        given = item.get("input")
        shown = f", not {given!r}" if isinstance(given, str | int | float) else ""
        text = item["msg"].removeprefix("Value error, ")
        text = text[0].lower() + text[1:]
        if item["type"] == "extra_forbidden":
            text, shown = "is not a field of the format; remove it or correct its name", ""
        elif item["type"] == "missing":
            text, shown = "is missing; add it", ""
        lines.append(f"{place}: {text}{shown}")
    return lines


def identifier(text: str) -> str:
    """``text`` (a file's stem) as an avatar id: lower case, a-z 0-9 _ -."""
    cleaned = re.sub(r"[^a-z0-9_-]+", "-", text.lower()).strip("-_")[:64]
    return cleaned or "avatar"


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) that ``manifest.schema.json`` publishes."""
    schema = Manifest.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def schema_text() -> str:
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def _arkit(name: str) -> str:
    if name not in ARKIT_INDEX:
        raise ValueError("must be one of ARKit's 52 names, such as 'eyeBlinkLeft'")
    return name


def write_schema() -> None:
    """Writes ``manifest.schema.json`` anew."""
    SCHEMA_PATH.write_text(schema_text(), encoding="utf-8")
