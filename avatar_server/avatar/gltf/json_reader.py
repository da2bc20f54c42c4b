"""Typed access to JSON that a stranger wrote: every value is checked where it is taken."""

from __future__ import annotations

import math
from typing import Any

from avatar_server.errors import AvatarFileError


class JsonObject:
    """One JSON object and where it stands in the file.

    A strict object raises ``AvatarFileError`` for a value of the wrong type; a lenient one takes
    the default instead, for parts without which a character can still be drawn. An absent value
    and ``null`` are the same, and so is an index of -1: old exporters write them for what they
    leave out.
    """

    __slots__ = ("data", "lenient", "where")

    def __init__(self, data: dict[str, Any], where: str, *, lenient: bool = False) -> None:
        self.data = data
        self.where = where
        self.lenient = lenient

    def __bool__(self) -> bool:
        return bool(self.data)

    def __contains__(self, key: str) -> bool:
        value = self.data.get(key)
        return value is not None and value != -1

    def leniently(self) -> JsonObject:
        return JsonObject(self.data, self.where, lenient=True)

    def object(self, key: str) -> JsonObject:
        """The object under ``key``, empty if absent."""
        value = self.data.get(key)
        where = f"{self.where}.{key}" if self.where else key
        if value is not None and not isinstance(value, dict):
            self._wrong(key, "an object")
            value = None
        return JsonObject(value or {}, where, lenient=self.lenient)

    def objects(self, key: str) -> list[JsonObject]:
        """The array of objects under ``key``, empty if absent; ``null`` entries are empty."""
        where = f"{self.where}.{key}" if self.where else key
        entries: list[JsonObject] = []
        for i, value in enumerate(self.array(key)):
            entry = value
            if entry is not None and not isinstance(entry, dict):
                self._wrong(f"{key}[{i}]", "an object")
                entry = None
            entries.append(JsonObject(entry or {}, f"{where}[{i}]", lenient=self.lenient))
        return entries

    def array(self, key: str) -> list[Any]:
        value = self.data.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            self._wrong(key, "an array")
            return []
        return value

    def text(self, key: str, default: str = "") -> str:
        value = self.data.get(key)
        if value is None:
            return default
        if not isinstance(value, str):
            self._wrong(key, "a string")
            return default
        return value

    def flag(self, key: str, default: bool = False) -> bool:
        value = self.data.get(key)
        if value is None:
            return default
        if not isinstance(value, bool | int | float):
            self._wrong(key, "true or false")
            return default
        return bool(value)

    def integer(self, key: str, default: int = 0, *, least: int = 0) -> int:
        """A whole number of at least ``least``; 3.0 counts as 3."""
        value = self.data.get(key)
        if value is None:
            return default
        whole = _whole(value)
        if whole is None or whole < least:
            self._wrong(key, f"a whole number of at least {least}")
            return default
        return whole

    def index(self, key: str, count: int) -> int | None:
        """An index below ``count``, or None if absent (or -1, as old exporters write it)."""
        value = self.data.get(key)
        if value is None or value == -1:
            return None
        whole = _whole(value)
        if whole is None or not 0 <= whole < count:
            self._wrong(key, f"an index below {count}")
            return None
        return whole

    def indices(self, key: str, count: int) -> list[int]:
        """An array of indices below ``count``; a lenient object leaves wrong ones out."""
        found: list[int] = []
        for i, value in enumerate(self.array(key)):
            whole = _whole(value)
            if whole is None or not 0 <= whole < count:
                self._wrong(f"{key}[{i}]", f"an index below {count}")
                continue
            found.append(whole)
        return found

    def number(self, key: str, default: float) -> float:
        value = self.data.get(key)
        if value is None:
            return default
        if not _is_number(value):
            self._wrong(key, "a finite number")
            return default
        return float(value)

    def numbers(self, key: str, default: tuple[float, ...]) -> tuple[float, ...]:
        """As many numbers as ``default`` has; more are cut off."""
        value = self.data.get(key)
        if value is None:
            return default
        if not isinstance(value, list) or not all(map(_is_number, value[: len(default)])):
            self._wrong(key, f"{len(default)} finite numbers")
            return default
        if len(value) < len(default):
            self._wrong(key, f"{len(default)} finite numbers")
            return default
        return tuple(float(v) for v in value[: len(default)])

    def number_list(self, key: str) -> list[float]:
        value = self.array(key)
        if not all(map(_is_number, value)):
            self._wrong(key, "an array of finite numbers")
            return []
        return [float(v) for v in value]

    def rgb(self, key: str, default: tuple[float, float, float]) -> tuple[float, float, float]:
        r, g, b = self.numbers(key, default)
        return r, g, b

    def fail(self, what: str) -> AvatarFileError:
        """The error that says ``what`` of this object."""
        return AvatarFileError(f"{self.where or 'the file'}: {what}")

    def _wrong(self, key: str, expected: str) -> None:
        if not self.lenient:
            raise AvatarFileError(
                f"{self.where + '.' if self.where else ''}{key} is not {expected}"
            )


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value) and abs(value) < 1e30
    except OverflowError:
        return False


def _whole(value: object) -> int | None:
    if not _is_number(value):
        return None
    assert isinstance(value, int | float)
    return int(value) if value == int(value) else None
