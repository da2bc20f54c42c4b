"""VRM's fixed vocabularies (VRMC_vrm-1.0: humanoid.md, expressions.md)."""

from __future__ import annotations

from typing import Final

_FINGERS: Final = ("Index", "Middle", "Ring", "Little")
_PHALANGES: Final = ("Proximal", "Intermediate", "Distal")
_SIDED: Final = (
    "Eye",
    "UpperLeg",
    "LowerLeg",
    "Foot",
    "Toes",
    "Shoulder",
    "UpperArm",
    "LowerArm",
    "Hand",
    "ThumbMetacarpal",
    "ThumbProximal",
    "ThumbDistal",
    *(f"{finger}{phalanx}" for finger in _FINGERS for phalanx in _PHALANGES),
)

HUMAN_BONES: Final[frozenset[str]] = frozenset(
    {"hips", "spine", "chest", "upperChest", "neck", "head", "jaw"}
    | {f"{side}{bone}" for side in ("left", "right") for bone in _SIDED}
)

REQUIRED_BONES: Final[tuple[str, ...]] = (
    "hips",
    "spine",
    "head",
    *(
        f"{side}{bone}"
        for side in ("left", "right")
        for bone in ("UpperLeg", "LowerLeg", "Foot", "UpperArm", "LowerArm", "Hand")
    ),
)

PRESETS: Final[tuple[str, ...]] = (
    "happy",
    "angry",
    "sad",
    "relaxed",
    "surprised",
    "neutral",
    "aa",
    "ih",
    "ou",
    "ee",
    "oh",
    "blink",
    "blinkLeft",
    "blinkRight",
    "lookUp",
    "lookDown",
    "lookLeft",
    "lookRight",
)

PRESET_OF_VRM0: Final[dict[str, str]] = {
    "neutral": "neutral",
    "a": "aa",
    "i": "ih",
    "u": "ou",
    "e": "ee",
    "o": "oh",
    "blink": "blink",
    "joy": "happy",
    "angry": "angry",
    "sorrow": "sad",
    "fun": "relaxed",
    "lookup": "lookUp",
    "lookdown": "lookDown",
    "lookleft": "lookLeft",
    "lookright": "lookRight",
    "blink_l": "blinkLeft",
    "blink_r": "blinkRight",
}

BONE_OF_VRM0: Final[dict[str, str]] = {
    "leftThumbProximal": "leftThumbMetacarpal",
    "leftThumbIntermediate": "leftThumbProximal",
    "rightThumbProximal": "rightThumbMetacarpal",
    "rightThumbIntermediate": "rightThumbProximal",
}
"""Thumb bones moved by one name between the versions; the others kept theirs."""

COLOR_KINDS: Final[tuple[str, ...]] = (
    "color",
    "emissionColor",
    "shadeColor",
    "matcapColor",
    "rimColor",
    "outlineColor",
)
