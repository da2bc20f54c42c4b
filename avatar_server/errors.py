"""Errors that a person can act on. The command line prints them as one line and exits with 2;
the HTTP interface answers them as problem+json (RFC 9457)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class AvatarServerError(Exception):
    """Base of all expected failures: the message names what is wrong and what fixes it."""


class ModelFileError(AvatarServerError):
    """The face model is absent, unreadable or not the file it should be."""


class AvatarFileError(AvatarServerError):
    """An avatar or its manifest cannot be read or breaks a rule."""


class LicenceError(AvatarServerError):
    """What an avatar's licence does not allow; ``terms`` holds, for programs, the permission that
    is in the way, its value and what would lift it."""

    def __init__(self, message: str, **terms: Any) -> None:
        super().__init__(message)
        self.terms: Mapping[str, Any] = terms


class ControlError(AvatarServerError):
    """An action or emotion that the character does not have, or may not show."""


class MediaFileError(AvatarServerError):
    """A video, image or performance cannot be read or written."""


class RenderError(AvatarServerError):
    """No usable OpenGL, or a scene that cannot be drawn."""


class OfferError(AvatarServerError):
    """A session description that cannot be answered."""


class SettingsError(AvatarServerError):
    """A setting that cannot be used."""


class SessionNotFoundError(AvatarServerError):
    """No session of this name runs here."""


class WorkerGoneError(AvatarServerError):
    """A worker process ended while it was needed."""


class CapacityError(AvatarServerError):
    """No room for another session now; ``retry_after_s`` says when to try again."""

    def __init__(self, message: str, retry_after_s: float = 5.0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
