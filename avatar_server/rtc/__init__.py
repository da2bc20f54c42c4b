"""Peer connection, media and data channels of one caller. Knows nothing about faces."""

from avatar_server.rtc.control import (
    AvatarReport,
    Calibrate,
    ControlMessage,
    ErrorReport,
    PlayAction,
    PlayPerformance,
    SetBackground,
    SetEmotion,
    SetQuality,
    StateReport,
    SwitchAvatar,
    TimingsReport,
    control_schema,
)
from avatar_server.rtc.expression_packet import ExpressionPacket, pack_expression, unpack_expression
from avatar_server.rtc.options import IceServer, RtcOptions
from avatar_server.rtc.session import RtcSession
from avatar_server.rtc.session_state import SessionState
from avatar_server.rtc.statistics import RtcStatistics

__all__ = [
    "AvatarReport",
    "Calibrate",
    "ControlMessage",
    "ErrorReport",
    "ExpressionPacket",
    "IceServer",
    "PlayAction",
    "PlayPerformance",
    "RtcOptions",
    "RtcSession",
    "RtcStatistics",
    "SessionState",
    "SetBackground",
    "SetEmotion",
    "SetQuality",
    "StateReport",
    "SwitchAvatar",
    "TimingsReport",
    "control_schema",
    "pack_expression",
    "unpack_expression",
]
