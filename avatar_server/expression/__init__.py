"""Scores to the ARKit 52 that drive an avatar."""

from avatar_server.expression.arkit import ARKIT_52, ARKIT_INDEX
from avatar_server.expression.emotion import EMOTIONS

__all__ = ["ARKIT_52", "ARKIT_INDEX", "EMOTIONS"]
