"""Offers and trickled candidates, good and bad."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from avatar_server.errors import OfferError
from avatar_server.rtc.offer import parse_offer
from avatar_server.rtc.options import RtcOptions
from avatar_server.rtc.trickle import parse_sdp_fragment
from tests.rtc.client import Caller, Echo, ToneMicrophone, until


async def browser_like_offer(**caller: object) -> str:
    client = Caller(channels=True, microphone=ToneMicrophone(), **caller)
    try:
        return await client.offer()
    finally:
        await client.close()


def without(pattern: str) -> Callable[[str], str]:
    return lambda sdp: re.sub(pattern, "", sdp, flags=re.MULTILINE)


def _repeat_video(sdp: str) -> str:
    video = sdp[sdp.index("m=video") :].split("m=audio")[0].split("m=application")[0]
    return sdp + "".join(video.replace("a=mid:0", f"a=mid:{n + 10}") for n in range(47))


def _drop_video(sdp: str) -> str:
    head, *sections = re.split(r"(?=^m=)", sdp, flags=re.MULTILINE)
    return head + "".join(s for s in sections if not s.startswith("m=video"))


BAD_OFFERS = {
    "empty": (lambda sdp: "", "not SDP"),
    "prose": (lambda sdp: "please connect me", "not SDP"),
    "json": (lambda sdp: '{"type": "offer"}', "not SDP"),
    "one megabyte": (lambda sdp: sdp + "a=x:y\r\n" * 150_000, "characters long"),
    "fifty sections": (_repeat_video, "media sections"),
    "no video": (_drop_video, "no video section"),
    "no bundle": (without(r"^a=group:BUNDLE.*\r\n"), "bundle"),
    "no ufrag": (without(r"^a=ice-ufrag:.*\r\n"), "ice-ufrag"),
    "no password": (without(r"^a=ice-pwd:.*\r\n"), "ice-pwd"),
    "no fingerprint": (without(r"^a=fingerprint:.*\r\n"), "fingerprint"),
    "no setup": (without(r"^a=setup:.*\r\n"), "setup"),
    "no rtcp-mux": (without(r"^a=rtcp-mux\r\n"), "rtcp-mux"),
    "no mid": (without(r"^a=mid:.*\r\n"), "a=mid"),
    "no common codec": (
        lambda sdp: sdp.replace("VP8/90000", "AV1/90000").replace("H264/90000", "VP9/90000"),
        "No video codec in common",
    ),
    "switched off": (
        lambda sdp: sdp.replace("a=sendrecv", "a=inactive"),
        "switched off",
    ),
    "no camera": (lambda sdp: sdp.replace("a=sendrecv", "a=recvonly"), "recvonly"),
    "unknown kind": (lambda sdp: sdp.replace("m=application", "m=image"), "kind 'image'"),
    "broken media line": (lambda sdp: sdp.replace("m=video", "m=video x"), "cannot be read"),
    "broken candidate": (
        lambda sdp: re.sub(r"^a=candidate:.*$", "a=candidate:1 2 3", sdp, flags=re.MULTILINE),
        "cannot be read",
    ),
    "broken port": (
        lambda sdp: sdp.replace("a=sctp-port:5000", "a=sctp-port:many"),
        "cannot be read",
    ),
}


@pytest.mark.parametrize("name", BAD_OFFERS)
async def test_a_bad_offer_is_refused_in_words_and_leaves_nothing(name: str) -> None:
    spoil, words = BAD_OFFERS[name]
    offer = await browser_like_offer()
    spoilt = spoil(offer)
    assert spoilt != offer
    echo = Echo()
    with pytest.raises(OfferError, match=words):
        await echo.session.answer(spoilt)
    assert echo.session.state == "closed"
    assert len(echo.reasons) == 1


async def test_every_cut_of_an_offer_is_answered_or_refused_in_words() -> None:
    offer = await browser_like_offer()
    refusals = []
    for end in range(0, len(offer), 97):
        try:
            parse_offer(offer[:end], RtcOptions())
        except OfferError as error:
            refusals.append(str(error))
    assert len(refusals) > 10
    assert all(refusal.endswith(".") for refusal in refusals)


async def test_a_wanted_codec_is_the_only_one_in_the_answer() -> None:
    for codec, other in (("H264", "VP8"), ("VP8", "H264")):
        echo = Echo(RtcOptions(codec=codec))
        answer = await echo.session.answer(await browser_like_offer())
        assert f"{codec}/90000" in answer
        assert f"{other}/90000" not in answer
        await echo.session.close()


async def test_the_order_of_the_offer_is_honoured() -> None:
    echo = Echo()
    offer = await browser_like_offer()
    types = re.search(r"^m=video \d+ \S+ (.*)$", offer, re.MULTILINE).group(1).split()
    h264 = re.findall(r"^a=rtpmap:(\d+) H264/90000", offer, re.MULTILINE)
    reordered = h264 + [t for t in types if t not in h264]
    lines = offer.split("\r\n")
    maps = [line for line in lines if line.startswith("a=rtpmap") and "H264/90000" in line]
    lines = [line for line in lines if line not in maps]
    at = next(i for i, line in enumerate(lines) if "VP8/90000" in line)
    lines[at:at] = maps
    offer = "\r\n".join(lines).replace(" ".join(types), " ".join(reordered))
    await echo.session.answer(offer)
    assert echo.session.statistics().codec == "H264"
    await echo.session.close()


async def test_a_second_answer_and_an_early_candidate_are_refused() -> None:
    echo = Echo()
    with pytest.raises(OfferError, match="Post one first"):
        await echo.session.add_candidate("a=end-of-candidates")
    offer = await browser_like_offer()
    await echo.session.answer(offer)
    with pytest.raises(OfferError, match="answered already"):
        await echo.session.answer(offer)
    await echo.session.close()


async def test_trickled_candidates_connect_a_call() -> None:
    caller = Caller(channels=True)
    offer = await caller.offer()
    candidates = re.findall(r"^a=candidate:.*$", offer, re.MULTILINE)
    ufrag = re.search(r"^a=ice-ufrag:(.*)\r$", offer, re.MULTILINE).group(1)
    bare = without(r"^a=(candidate:.*|end-of-candidates)\r\n")(offer)
    echo = Echo()
    answer = await echo.session.answer(bare)
    # The client learns no candidate either, so that only what it trickles can connect the two.
    await caller.accept(without(r"^a=(candidate:.*|end-of-candidates)\r\n")(answer))
    lines = [f"a=ice-ufrag:{ufrag}", "m=video 9 UDP/TLS/RTP/SAVPF 0", "a=mid:0", *candidates]
    await echo.session.add_candidate("\r\n".join(lines) + "\r\na=end-of-candidates\r\n")
    await until(lambda: echo.session.state == "live")
    await caller.close()
    await echo.session.close()


async def test_candidates_of_another_generation_are_refused() -> None:
    echo = Echo()
    await echo.session.answer(await browser_like_offer())
    with pytest.raises(OfferError, match="ICE restarts"):
        await echo.session.add_candidate("a=ice-ufrag:other\r\n")
    await echo.session.close()


@pytest.mark.parametrize(
    ("fragment", "words"),
    [
        ("a=candidate:nonsense", "not an ICE candidate"),
        ("a=candidate:1 x udp y 127.0.0.1 z typ host", "not an ICE candidate"),
        ("hello", "not a line of SDP"),
        ("a=candidate:0 1 udp 1 127.0.0.1 1 typ host\r\n" * 100, "at most 64"),
        ("a" * 20_000, "characters long"),
    ],
)
def test_a_bad_fragment_is_refused_in_words(fragment: str, words: str) -> None:
    with pytest.raises(OfferError, match=words):
        parse_sdp_fragment(fragment)


async def test_names_that_need_a_look_up_do_not_hold_up_the_answer() -> None:
    offer = await browser_like_offer()
    hidden = re.sub(
        r"^(a=candidate:\S+ \S+ \S+ \S+) \S+", r"\1 1f4a.local", offer, flags=re.MULTILINE
    )
    parsed = parse_offer(hidden, RtcOptions())
    assert ".local" not in parsed.sdp
    assert "end-of-candidates" not in parsed.sdp
    assert parsed.late_candidates
    assert all(" 1f4a.local " in value for value in parsed.late_candidates)


async def test_the_answer_says_how_much_video_is_wanted() -> None:
    echo, caller = Echo(RtcOptions(camera_bitrate=700_000)), Caller(microphone=ToneMicrophone())
    answer = await echo.session.answer(await caller.offer())
    (video,) = [part for part in answer.split("m=") if part.startswith("video")]
    # RFC 8866, 5: before the attributes, after the connection.
    assert [line[:2] for line in video.splitlines()[1:4]] == ["c=", "b=", "a="]
    assert answer.count("b=TIAS:700000\r\n") == 1
    await caller.close()
    await echo.session.close()
