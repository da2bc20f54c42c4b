"""The caller's voice: not echoed unless asked, and then untouched."""

from __future__ import annotations

import asyncio

import numpy as np

from avatar_server.rtc import RtcOptions
from tests.rtc.client import Caller, Echo, SquareCamera, ToneMicrophone, until


async def test_the_voice_is_not_echoed_unless_asked() -> None:
    echo = Echo()
    caller = Caller(camera=SquareCamera(), microphone=ToneMicrophone())
    await caller.call(echo.session)
    await until(lambda: echo.session.statistics().audio_packets_received >= 50)
    await asyncio.sleep(0.2)
    assert caller.sound == []
    assert echo.session.statistics().audio_packets_sent == 0
    await caller.close()
    await echo.session.close()


async def test_an_echoed_voice_keeps_its_tone_and_its_times() -> None:
    echo = Echo(RtcOptions(echo_audio=True))
    caller = Caller(camera=SquareCamera(), microphone=ToneMicrophone())
    await caller.call(echo.session)
    await until(lambda: len(caller.sound) >= 75)
    statistics = echo.session.statistics()
    await caller.close()
    await echo.session.close()

    assert statistics.audio_packets_sent == statistics.audio_packets_received
    steps = np.diff([frame.pts for frame in caller.sound])
    assert set(steps) == {960}
    samples = np.concatenate([f.to_ndarray().reshape(-1, 2)[:, 0] for f in caller.sound[25:75]])
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    assert abs(np.argmax(spectrum) * 48_000 / len(samples) - 440) < 3


async def test_echoed_packets_keep_sequence_and_timestamp() -> None:
    echo = Echo(RtcOptions(echo_audio=True))
    caller = Caller(camera=SquareCamera(), microphone=ToneMicrophone())
    await caller.call(echo.session)
    await until(lambda: len(caller.sound) >= 5)
    streams = echo.session._streams
    came, went = [], []
    audio, media = streams._audio, streams._media
    receive, send = audio.handle_rtp, media.send_rtp

    def note_received(packet: object, arrived_ns: int) -> None:
        came.append((packet.sequence_number, packet.timestamp, packet.payload))
        receive(packet, arrived_ns)

    def note_sent(data: bytes) -> None:
        if data[1] & 0x7F in audio.payload_types:
            went.append(
                (int.from_bytes(data[2:4], "big"), int.from_bytes(data[4:8], "big"), data[12:])
            )
        send(data)

    audio.handle_rtp, media.send_rtp = note_received, note_sent
    await until(lambda: len(went) >= 20)
    assert went[:20] == came[:20]
    await caller.close()
    await echo.session.close()
