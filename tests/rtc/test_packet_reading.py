"""What is read of each packet here, against aiortc, which reads it all."""

from __future__ import annotations

import random

import pytest
from aiortc.codecs.vpx import VpxPayloadDescriptor
from aiortc.rtcrtpparameters import RTCRtpHeaderExtensionParameters, RTCRtpParameters
from aiortc.rtp import HeaderExtensions, HeaderExtensionsMap, RtpPacket

from avatar_server.rtc.header_extensions import ABS_SEND_TIME_URI, CongestionExtensions
from avatar_server.rtc.payload import read_payload
from avatar_server.rtc.transport_feedback import TRANSPORT_CC_URI

MID_URI = "urn:ietf:params:rtp-hdrext:sdes:mid"


def configured(*maps: HeaderExtensionsMap, time_id: int = 3, number_id: int = 5) -> None:
    uris = {1: MID_URI, time_id: ABS_SEND_TIME_URI, number_id: TRANSPORT_CC_URI}
    extensions = [RTCRtpHeaderExtensionParameters(id=i, uri=uri) for i, uri in uris.items()]
    for one in maps:
        one.configure(RTCRtpParameters(headerExtensions=extensions))


def some_extensions(dice: random.Random) -> HeaderExtensions:
    return HeaderExtensions(
        mid=dice.choice([None, "0", "video"]),
        abs_send_time=dice.choice([None, 0, 0xFFFFFF, dice.getrandbits(24)]),
        transport_sequence_number=dice.choice([None, 0, 0xFFFF, dice.getrandbits(16)]),
    )


@pytest.mark.parametrize("ids", [(3, 5), (14, 2), (3, 15), (200, 5)])
def test_extensions_are_read_as_aiortc_writes_them(ids: tuple[int, int]) -> None:
    dice = random.Random(1)
    theirs, ours = HeaderExtensionsMap(), CongestionExtensions()
    configured(theirs, ours, time_id=ids[0], number_id=ids[1])
    for _ in range(200):
        packet = RtpPacket(payload=b"x" * dice.randint(0, 9))
        packet.extensions = some_extensions(dice)
        read = RtpPacket.parse(packet.serialize(theirs), ours)
        assert read.payload == packet.payload
        assert read.extensions.abs_send_time == packet.extensions.abs_send_time
        number = packet.extensions.transport_sequence_number
        assert read.extensions.transport_sequence_number == number


@pytest.mark.parametrize("ids", [(3, 5), (14, 2), (3, 15)])
def test_extensions_are_written_as_aiortc_reads_them(ids: tuple[int, int]) -> None:
    dice = random.Random(2)
    theirs, ours = HeaderExtensionsMap(), CongestionExtensions()
    configured(theirs, ours, time_id=ids[0], number_id=ids[1])
    for _ in range(200):
        packet = RtpPacket(payload=b"x" * dice.randint(0, 9))
        packet.extensions = some_extensions(dice)
        packet.extensions.mid = None
        read = RtpPacket.parse(packet.serialize(ours), theirs)
        assert read.payload == packet.payload
        assert read.extensions == packet.extensions


def test_extensions_that_were_not_agreed_on_are_not_written() -> None:
    packet = RtpPacket(payload=b"x")
    packet.extensions = HeaderExtensions(abs_send_time=1, transport_sequence_number=2)
    assert packet.serialize(CongestionExtensions()) == packet.serialize(HeaderExtensionsMap())


def test_an_extension_that_is_cut_short_is_refused() -> None:
    ours = CongestionExtensions()
    configured(ours)
    for value in (b"\x51\x00", b"\x32\x00\x00", b"\x00\x00\x00\x51"):
        with pytest.raises(IndexError):
            ours.get(0xBEDE, value)


def test_vp8_descriptors_of_every_form_are_read_as_aiortc_reads_them() -> None:
    dice = random.Random(3)
    for first in range(256):
        for second in range(256):
            payload = bytes([first, second]) + dice.randbytes(dice.randint(0, 6))
            try:
                descriptor, data = VpxPayloadDescriptor.parse(payload)
            except ValueError:
                with pytest.raises(ValueError, match="VP8"):
                    read_payload("VP8", payload)
                continue
            read, starts = read_payload("VP8", payload)
            assert read == data
            begins = descriptor.partition_start == 1 and descriptor.partition_id & 7 == 0
            assert starts is bool(begins and data and not data[0] & 1)
