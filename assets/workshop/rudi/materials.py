"""Rudi's material zones: warm shade colours, thin tinted outlines."""

from __future__ import annotations

from assets.workshop.materials import Toon

_INK = "#4a1f1c"

ZONES = [
    Toon("face", shade="#e0a6a0", shift=-0.05, toony=0.80, outline=0.0014,
         outline_color=_INK, rim="#241207", rim_power=3.5, rim_lift=0.02),
    Toon("fur", shade="#dc9c94", shift=-0.05, toony=0.80, outline=0.0014,
         outline_color=_INK, rim="#241207", rim_power=3.5, double_sided=True),
    Toon("brow", shade="#e8c4bc", shift=-0.05, toony=0.80),
    Toon("eye", shade="#e2d2d4", shift=0.35, toony=0.6),
    Toon("iris", shade="#ffffff", shift=0.5),
    Toon("light", unlit=True),
    Toon("line", shade="#ffffff", shift=0.5, double_sided=True),
    Toon("nose", shade="#9a7c90", shift=0.0, toony=0.75, rim="#3a2c34", rim_power=3.0),
    Toon("mouth", shade="#dfa0a6", shift=0.3, toony=0.6),
    Toon("teeth", shade="#eadfe2", shift=0.3, toony=0.6),
    Toon("cloth", shade="#8f9cc4", shift=-0.05, toony=0.86, outline=0.0014,
         outline_color="#123a44", double_sided=True),
    Toon("string", shade="#d8c0b8", shift=0.0, toony=0.85, outline=0.0009,
         outline_color="#6a4a3a"),
]  # fmt: skip
