"""Scores to the ARKit 52 that drive an avatar."""

from avatar_server.expression.arkit import ARKIT_52, ARKIT_INDEX
from avatar_server.expression.emotion import EMOTION_FACES, EMOTIONS
from avatar_server.expression.mapper import ExpressionMapper, expression_of, rest_expression
from avatar_server.expression.performance import (
    ExpressionWriter,
    Performance,
    find_performance,
    load_performance,
    performance_names,
    performance_path,
)

__all__ = [
    "ARKIT_52",
    "ARKIT_INDEX",
    "EMOTIONS",
    "EMOTION_FACES",
    "ExpressionMapper",
    "ExpressionWriter",
    "Performance",
    "expression_of",
    "find_performance",
    "load_performance",
    "performance_names",
    "performance_path",
    "rest_expression",
]
