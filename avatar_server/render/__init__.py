"""Posed rig to pixels, then to YUV 4:2:0."""

from avatar_server.render.background import BACKGROUNDS, Background
from avatar_server.render.renderer import Drawable, Renderer, create_renderer

__all__ = ["BACKGROUNDS", "Background", "Drawable", "Renderer", "create_renderer"]
