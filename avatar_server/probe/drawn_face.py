"""A face for the probe's camera where no film of one is at hand: Ani's own, drawn here."""

from __future__ import annotations

from pathlib import Path

from avatar_server.animate import animate_performance
from avatar_server.avatar import Character, find_avatar
from avatar_server.expression import ExpressionMapper, find_performance, load_performance
from avatar_server.pipeline import Pipeline
from avatar_server.render import create_renderer


def drawn_face(path: Path, seconds: float = 6.0) -> Path:
    """Writes a film of Ani talking, which a face tracker follows like a person's."""
    avatar = find_avatar("ani")
    renderer = create_renderer(avatar, width=640, height=480)
    pipeline = Pipeline(None, ExpressionMapper(), Character(avatar), renderer)
    try:
        performance = load_performance(find_performance("chat"))
        animate_performance(performance, path, pipeline, duration_s=seconds)
    finally:
        pipeline.close()
    return path
