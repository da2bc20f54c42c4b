"""The messages of the data channel ``control``: JSON, one object a message, told apart by
``type``."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from avatar_server.types import Wearer

MAX_MESSAGE_CHARS = 4096
_Name = Annotated[str, Field(min_length=1, max_length=128)]


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SwitchAvatar(_Message):
    """Continue as another avatar."""

    type: Literal["avatar"] = "avatar"
    avatar: _Name
    i_am: Annotated[
        Wearer | None, Field(description="What you are, for one that not everybody may wear.")
    ] = None


class PlayAction(_Message):
    """Play an action of the avatar; null stops the one that plays."""

    type: Literal["action"] = "action"
    action: _Name | None


class SetEmotion(_Message):
    """Lay an emotion over the face; weight 0 takes it off."""

    type: Literal["emotion"] = "emotion"
    emotion: _Name
    weight: Annotated[float, Field(ge=0.0, le=1.0)] = 1.0


class Calibrate(_Message):
    """Take the next second of frames as the neutral face."""

    type: Literal["calibrate"] = "calibrate"


class SetBackground(_Message):
    """A named background, '#rrggbb', or 'transparent'."""

    type: Literal["background"] = "background"
    background: _Name


class SetQuality(_Message):
    """Size in pixels and frames per second of the avatar's picture; what is absent stays."""

    type: Literal["quality"] = "quality"
    width: Annotated[int, Field(ge=64, le=1920)] | None = None
    height: Annotated[int, Field(ge=64, le=1920)] | None = None
    fps: Annotated[float, Field(ge=1.0, le=60.0)] | None = None


class PlayPerformance(_Message):
    """Let a recorded performance drive the avatar; null gives it back to the camera."""

    type: Literal["performance"] = "performance"
    name: _Name | None


ControlMessage = Annotated[
    SwitchAvatar
    | PlayAction
    | SetEmotion
    | Calibrate
    | SetBackground
    | SetQuality
    | PlayPerformance,
    Field(discriminator="type"),
]


class StateReport(_Message):
    """What the session sees now."""

    model_config = ConfigDict(frozen=True, extra="allow")
    type: Literal["state"] = "state"
    state: Literal["waiting", "tracking", "no_face", "black", "performance"]
    avatar: str


class ErrorReport(_Message):
    """A request that was not followed: what is wrong, and what fixes it."""

    type: Literal["error"] = "error"
    title: str
    detail: str


class TimingsReport(_Message):
    """Milliseconds by stage, and whatever else the server measures."""

    model_config = ConfigDict(frozen=True, extra="allow")
    type: Literal["timings"] = "timings"


class AvatarReport(_Message):
    """The avatar that is shown from now on."""

    model_config = ConfigDict(frozen=True, extra="allow")
    type: Literal["avatar"] = "avatar"
    avatar: str


ServerMessage = Annotated[
    StateReport | ErrorReport | TimingsReport | AvatarReport, Field(discriminator="type")
]

_client_adapter: TypeAdapter[ControlMessage] = TypeAdapter(ControlMessage)
_server_adapter: TypeAdapter[ServerMessage] = TypeAdapter(ServerMessage)


class ControlMessageError(ValueError):
    """A message that cannot be followed; the session goes on. ``report`` is what to answer."""

    def __init__(self, title: str, detail: str) -> None:
        super().__init__(f"{title}: {detail}")
        self.report = ErrorReport(title=title, detail=detail)


def parse_control(data: str | bytes) -> ControlMessage:
    """Reads a client's message.

    Raises:
        ControlMessageError: binary, too long, not JSON, of unknown type, or with wrong fields.
    """
    if isinstance(data, bytes):
        raise ControlMessageError("Binary message", "Send JSON as text on this channel.")
    if len(data) > MAX_MESSAGE_CHARS:
        raise ControlMessageError(
            "Message too long",
            f"{len(data)} characters came; at most {MAX_MESSAGE_CHARS} are read.",
        )
    try:
        return _client_adapter.validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        detail = f"{where}: {first['msg']}" if where else str(first["msg"])
        raise ControlMessageError(
            "Message not understood", f"{detail}. The schema is at /v1/schemas/control."
        ) from error


def control_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of both directions, under ``$defs`` ``client`` and ``server``."""
    definitions: dict[str, Any] = {}
    for name, adapter in (("client", _client_adapter), ("server", _server_adapter)):
        schema = adapter.json_schema(ref_template="#/$defs/{model}")
        definitions.update(schema.pop("$defs"))
        definitions[name] = schema
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Data channel 'control'",
        "anyOf": [{"$ref": "#/$defs/client"}, {"$ref": "#/$defs/server"}],
        "$defs": definitions,
    }
