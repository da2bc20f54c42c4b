"""Expressions that change materials: VRM's materialColorBinds and textureTransformBinds."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from avatar_server.avatar.material import Material
from avatar_server.avatar.model import MaterialColorBind, ModelExpression
from avatar_server.avatar.morphs import NEGLIGIBLE_WEIGHT
from avatar_server.types import FloatArray, MaterialChange

Rgba = tuple[float, float, float, float]


class MaterialBinds:
    """What a model's channels do to its materials.

    Source: VRM 1.0, VRMC_vrm-1.0/expressions: value = base + Σ weight · (target - base).
    """

    def __init__(
        self, channels: tuple[ModelExpression, ...], materials: tuple[Material, ...]
    ) -> None:
        self._materials = materials
        self._channels = [
            (row, c) for row, c in enumerate(channels) if c.colors or c.texture_transforms
        ]

    def changes(self, weights: FloatArray) -> Mapping[int, MaterialChange]:
        """Materials that are not as they are at rest, for channel ``weights`` float32 (C,)."""
        colors: dict[int, dict[str, np.ndarray]] = {}
        moves: dict[int, np.ndarray] = {}
        for row, channel in self._channels:
            weight = float(weights[row])
            if weight < NEGLIGIBLE_WEIGHT:
                continue
            for color in channel.colors:
                base = np.array(self._base(color))
                of_material = colors.setdefault(color.material, {})
                now = of_material.get(color.kind, base)
                of_material[color.kind] = now + weight * (np.array(color.target) - base)
            for move in channel.texture_transforms:
                target = np.array([*move.offset, *move.scale, 1.0])
                moves[move.material] = moves.get(move.material, np.zeros(5)) + weight * target
        return {
            material: _change(colors.get(material, {}), moves.get(material))
            for material in colors.keys() | moves.keys()
        }

    def _base(self, bind: MaterialColorBind) -> Rgba:
        material = self._materials[bind.material]
        rgb = {
            "emissionColor": material.emissive_color,
            "shadeColor": material.shade_color,
            "matcapColor": material.matcap_color,
            "rimColor": material.rim_color,
            "outlineColor": material.outline_color,
        }.get(bind.kind)
        return material.base_color if rgb is None else (*rgb, 1.0)


def _change(colors: Mapping[str, np.ndarray], move: np.ndarray | None) -> MaterialChange:
    named: dict[str, Rgba] = {}
    for kind, value in colors.items():
        r, g, b, a = (float(v) for v in value)
        named[kind] = (r, g, b, a)
    if move is None:
        return MaterialChange(named)
    u, v, across, down, share = (float(value) for value in move)
    return MaterialChange(named, (u, v), (across, down), share)
