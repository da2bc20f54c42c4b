"""What characters can do: the actions of head and trunk, and the library of them all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from avatar_server.avatar import gestures
from avatar_server.avatar.action import (
    Action,
    HandKey,
    Place,
    TurnKeys,
    beats,
    held,
    posed,
    reach,
)


def _nod() -> Action:
    return Action(
        "nod",
        "Nod",
        1.6,
        turns={
            "head": beats(0.0, 0.36, 4, (15, 0, 0), (-3, 0, 0)),
            "neck": beats(0.0, 0.36, 4, (5, 0, 0), (0, 0, 0)),
        },
        face={
            "eyeBlink": ((0.0, 0.0), (0.15, 0.5), (0.35, 0.0)),
            "mouthSmile": held(0.1, 1.5, 0.35),
        },
    )


def _shake() -> Action:
    return Action(
        "shake",
        "Shake the head",
        1.9,
        turns={
            "head": beats(0.0, 0.36, 5, (2, 18, 0), (2, -18, 0)),
            "neck": beats(0.0, 0.36, 5, (0, 6, 0), (0, -6, 0)),
        },
        face={
            "mouthPress": held(0.1, 1.8, 0.5),
            "browDown": held(0.1, 1.8, 0.35),
            "mouthFrown": held(0.1, 1.8, 0.3),
        },
    )


def _laugh() -> Action:
    jaw = tuple((0.2 + 0.14 * i, 0.38 if i % 2 else 0.62) for i in range(13))
    shakes = tuple((0.4 + 0.14 * i, (-6.5 if i % 2 else -9.5, 0.0, 3.0)) for i in range(10))
    heave = tuple((0.25 + 0.14 * i, (2.2 if i % 2 else 0.0, 0.0, 0.0)) for i in range(13))

    def at(time_s: float) -> HandKey:
        return HandKey(
            time_s,
            Place.CHIN,
            (0.42, -0.5, 0.25),
            fingers=(-0.6, 1.0, 0.1),
            palm=(-0.2, 0.0, -1.0),
            curl=0.3,
        )

    return Action(
        "laugh",
        "Laugh",
        2.6,
        turns={
            "head": posed(2.6, *shakes),
            "chest": posed(2.6, *heave),
        },
        hands={"right": reach(2.6, at(0.5), at(2.0))},
        face={
            "jawOpen": ((0.0, 0.0), *jaw, (2.5, 0.0)),
            "mouthSmile": held(0.0, 2.6, 0.95),
            "eyeBlink": held(0.2, 2.3, 1.0, 0.2),
            "cheekSquint": held(0.0, 2.5, 0.8),
            "browInnerUp": held(0.0, 2.4, 0.35),
            "mouthUpperUp": held(0.1, 2.3, 0.3),
        },
    )


def _dance() -> Action:
    beat = 0.46
    count = 12
    sway = tuple(
        (beat * (i + 0.5), (0.0, 5.0 if i % 2 else -5.0, 5.5 if i % 2 else -5.5))
        for i in range(count)
    )
    nods = tuple(
        (beat * (i / 2 + 0.25), (5.0 if i % 2 == 0 else -3.0, 0.0, -7.0 if (i // 2) % 2 else 7.0))
        for i in range(2 * count)
    )
    end = beat * (count + 1)

    def arm(i: int, up: bool) -> HandKey:
        return HandKey(
            beat * (i + 0.5),
            Place.BESIDE_CHEST,
            (0.05, 0.55 if up else 0.05, 0.15),
            fingers=(-0.25, 1.0, 0.35),
            palm=(-1.0, 0.0, 0.2),
            curl=0.8,
        )

    def arms(first: int) -> tuple[HandKey, ...]:
        swings = tuple(arm(i, (i + first) % 2 == 0) for i in range(1, count))
        return reach(end, *swings)

    return Action(
        "dance",
        "Dance",
        end,
        hands={"left": arms(0), "right": arms(1)},
        turns={
            "spine": posed(end, *sway),
            "chest": posed(end, *sway),
            "head": posed(end, *nods),
        },
        face={
            "mouthSmile": held(0.0, end, 0.8, 0.4),
            "jawOpen": held(0.3, end - 0.3, 0.18, 0.4),
            "cheekSquint": held(0.0, end, 0.45, 0.4),
            "browInnerUp": held(0.0, end, 0.3, 0.4),
        },
    )


def _bow() -> Action:
    def bend(degrees: float) -> TurnKeys:
        return (
            (0.0, (0, 0, 0)),
            (0.8, (degrees, 0, 0)),
            (1.5, (degrees, 0, 0)),
            (2.4, (0, 0, 0)),
        )

    return Action(
        "bow",
        "Bow",
        2.4,
        turns={"spine": bend(12), "chest": bend(10), "neck": bend(8), "head": bend(14)},
        face={"eyeBlink": held(0.3, 2.0, 0.95, 0.3), "mouthSmile": held(0.1, 2.3, 0.35)},
    )


LIBRARY: Final[Mapping[str, Action]] = {
    action.name: action
    for action in (
        gestures.wave(),
        _nod(),
        _shake(),
        _laugh(),
        gestures.heart(),
        gestures.surprise(),
        gestures.think(),
        _dance(),
        gestures.clap(),
        _bow(),
        gestures.cheer(),
        gestures.shrug(),
        gestures.kiss(),
    )
}
"""Every action by its name."""
