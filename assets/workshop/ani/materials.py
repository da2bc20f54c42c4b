"""Ani's material zones."""

from __future__ import annotations

from assets.workshop.materials import Toon

# The order is that in which a viewer meets them: solid materials are drawn in this order, and
# what is drawn first spares the shading of what it covers.
ZONES = [
    Toon("fringe", shade="#bda0da", shift=-0.02, toony=0.88, outline=0.0013,
         outline_color="#8769b0"),
    Toon("tail", shade="#c494cc", shift=-0.02, toony=0.88, outline=0.0014,
         outline_color="#b07fc0"),
    Toon("hair", shade="#bda0da", shift=-0.02, toony=0.88, outline=0.0013,
         outline_color="#8769b0"),
    Toon("ribbon", shade="#c890a8", shift=-0.05, toony=0.90, outline=0.0012,
         outline_color="#4a1836"),
    Toon("metal", shade="#c79a6a", shift=0.0, toony=0.85, outline=0.0007,
         outline_color="#6b4520"),
    Toon("ink", shade="#ffffff", shift=0.5),
    Toon("face", shade="#f8c9c6", shift=-0.10, toony=0.86, outline=0.0014,
         outline_color="#a05a58"),
    Toon("eye", shade="#d8cce4", shift=0.35, toony=0.6),
    Toon("mouth", shade="#e0a0a8", shift=0.3, toony=0.6),
    Toon("collar", shade="#a898c0", shift=-0.05, toony=0.92, outline=0.0012,
         outline_color="#241229"),
    Toon("cloth", shade="#a898c0", shift=-0.05, toony=0.92, outline=0.0012,
         outline_color="#241229"),
    Toon("knit", shade="#d3c2d6", shift=-0.05, toony=0.90, outline=0.0011,
         outline_color="#7d6378"),
    Toon("skin", shade="#f8c9c6", shift=-0.05, toony=0.90, outline=0.0013,
         outline_color="#8a4a4c"),
]  # fmt: skip
