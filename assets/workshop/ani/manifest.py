"""Ani's manifest: framing, gains, springs, actions."""

from __future__ import annotations

from typing import Any

from assets.workshop.ani.moves import correctives

_ACTIONS = (
    ("wave", "Wave"), ("nod", "Nod"), ("shake", "Shake head"), ("laugh", "Laugh"),
    ("heart", "Heart hands"), ("surprise", "Surprise"), ("think", "Think"), ("dance", "Dance"),
    ("clap", "Clap"), ("bow", "Bow"), ("cheer", "Cheer"), ("shrug", "Shrug"),
)  # fmt: skip


def _gain(gain: float, offset: float = 0.0, curve: float = 1.0) -> dict[str, float]:
    return {"gain": gain, "offset": offset, "max": 1.0, "curve": curve}


def _both(name: str, gain: dict[str, float]) -> dict[str, dict[str, float]]:
    return {f"{name}Left": gain, f"{name}Right": gain}


def _fingers(side: str, sign: float) -> dict[str, list[float]]:
    """A relaxed hand: fingers a little curled towards the palm."""
    pose = {}
    for finger, curl in (("Index", 12), ("Middle", 16), ("Ring", 20), ("Little", 24)):
        for bone, share in (("Proximal", 0.8), ("Intermediate", 1.1), ("Distal", 0.8)):
            pose[f"{side}{finger}{bone}"] = [0.0, 0.0, -sign * curl * share]
    return pose


def manifest() -> dict[str, Any]:
    """What is written beside the model."""
    return {
        "schema": 1,
        "id": "ani",
        "name": "Ani",
        "description": "A young woman with lilac-to-rose twin tails, in a plum blazer.",
        "model": "ani.glb",
        "thumbnail": "thumbnail.png",
        "licence": {
            "spdx": "CC0-1.0",
            "url": "https://creativecommons.org/publicdomain/zero/1.0/",
        },
        "credits": ["The Avatar Server contributors"],
        "framing": {"eye": [0.0, 1.405, 1.42], "target": [0.0, 1.374, 0.0], "fov_degrees": 20.0},
        "gaze": "morph",
        "gains": {
            **_both("eyeBlink", _gain(1.5, -0.06, 0.66)),
            **_both("eyeSquint", _gain(0.8)),
            **_both("eyeWide", _gain(1.2)),
            **_both("mouthSmile", _gain(1.45, curve=0.9)),
            **_both("mouthFrown", _gain(1.2)),
            **_both("browDown", _gain(1.1)),
            **_both("browOuterUp", _gain(1.2)),
            "browInnerUp": _gain(1.4),
            "jawOpen": _gain(1.12, curve=0.8),
        },
        "head": {
            "rotation_gain": 1.0,
            "neck_share": 0.35,
            "chest_share": 0.12,
            "translation_gain": 0.6,
        },
        "rest_pose": {
            "leftShoulder": [0.0, 0.0, -4.0],
            "rightShoulder": [0.0, 0.0, 4.0],
            "leftUpperArm": [0.0, 0.0, -68.0],
            "rightUpperArm": [0.0, 0.0, 68.0],
            "leftLowerArm": [0.0, -14.0, -3.0],
            "rightLowerArm": [0.0, 14.0, 3.0],
            **_fingers("left", 1.0),
            **_fingers("right", -1.0),
        },
        "springs": {"stiffness_scale": 1.0, "gravity_scale": 1.0, "drag_scale": 1.0},
        "correctives": [
            {"morph": name, "drivers": list(drivers)} for name, drivers in correctives().items()
        ],
        "joint_drivers": [],
        "actions": [
            *({"name": name, "title": title, "rating": "general"} for name, title in _ACTIONS),
            {"name": "kiss", "title": "Blow a kiss", "rating": "teen"},
        ],
    }
