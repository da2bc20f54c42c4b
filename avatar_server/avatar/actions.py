"""Actions: played over the tracked face, blended in and out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avatar_server.avatar.action_library import LIBRARY
from avatar_server.avatar.body import Body
from avatar_server.avatar.emotions import layered
from avatar_server.avatar.manifest import RATINGS, ActionEntry, Manifest, Rating
from avatar_server.avatar.proportions import Proportions
from avatar_server.avatar.tracks import Tracks
from avatar_server.errors import ControlError
from avatar_server.expression import ARKIT_52
from avatar_server.types import FloatArray

FADE_S = 0.3
"""How long an action takes to give way when it is stopped or another one starts."""


@dataclass(slots=True)
class _Playing:
    name: str
    tracks: Tracks
    time_s: float = 0.0
    share: float = 1.0
    leaving: bool = False

    @property
    def eased(self) -> float:
        return self.share * self.share * (3.0 - 2.0 * self.share)


class Actions:
    """The actions of one character, and those that it plays now."""

    def __init__(
        self,
        manifest: Manifest,
        proportions: Proportions | None,
        body: Body,
        max_rating: Rating = "mature",
    ) -> None:
        self.entries = allowed_actions(manifest, max_rating)
        self._id = manifest.id
        self._proportions = proportions
        self._body = body
        self._tracks: dict[str, Tracks] = {}
        self._playing: list[_Playing] = []

    @property
    def playing(self) -> str | None:
        """The action that runs now; None while the last one only fades."""
        return next((p.name for p in self._playing if not p.leaving), None)

    def start(self, name: str) -> None:
        """Starts an action from its beginning; one that runs gives way.

        Raises ``ControlError`` for a name that this character does not have.
        """
        if name not in {e.name for e in self.entries}:
            known = ", ".join(e.name for e in self.entries) or "none"
            why = "is not allowed for" if name in LIBRARY else "is not an action of"
            raise ControlError(f"{name!r} {why} {self._id}; choose one of: {known}")
        if name not in self._tracks:
            self._tracks[name] = Tracks(LIBRARY[name], self._proportions, self._body)
        self.stop()
        self._playing.append(_Playing(name, self._tracks[name]))

    def stop(self) -> None:
        """Lets whatever runs fade out; nothing where nothing runs."""
        for playing in self._playing:
            playing.leaving = True

    def step(self, step_s: float) -> None:
        for playing in self._playing:
            playing.time_s += step_s
            if playing.leaving:
                playing.share -= step_s / FADE_S
        self._playing = [
            p for p in self._playing if p.share > 0.0 and p.time_s < p.tracks.duration_s
        ]

    def face(self, face: FloatArray) -> FloatArray:
        """``face`` (52,) with the actions' own faces over it."""
        for playing in self._playing:
            layer = np.zeros(len(ARKIT_52), np.float32)
            layer[playing.tracks.columns] = playing.tracks.face(playing.time_s) * playing.eased
            face = layered(face, layer)
        return face

    def body(self, body: Body) -> None:
        for playing in self._playing:
            playing.tracks.turn(body, playing.time_s, playing.eased)


def allowed_actions(
    manifest: Manifest | None, max_rating: Rating = "mature"
) -> tuple[ActionEntry, ...]:
    """What a character may play, up to ``max_rating``: its manifest's list as far as the library
    has it, or, without a list or a manifest, all that is rated general."""
    allowed = RATINGS[: RATINGS.index(max_rating) + 1]
    if manifest is not None and manifest.actions is not None:
        return tuple(
            entry.model_copy(update={"title": entry.title or LIBRARY[entry.name].title})
            for entry in manifest.actions
            if entry.name in LIBRARY and entry.rating in allowed
        )
    return tuple(
        ActionEntry(name=a.name, title=a.title, rating="general")
        for a in LIBRARY.values()
        if a.rating == "general"
    )
