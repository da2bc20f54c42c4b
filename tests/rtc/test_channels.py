"""The data channels ``control`` and ``expression``."""

from __future__ import annotations

import json

import jsonschema
import numpy as np
import pytest

from avatar_server.rtc import control_schema, pack_expression, unpack_expression
from avatar_server.rtc.channels import MessageAllowance
from avatar_server.rtc.control import ControlMessageError, parse_control
from avatar_server.types import Expression
from tests.rtc.client import Caller, Echo, SquareCamera, until

GOOD = [
    {"type": "avatar", "avatar": "rudi"},
    {"type": "avatar", "avatar": "mine", "i_am": "author"},
    {"type": "action", "action": "wave"},
    {"type": "action", "action": None},
    {"type": "emotion", "emotion": "joy", "weight": 0.5},
    {"type": "emotion", "emotion": "joy"},
    {"type": "calibrate"},
    {"type": "background", "background": "#102030"},
    {"type": "quality", "width": 256, "height": 256, "fps": 15},
    {"type": "quality"},
    {"type": "performance", "name": "greeting"},
    {"type": "performance", "name": None},
]

BAD = [
    "",
    "{",
    "null",
    "[]",
    '"avatar"',
    "{}",
    '{"type": "format_disk"}',
    '{"type": "avatar"}',
    '{"type": "avatar", "avatar": ""}',
    '{"type": "avatar", "avatar": "ani", "extra": 1}',
    '{"type": "emotion", "emotion": "joy", "weight": 2}',
    '{"type": "emotion", "emotion": "joy", "weight": NaN}',
    '{"type": "quality", "width": 1000000}',
    '{"type": "calibrate"}' + " " * 5000,
    b"\x00\x01",
]


def expression(seed: int = 0) -> Expression:
    dice = np.random.default_rng(seed)
    return Expression(
        coefficients=dice.random(52, dtype=np.float32),
        head_rotation=np.array([0.0, 0.6, 0.0, 0.8], np.float32),
        head_translation=np.array([0.01, -0.02, 0.03], np.float32),
        emotion=np.zeros(8, np.float32),
        stream_time_s=1.0,
        tracked=True,
    )


@pytest.mark.parametrize("message", GOOD, ids=json.dumps)
def test_a_good_message_is_read_and_fits_the_schema(message: dict) -> None:
    jsonschema.validate(message, control_schema())
    parsed = parse_control(json.dumps(message))
    assert parsed.type == message["type"]
    assert all(getattr(parsed, key) == value for key, value in message.items())


@pytest.mark.parametrize("data", BAD, ids=lambda data: repr(data)[:40])
def test_a_bad_message_is_refused_with_a_report(data: str | bytes) -> None:
    with pytest.raises(ControlMessageError) as caught:
        parse_control(data)
    report = json.loads(caught.value.report.model_dump_json())
    jsonschema.validate(report, control_schema())
    assert report["detail"]


def test_the_schema_refuses_what_the_reader_refuses() -> None:
    jsonschema.Draft202012Validator.check_schema(control_schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"type": "format_disk"}, control_schema())


def test_an_expression_packet_is_244_bytes_and_comes_back_whole() -> None:
    sent = expression()
    data = pack_expression(sent, rtp_time=0x1_2345_6789, sequence=0x1_0007)
    assert len(data) == 244
    assert data[0] == 1
    assert data[1] == 1
    assert data[2:4] == b"\x07\x00"
    assert data[4:8] == (0x2345_6789).to_bytes(4, "little")
    assert np.frombuffer(data, "<f4", 1, 8)[0] == sent.coefficients[0]
    assert np.frombuffer(data, "<f4", 1, 216)[0] == sent.head_rotation[0]
    packet = unpack_expression(data)
    assert (packet.sequence, packet.rtp_time, packet.tracked) == (7, 0x2345_6789, True)
    np.testing.assert_array_equal(packet.coefficients, sent.coefficients)
    np.testing.assert_array_equal(packet.head_rotation, sent.head_rotation)
    np.testing.assert_array_equal(packet.head_translation, sent.head_translation)


@pytest.mark.parametrize("data", [b"", b"\x01" * 243, b"\x02" * 244])
def test_what_is_no_expression_packet_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="xpression packet"):
        unpack_expression(data)


def test_an_allowance_lets_a_burst_through_and_then_the_rate() -> None:
    allowance = MessageAllowance(rate=10, burst=5)
    start = allowance._at_s
    assert [allowance.take(start) for _ in range(7)] == [True] * 5 + [False] * 2
    assert allowance.take(start + 0.15)
    assert not allowance.take(start + 0.15)


async def test_messages_and_expressions_over_a_call() -> None:
    echo = Echo()
    caller = Caller(camera=SquareCamera(), channels=True)
    answers: list[dict] = []
    packets: list[bytes] = []
    caller.control.on("message", lambda text: answers.append(json.loads(text)))
    caller.expression.on("message", packets.append)
    await caller.call(echo.session)
    await until(lambda: caller.control.readyState == caller.expression.readyState == "open")

    for message in GOOD:
        caller.control.send(json.dumps(message))
    await until(lambda: len(echo.messages) == len(GOOD))
    assert [m.type for m in echo.messages] == [m["type"] for m in GOOD]

    caller.control.send("{nonsense")
    await until(lambda: len(answers) == 1)
    assert answers[0]["type"] == "error"

    echo.session.send_message({"type": "state", "state": "tracking", "avatar": "ani"})
    await until(lambda: len(answers) == 2)
    assert answers[1]["state"] == "tracking"

    echo.session.send_expression(expression(3), rtp_time=90_000)
    await until(lambda: len(packets) == 1)
    np.testing.assert_array_equal(
        unpack_expression(packets[0]).coefficients, expression(3).coefficients
    )

    before = len(echo.messages)
    for _ in range(500):
        caller.control.send('{"type": "calibrate"}')
    await until(lambda: any(a.get("title") == "Too many messages" for a in answers))
    frames = len(echo.sent)
    await until(lambda: len(echo.sent) > frames + 10)
    assert len(echo.messages) - before < 200
    assert echo.session.state == "live"
    await caller.close()
    await echo.session.close()
