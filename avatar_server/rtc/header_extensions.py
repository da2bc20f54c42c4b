"""The header extensions that congestion control lives on (RFC 8285)."""

from __future__ import annotations

from typing import Final

from aiortc.rtcrtpparameters import RTCRtpParameters
from aiortc.rtp import HeaderExtensions, HeaderExtensionsMap

from avatar_server.rtc.transport_feedback import TRANSPORT_CC_URI

ABS_SEND_TIME_URI: Final = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
_ONE_BYTE: Final = 0xBEDE
_LARGEST_ONE_BYTE_ID: Final = 14


class CongestionExtensions(HeaderExtensionsMap):
    """Reads and writes the sending time and the transport-wide sequence number, and passes over
    the rest: a browser adds five extensions to each packet, which aiortc reads one by one."""

    def __init__(self) -> None:
        super().__init__()
        self._time_id = 0
        self._number_id = 0

    def configure(self, parameters: RTCRtpParameters) -> None:
        super().configure(parameters)
        for extension in parameters.headerExtensions:
            if extension.uri == ABS_SEND_TIME_URI:
                self._time_id = extension.id
            elif extension.uri == TRANSPORT_CC_URI:
                self._number_id = extension.id

    def get(self, extension_profile: int, extension_value: bytes) -> HeaderExtensions:
        """Raises:
        IndexError: an extension is cut short.
        """
        if extension_profile != _ONE_BYTE:
            return super().get(extension_profile, extension_value)
        values = HeaderExtensions()
        at, end = 0, len(extension_value)
        while at < end:
            head = extension_value[at]
            if head == 0:
                at += 1
                continue
            identifier = head >> 4
            if identifier == self._number_id:
                number = extension_value[at + 1] << 8 | extension_value[at + 2]
                values.transport_sequence_number = number
            elif identifier == self._time_id:
                time = extension_value[at + 1] << 16 | extension_value[at + 2] << 8
                values.abs_send_time = time | extension_value[at + 3]
            at += (head & 0xF) + 2
        return values

    def set(self, values: HeaderExtensions) -> tuple[int, bytes]:
        if max(self._time_id, self._number_id) > _LARGEST_ONE_BYTE_ID:
            return super().set(values)
        data = b""
        if self._number_id and values.transport_sequence_number is not None:
            number = self._number_id << 20 | 1 << 16 | values.transport_sequence_number
            data = number.to_bytes(3, "big")
        if self._time_id and values.abs_send_time is not None:
            data += (self._time_id << 28 | 2 << 24 | values.abs_send_time).to_bytes(4, "big")
        return _ONE_BYTE if data else 0, data + bytes(-len(data) % 4)
