"""Things that several renderers use and the last one frees."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, Protocol, TypeVar


class Releasable(Protocol):
    def release(self) -> None: ...


V = TypeVar("V", bound=Releasable)


class Shared(Generic[V]):
    """Values by key, each made when first acquired and released with its last user."""

    def __init__(self) -> None:
        self._entries: dict[Hashable, tuple[V, int]] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def acquire(self, key: Hashable, make: Callable[[], V]) -> V:
        value, users = self._entries[key] if key in self._entries else (make(), 0)
        self._entries[key] = (value, users + 1)
        return value

    def release(self, key: Hashable) -> None:
        value, users = self._entries.pop(key)
        if users > 1:
            self._entries[key] = (value, users - 1)
        else:
            value.release()


class Held(Generic[V]):
    """One of the values of a ``Shared``: another is let go when a new one is asked for."""

    def __init__(self, shared: Shared[V]) -> None:
        self._shared = shared
        self._key: Hashable | None = None
        self._value: V | None = None

    def get(self, key: Hashable, make: Callable[[], V]) -> V:
        if self._value is None or key != self._key:
            self.release()
            self._value, self._key = self._shared.acquire(key, make), key
        return self._value

    def release(self) -> None:
        if self._value is not None:
            self._value = None
            self._shared.release(self._key)
