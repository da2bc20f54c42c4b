"""What both characters' VRM files say of themselves: licence, gaze, what presets override."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

OVERRIDES: Final[dict[str, dict[str, str]]] = {
    "happy": {"overrideBlink": "blend", "overrideMouth": "blend"},
    "relaxed": {"overrideBlink": "blend"},
    "surprised": {"overrideMouth": "blend"},
}
"""Presets that already hold lids or lips (VRMC_vrm-1.0, expressions)."""


def meta(name: str) -> dict[str, Any]:
    """VRMC_vrm ``meta``: anybody may use and change the character."""
    return {
        "name": name,
        "version": "1",
        "authors": ["The Avatar Server contributors"],
        "copyrightInformation": "The Avatar Server contributors",
        "licenseUrl": "https://vrm.dev/licenses/1.0/",
        "avatarPermission": "everyone",
        "allowExcessivelyViolentUsage": False,
        "allowExcessivelySexualUsage": False,
        "commercialUsage": "corporation",
        "allowPoliticalOrReligiousUsage": False,
        "allowAntisocialOrHateUsage": False,
        "creditNotation": "unnecessary",
        "allowRedistribution": True,
        "modification": "allowModificationRedistribution",
        "otherLicenseUrl": "https://creativecommons.org/publicdomain/zero/1.0/",
    }


def look_at(offset: Sequence[float]) -> dict[str, Any]:
    """VRMC_vrm ``lookAt`` by expressions; ``offset`` of the eyes from the head, metres."""
    limits = (
        ("HorizontalInner", 30.0),
        ("HorizontalOuter", 30.0),
        ("VerticalDown", 25.0),
        ("VerticalUp", 25.0),
    )
    ranges = {
        f"rangeMap{way}": {"inputMaxValue": limit, "outputScale": 1.0} for way, limit in limits
    }
    return {"type": "expression", "offsetFromHeadBone": list(offset), **ranges}
