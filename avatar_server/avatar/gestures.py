"""Actions in which the hands speak."""

from __future__ import annotations

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


def wave() -> Action:
    def at(time_s: float, tilt: float) -> HandKey:
        return HandKey(
            time_s,
            Place.BESIDE_FACE,
            (0.14 * tilt - 0.35, -0.1, 0.1),
            fingers=(0.5 * tilt, 1.0, 0.0),
            palm=(0.0, 0.0, 1.0),
            curl=0.05,
        )

    swings = tuple(at(0.5 + 0.24 * i, 0.6 if i % 2 else -0.4) for i in range(8))
    return Action(
        "wave",
        "Wave",
        3.0,
        hands={"right": reach(3.0, *swings)},
        turns={
            "head": posed(3.0, (0.6, (-3, 0, 7)), (2.3, (-3, 0, 7))),
            "chest": posed(3.0, (0.6, (0, 0, 2.5)), (2.3, (0, 0, 2.5))),
        },
        face={
            "mouthSmile": held(0.1, 2.9, 0.75),
            "cheekSquint": held(0.1, 2.9, 0.4),
            "jawOpen": held(0.3, 2.2, 0.16),
            "browInnerUp": held(0.2, 1.6, 0.4),
        },
    )


def heart() -> Action:
    def at(time_s: float, lift: float) -> HandKey:
        return HandKey(
            time_s,
            Place.CHEST,
            (0.47, lift - 0.15, 0.42),
            fingers=(-0.62, 0.8, 0.1),
            palm=(-0.35, -0.45, 0.8),
            elbow=(1.0, -0.75, 0.0),
            curl=0.4,
            thumb_curl=-1.1,
        )

    beats = (at(0.6, 0.0), at(1.0, 0.08), at(1.4, 0.0), at(1.8, 0.08), at(2.4, 0.0))
    both = reach(3.1, *beats)
    return Action(
        "heart",
        "Heart",
        3.1,
        hands={"left": both, "right": both},
        turns={"head": posed(3.1, (0.7, (3, 0, -9)), (2.3, (3, 0, -9)))},
        face={
            "mouthSmile": held(0.1, 3.0, 0.9),
            "eyeBlink": held(0.6, 2.4, 0.92, 0.15),
            "cheekSquint": held(0.1, 3.0, 0.6),
            "browInnerUp": held(0.1, 3.0, 0.3),
        },
    )


def think() -> Action:
    def at(time_s: float, tap: float) -> HandKey:
        return HandKey(
            time_s,
            Place.CHIN,
            (0.2, -0.5 + tap, 0.12),
            fingers=(-0.45, 1.0, 0.1),
            palm=(-0.5, 0.0, -0.7),
            elbow=(0.35, -1.0, 0.25),
            curl=0.75,
            index_curl=0.12,
        )

    taps = (
        at(0.7, 0.0),
        at(1.3, 0.0),
        at(1.5, 0.05),
        at(1.7, 0.0),
        at(1.9, 0.05),
        at(2.1, 0.0),
        at(3.0, 0.0),
    )
    return Action(
        "think",
        "Think",
        3.8,
        hands={"right": reach(3.8, *taps)},
        turns={"head": posed(3.8, (0.8, (-4, 9, 8)), (3.0, (-5, 11, 8)))},
        face={
            "eyeLookUp": held(0.4, 3.4, 0.55),
            "eyeLookOutLeft": held(0.4, 3.4, 0.5),
            "eyeLookInRight": held(0.4, 3.4, 0.5),
            "mouthPress": held(0.3, 3.5, 0.4),
            "mouthLeft": held(0.3, 3.5, 0.35),
            "browDownRight": held(0.3, 3.5, 0.5),
            "browOuterUpLeft": held(0.3, 3.5, 0.7),
            "mouthPucker": held(0.3, 3.5, 0.25),
        },
    )


def clap() -> Action:
    def at(time_s: float, apart: float) -> HandKey:
        return HandKey(
            time_s,
            Place.CHEST,
            (0.06 + apart, -0.28, 0.4),
            fingers=(-0.12, 1.0, 0.6),
            palm=(-1.0, 0.0, 0.0),
            elbow=(0.9, -1.0, 0.0),
            curl=0.06,
        )

    claps = tuple(at(0.45 + 0.14 * i, 0.34 if i % 2 == 0 else 0.0) for i in range(14))
    both = reach(2.9, *claps)
    return Action(
        "clap",
        "Clap",
        2.9,
        hands={"left": both, "right": both},
        turns={"head": beats(0.2, 0.56, 4, (4, 0, 3), (-2, 0, -3))},
        face={
            "mouthSmile": held(0.0, 2.8, 0.85),
            "jawOpen": held(0.2, 2.4, 0.25),
            "cheekSquint": held(0.0, 2.8, 0.5),
            "browInnerUp": held(0.1, 2.6, 0.4),
        },
    )


def cheer() -> Action:
    def at(time_s: float, lift: float) -> HandKey:
        return HandKey(
            time_s,
            Place.BESIDE_FACE,
            (-0.15, -0.3 + lift, 0.1),
            fingers=(-0.1, 1.0, 0.1),
            palm=(-0.6, 0.0, 0.8),
            elbow=(0.9, -1.0, 0.0),
            curl=0.95,
        )

    pumps = tuple(at(0.4 + 0.2 * i, 0.0 if i % 2 else 0.3) for i in range(8))
    both = reach(2.5, *pumps)
    return Action(
        "cheer",
        "Cheer",
        2.5,
        hands={"left": both, "right": both},
        turns={
            "head": beats(0.2, 0.4, 4, (-7, 0, 0), (-1, 0, 0)),
            "spine": beats(0.2, 0.4, 4, (-3, 0, 0), (1, 0, 0)),
        },
        face={
            "jawOpen": held(0.1, 2.2, 0.5),
            "mouthSmile": held(0.0, 2.4, 0.95),
            "eyeBlink": held(0.3, 2.0, 1.0),
            "browOuterUp": held(0.0, 2.4, 0.5),
            "cheekSquint": held(0.0, 2.4, 0.6),
        },
    )


def kiss() -> Action:
    def at(time_s: float, out: float) -> HandKey:
        return HandKey(
            time_s,
            Place.CHIN,
            (0.24 + 0.11 * out, -0.52 + 0.17 * out, 0.3 + 0.45 * out),
            fingers=(-0.4 + 0.5 * out, 1.0 - 0.5 * out, out),
            palm=(-0.2 + 0.2 * out, 0.1 + 0.9 * out, -1.0 + 0.8 * out),
            curl=0.1,
        )

    return Action(
        "kiss",
        "Blow a kiss",
        2.6,
        "teen",
        hands={"right": reach(2.6, at(0.6, 0.0), at(1.05, 0.0), at(1.5, 1.0), at(1.9, 1.0))},
        turns={"head": posed(2.6, (0.7, (2, 0, 8)), (1.3, (-5, 0, 8)))},
        face={
            "mouthPucker": ((0.2, 0.0), (0.6, 1.0), (1.15, 1.0), (1.5, 0.0)),
            "mouthSmile": held(1.3, 2.5, 0.7),
            "eyeBlinkRight": held(0.6, 1.7, 0.95, 0.15),
            "eyeBlinkLeft": ((0.5, 0.0), (0.7, 0.4), (1.0, 0.4), (1.2, 0.0)),
        },
    )


def surprise() -> Action:
    def at(time_s: float, lift: float) -> HandKey:
        return HandKey(
            time_s,
            Place.BESIDE_FACE,
            (-0.1, -0.25 + lift, 0.2),
            fingers=(0.15, 1.0, 0.0),
            palm=(-0.25, 0.0, 1.0),
            curl=0.0,
        )

    both = reach(2.2, at(0.32, 0.1), at(0.55, 0.0), at(1.5, 0.0))
    return Action(
        "surprise",
        "Surprise",
        2.2,
        hands={"left": both, "right": both},
        turns={
            "head": (
                (0.0, (0, 0, 0)),
                (0.25, (-10, 0, 0)),
                (0.5, (-6, 0, 0)),
                (1.6, (-6, 0, 0)),
                (2.2, (0, 0, 0)),
            ),
            "spine": posed(2.2, (0.3, (-4, 0, 0)), (1.6, (-3, 0, 0))),
        },
        face={
            "jawOpen": held(0.05, 1.9, 0.55, 0.2),
            "mouthFunnel": held(0.05, 1.9, 0.35, 0.2),
            "eyeWide": held(0.0, 2.0, 1.0, 0.18),
            "browInnerUp": held(0.0, 2.1, 0.9, 0.2),
            "browOuterUp": held(0.0, 2.1, 0.9, 0.2),
        },
    )


def shrug() -> Action:
    def at(time_s: float) -> HandKey:
        return HandKey(
            time_s,
            Place.BESIDE_CHEST,
            (0.1, 0.25, 0.45),
            fingers=(0.8, 0.7, 0.3),
            palm=(-0.4, 0.6, 0.7),
            elbow=(0.3, -1.0, -0.2),
            curl=0.1,
        )

    both = reach(2.1, at(0.5), at(1.4))

    def lift(degrees: float) -> TurnKeys:
        return posed(2.1, (0.5, (0, 0, degrees)), (1.4, (0, 0, degrees)))

    return Action(
        "shrug",
        "Shrug",
        2.1,
        hands={"left": both, "right": both},
        turns={"leftShoulder": lift(14), "rightShoulder": lift(-14), "head": lift(9)},
        face={
            "mouthShrugLower": held(0.1, 2.0, 0.7),
            "mouthFrown": held(0.1, 2.0, 0.5),
            "browInnerUp": held(0.1, 2.0, 0.6),
            "browOuterUp": held(0.1, 2.0, 0.5),
        },
    )
