"""Trickled ICE candidates as they come in a PATCH body: ``application/trickle-ice-sdpfrag``."""

from __future__ import annotations

from dataclasses import dataclass

from aiortc import RTCIceCandidate
from aiortc.sdp import candidate_from_sdp

from avatar_server.errors import OfferError

MAX_FRAGMENT_CHARS = 16 * 1024
MAX_CANDIDATES = 64


@dataclass(frozen=True, slots=True)
class SdpFragment:
    """What a fragment says (RFC 8840, 4.4): candidates, the ICE user fragment they belong to
    (None where it is not told), and whether no more are to come."""

    candidates: tuple[RTCIceCandidate, ...]
    username_fragment: str | None
    end_of_candidates: bool


def parse_sdp_fragment(text: str) -> SdpFragment:
    """Reads a fragment. Every media section is bundled over one transport, so the sections that
    the candidates stand in do not matter.

    Raises:
        OfferError: too long, or a line that is no candidate.
    """
    if len(text) > MAX_FRAGMENT_CHARS:
        raise OfferError(
            f"The SDP fragment is {len(text)} characters long; at most {MAX_FRAGMENT_CHARS} "
            "are read. Send the new candidates only."
        )
    candidates: list[RTCIceCandidate] = []
    username_fragment = None
    end = False
    for line in (raw.strip() for raw in text.splitlines()):
        if line.startswith("a=candidate:"):
            candidates.append(parse_candidate(line.removeprefix("a=candidate:")))
        elif line.startswith("a=ice-ufrag:"):
            username_fragment = line.removeprefix("a=ice-ufrag:")
        elif line == "a=end-of-candidates":
            end = True
        elif line and line[1:2] != "=":
            raise OfferError(
                f"'{line[:40]}' is not a line of SDP. Send application/trickle-ice-sdpfrag "
                "(RFC 8840, 9)."
            )
    if len(candidates) > MAX_CANDIDATES:
        raise OfferError(
            f"The SDP fragment has {len(candidates)} candidates; at most {MAX_CANDIDATES} are read."
        )
    return SdpFragment(tuple(candidates), username_fragment, end)


def parse_candidate(value: str) -> RTCIceCandidate:
    """One candidate from the value of its ``a=candidate:`` line (RFC 8839, 5.1).

    Raises:
        OfferError: it is malformed.
    """
    try:
        return candidate_from_sdp(value)
    except (AssertionError, ValueError, IndexError) as error:
        raise OfferError(
            f"'{value[:60]}' is not an ICE candidate. Send RTCIceCandidate.candidate as it is."
        ) from error
