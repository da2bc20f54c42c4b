"""Rudi's manifest: framing, gains, springs, ears, actions."""

from __future__ import annotations

from typing import Any

from assets.workshop.rudi.moves import correctives

_ACTIONS = (
    ("wave", "Wave"), ("nod", "Nod"), ("shake", "Shake head"), ("laugh", "Laugh"),
    ("heart", "Heart paws"), ("surprise", "Surprise"), ("think", "Think"), ("dance", "Dance"),
    ("clap", "Clap"), ("bow", "Bow"), ("cheer", "Cheer"), ("shrug", "Shrug"),
)  # fmt: skip


def _gain(gain: float, offset: float = 0.0, curve: float = 1.0) -> dict[str, float]:
    return {"gain": gain, "offset": offset, "max": 1.0, "curve": curve}


def _both(name: str, gain: dict[str, float]) -> dict[str, dict[str, float]]:
    return {f"{name}Left": gain, f"{name}Right": gain}


def _ears() -> list[dict[str, Any]]:
    """Ears prick up with raised brows, fold out and back with lowered ones."""
    drivers = []
    for side, sign in (("L", 1.0), ("R", -1.0)):
        word = "Left" if side == "L" else "Right"
        for driver, degrees in (
            ("browInnerUp", [6.0, 0.0, 13.0 * sign]),
            (f"browOuterUp{word}", [4.0, 0.0, 9.0 * sign]),
            (f"browDown{word}", [-16.0, 8.0 * sign, -24.0 * sign]),
        ):
            drivers.append({"node": f"ear_{side}", "driver": driver, "rotation_degrees": degrees})
    return drivers


def manifest() -> dict[str, Any]:
    """What is written beside the model."""
    return {
        "schema": 1,
        "id": "rudi",
        "name": "Rudi",
        "description": "A young red panda in a teal hoodie, with a ringed tail.",
        "model": "rudi.glb",
        "thumbnail": "thumbnail.png",
        "licence": {
            "spdx": "CC0-1.0",
            "url": "https://creativecommons.org/publicdomain/zero/1.0/",
        },
        "credits": ["The Avatar Server contributors"],
        "framing": {"eye": [0.0, 1.390, 1.38], "target": [0.0, 1.370, 0.0], "fov_degrees": 20.0},
        "gaze": "morph",
        "gains": {
            **_both("eyeBlink", _gain(1.2)),
            **_both("eyeSquint", _gain(0.8)),
            **_both("eyeWide", _gain(1.2)),
            **_both("mouthSmile", _gain(1.25)),
            **_both("mouthFrown", _gain(1.2)),
            **_both("browDown", _gain(1.15)),
            **_both("browOuterUp", _gain(1.2)),
            "browInnerUp": _gain(1.2),
            "jawOpen": _gain(1.15),
            "cheekPuff": _gain(1.2),
        },
        "head": {
            "rotation_gain": 1.0,
            "neck_share": 0.30,
            "chest_share": 0.12,
            "translation_gain": 0.6,
        },
        "rest_pose": {
            "leftUpperArm": [0.0, 0.0, -64.0],
            "rightUpperArm": [0.0, 0.0, 64.0],
            "leftLowerArm": [0.0, -18.0, -6.0],
            "rightLowerArm": [0.0, 18.0, 6.0],
        },
        "springs": {"stiffness_scale": 1.0, "gravity_scale": 1.0, "drag_scale": 1.0},
        "correctives": [
            {"morph": name, "drivers": list(drivers)} for name, drivers in correctives().items()
        ],
        "joint_drivers": _ears(),
        "actions": [
            *({"name": name, "title": title, "rating": "general"} for name, title in _ACTIONS),
            {"name": "kiss", "title": "Blow a kiss", "rating": "teen"},
        ],
    }
