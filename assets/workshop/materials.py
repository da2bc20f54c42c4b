"""MToon 1.0 and unlit materials as the writer stores them; colours are given as sRGB hex."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal


def linear(color: str) -> list[float]:
    """``#rrggbb`` (sRGB, IEC 61966-2-1) to linear RGB."""
    values = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return [round(c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4, 6) for c in values]


@dataclass(frozen=True)
class Toon:
    """One material zone. ``lit`` and ``shade`` multiply the atlas; ``outline`` is a width in
    metres (0: none)."""

    name: str
    lit: str = "#ffffff"
    shade: str = "#c8b0c0"
    shift: float = -0.1
    toony: float = 0.9
    gi_equalization: float = 0.9
    rim: str = "#000000"
    rim_power: float = 5.0
    rim_lift: float = 0.0
    outline: float = 0.0
    outline_color: str = "#000000"
    outline_lighting: float = 0.0
    unlit: bool = False
    textured: bool = True
    double_sided: bool = False
    alpha: Literal["OPAQUE", "MASK", "BLEND"] = "OPAQUE"
    z_write: bool = False
    queue: int = 0

    def to_gltf(self) -> dict[str, Any]:
        texture = {"index": 0}
        pbr: dict[str, Any] = {
            "baseColorFactor": [*linear(self.lit), 1.0],
            "metallicFactor": 0.0,
            "roughnessFactor": 1.0,
        }
        if self.textured:
            pbr["baseColorTexture"] = texture
        material: dict[str, Any] = {"name": self.name, "pbrMetallicRoughness": pbr}
        if self.alpha != "OPAQUE":
            material["alphaMode"] = self.alpha
        if self.double_sided:
            material["doubleSided"] = True
        if self.unlit:
            material["extensions"] = {"KHR_materials_unlit": {}}
            return material
        mtoon: dict[str, Any] = {
            "specVersion": "1.0",
            "transparentWithZWrite": self.z_write,
            "renderQueueOffsetNumber": self.queue,
            "shadeColorFactor": linear(self.shade),
            "shadingShiftFactor": self.shift,
            "shadingToonyFactor": self.toony,
            "giEqualizationFactor": self.gi_equalization,
            "matcapFactor": [0.0, 0.0, 0.0],
            "parametricRimColorFactor": linear(self.rim),
            "parametricRimFresnelPowerFactor": self.rim_power,
            "parametricRimLiftFactor": self.rim_lift,
            "rimLightingMixFactor": 1.0,
        }
        if self.textured:
            mtoon["shadeMultiplyTexture"] = texture
        if self.outline > 0:
            mtoon |= {
                "outlineWidthMode": "worldCoordinates",
                "outlineWidthFactor": self.outline,
                "outlineColorFactor": linear(self.outline_color),
                "outlineLightingMixFactor": self.outline_lighting,
            }
        material["extensions"] = {"VRMC_materials_mtoon": mtoon, "KHR_materials_unlit": {}}
        return material
