"""The two data channels of a session."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from aiortc import RTCDataChannel
from pydantic import BaseModel

from avatar_server.rtc.control import (
    ControlMessage,
    ControlMessageError,
    ErrorReport,
    parse_control,
)
from avatar_server.rtc.expression_packet import pack_expression
from avatar_server.types import Expression

logger = logging.getLogger(__name__)

CONTROL: Final = "control"
EXPRESSION: Final = "expression"

MAX_BUFFERED_BYTES: Final = 256 * 1024
"""More than this unsent on ``control`` means that the client does not read; new reports are
dropped rather than kept."""

MAX_EXPRESSIONS_BUFFERED: Final = 8 * 244
"""A late expression is worth nothing: at most eight wait."""


class MessageAllowance:
    """A bucket of tokens: ``burst`` messages at once, ``rate`` a second in the long run."""

    def __init__(self, rate: float = 30.0, burst: float = 60.0) -> None:
        self._rate = rate
        self._burst = burst
        self._tokens = burst
        self._at_s = time.monotonic()

    def take(self, now_s: float) -> bool:
        """Whether a message at ``now_s`` (monotonic seconds) is within the allowance."""
        self._tokens = min(self._burst, self._tokens + (now_s - self._at_s) * self._rate)
        self._at_s = now_s
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True


class SessionChannels:
    """Follows the channels that the client opens. All methods run in the event loop."""

    def __init__(self, on_control: Callable[[ControlMessage], None]) -> None:
        self._on_control = on_control
        self._control: RTCDataChannel | None = None
        self._expression: RTCDataChannel | None = None
        self._allowance = MessageAllowance()
        self._flood_told_s = float("-inf")
        self._sequence = 0

    def adopt(self, channel: RTCDataChannel) -> None:
        """Takes a channel that the client opened; one of another name is closed."""
        if channel.label == CONTROL:
            self._control = channel
            channel.on("message", self._receive)
        elif channel.label == EXPRESSION:
            self._expression = channel
        else:
            logger.info("A data channel of unknown label %r was closed", channel.label[:40])
            channel.close()

    @property
    def wants_expressions(self) -> bool:
        """The client has opened the channel, so packing an expression is worth while."""
        return self._expression is not None and self._expression.readyState == "open"

    def send_message(self, message: Mapping[str, Any] | BaseModel) -> bool:
        """Sends a message; False where the channel is not open or nobody reads it."""
        channel = self._control
        if channel is None or channel.readyState != "open":
            return False
        if channel.bufferedAmount > MAX_BUFFERED_BYTES:
            return False
        if isinstance(message, BaseModel):
            text = message.model_dump_json(exclude_none=True)
        else:
            text = json.dumps(message, separators=(",", ":"))
        channel.send(text)
        return True

    def send_expression(self, expression: Expression, rtp_time: int) -> bool:
        """Sends a frame's coefficients; False where it was dropped."""
        channel = self._expression
        if channel is None or channel.readyState != "open":
            return False
        self._sequence = (self._sequence + 1) & 0xFFFF
        if channel.bufferedAmount > MAX_EXPRESSIONS_BUFFERED:
            return False
        channel.send(pack_expression(expression, rtp_time, self._sequence))
        return True

    def _receive(self, data: str | bytes) -> None:
        now = time.monotonic()
        if not self._allowance.take(now):
            if now - self._flood_told_s > 1.0:
                self._flood_told_s = now
                self.send_message(
                    ErrorReport(title="Too many messages", detail="Send at most 30 a second.")
                )
            return
        try:
            message = parse_control(data)
        except ControlMessageError as error:
            self.send_message(error.report)
            return
        try:
            self._on_control(message)
        except Exception:
            logger.exception("A control message could not be followed")
            self.send_message(
                ErrorReport(title="Request failed", detail="The server could not follow it.")
            )
