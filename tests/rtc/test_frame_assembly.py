"""Packets to frames: in order, out of order, doubled, lost, and where numbers wrap."""

from __future__ import annotations

import random

import pytest

from avatar_server.rtc.frame_assembly import (
    EncodedFrame,
    FrameAssembler,
    MediaPacket,
    MissingPackets,
    SequenceUnwrapper,
)

MS = 1_000_000


def stream(
    frames: int, packets: int = 3, first: int = 1000, keyframes: tuple[int, ...] = (0,)
) -> list[MediaPacket]:
    """``frames`` frames of ``packets`` packets, 30 a second, one packet a millisecond."""
    return [
        MediaPacket(
            sequence=first + frame * packets + part,
            timestamp=frame * 3000,
            marker=part == packets - 1,
            data=b"%d.%d;" % (frame, part),
            starts_keyframe=part == 0 and frame in keyframes,
            arrived_ns=(frame * 33 + part) * MS,
        )
        for frame in range(frames)
        for part in range(packets)
    ]


def assemble(packets: list[MediaPacket], assembler: FrameAssembler | None = None) -> list:
    assembler = assembler or FrameAssembler()
    return [frame for packet in packets for frame in assembler.add(packet)]


def whole(frame: int, packets: int = 3) -> bytes:
    return b"".join(b"%d.%d;" % (frame, part) for part in range(packets))


def test_a_frame_comes_out_with_its_last_packet() -> None:
    assembler = FrameAssembler()
    packets = stream(2)
    assert assembler.add(packets[0]) == []
    assert assembler.add(packets[1]) == []
    assert assembler.add(packets[2]) == [
        EncodedFrame(whole(0), timestamp=0, keyframe=True, first_packet_ns=0, last_packet_ns=2 * MS)
    ]


def test_without_markers_the_next_timestamp_ends_a_frame() -> None:
    packets = [
        MediaPacket(p.sequence, p.timestamp, False, p.data, p.starts_keyframe, p.arrived_ns)
        for p in stream(3)
    ]
    assert [frame.data for frame in assemble(packets)] == [whole(0), whole(1)]


def test_packets_in_any_order_within_a_window_make_the_same_frames() -> None:
    dice = random.Random(7)
    packets = stream(60)
    shuffled = sorted(packets, key=lambda p: p.sequence + dice.uniform(0, 6))
    assert [p.sequence for p in shuffled] != [p.sequence for p in packets]
    assert [f.data for f in assemble(shuffled)] == [whole(i) for i in range(60)]


def test_doubled_packets_change_nothing() -> None:
    packets = [p for p in stream(20) for _ in range(2)]
    assert [f.data for f in assemble(packets)] == [whole(i) for i in range(20)]


def test_a_retransmitted_packet_releases_all_that_waited_for_it() -> None:
    packets = stream(4)
    late = packets.pop(4)
    assembler = FrameAssembler()
    assert [f.data for f in assemble(packets, assembler)] == [whole(0)]
    assert [f.data for f in assembler.add(late)] == [whole(1), whole(2), whole(3)]


def test_a_frame_bears_the_arrival_of_its_first_and_last_packet_as_they_came() -> None:
    first, second, third = stream(1)
    swapped = [
        MediaPacket(second.sequence, 0, False, second.data, False, 10 * MS),
        MediaPacket(first.sequence, 0, False, first.data, True, 12 * MS),
        MediaPacket(third.sequence, 0, True, third.data, False, 15 * MS),
    ]
    (frame,) = assemble(swapped)
    assert frame.data == whole(0)
    assert (frame.first_packet_ns, frame.last_packet_ns) == (10 * MS, 15 * MS)


def test_a_lasting_gap_is_given_up_for_the_next_keyframe() -> None:
    packets = stream(40, keyframes=(0, 30))
    del packets[4]
    assembler = FrameAssembler()
    frames = assemble(packets, assembler)
    assert [f.data for f in frames] == [whole(0)] + [whole(i) for i in range(30, 40)]
    assert assembler.frames_given_up == 1


def test_a_keyframe_already_there_when_the_gap_is_given_up_is_used() -> None:
    packets = stream(12, keyframes=(0, 3))
    del packets[4]
    frames = assemble(packets)
    assert [f.data for f in frames] == [whole(0)] + [whole(i) for i in range(3, 12)]


def test_nothing_comes_out_before_a_keyframe_and_the_need_of_one_is_told() -> None:
    assembler = FrameAssembler()
    assert assemble(stream(5, keyframes=()), assembler) == []
    assert assembler.needs_keyframe
    assert len(assemble(stream(5, first=1015), assembler)) == 5
    assert not assembler.needs_keyframe


def test_padding_between_frames_is_passed_over() -> None:
    packets = stream(3)
    padding = [MediaPacket(1009 + i, 6000, False, b"", False, 70 * MS) for i in range(4)]
    later = [
        MediaPacket(p.sequence + 4 + 9, p.timestamp + 9000, p.marker, p.data, False, 100 * MS)
        for p in stream(2)
    ]
    frames = assemble(packets + padding + later)
    assert [f.data for f in frames] == [whole(0), whole(1), whole(2), whole(0), whole(1)]


def test_memory_is_bounded_while_no_keyframe_comes() -> None:
    assembler = FrameAssembler(max_packets=64)
    assemble(stream(500, keyframes=()), assembler)
    assert len(assembler._packets) <= 64


@pytest.mark.parametrize(("bits", "step"), [(16, 997), (32, 90_000_001)])
def test_numbers_count_on_where_they_wrap(bits: int, step: int) -> None:
    unwrapper = SequenceUnwrapper(bits)
    start = (1 << bits) - 5
    truth = [start + i * step for i in range(200)]
    assert [unwrapper.unwrap(value % (1 << bits)) for value in truth] == truth


def test_a_late_number_before_the_wrap_keeps_its_place() -> None:
    unwrapper = SequenceUnwrapper(16)
    assert [unwrapper.unwrap(v) for v in (65534, 1, 65535, 0, 2)] == [
        65534,
        65537,
        65535,
        65536,
        65538,
    ]


def test_missing_packets_are_asked_for_at_once_and_again_but_not_for_ever() -> None:
    missing = MissingPackets()
    for sequence in (10, 11, 14):
        assert missing.received(sequence)
    assert missing.due(0) == [12, 13]
    assert missing.due(10 * MS) == []
    assert missing.received(12)
    assert missing.due(70 * MS) == [13]
    asked = [missing.due(now * MS) for now in range(140, 2000, 70)]
    assert asked.count([13]) == MissingPackets.MAX_TRIES - 2
    assert asked[-1] == []


def test_a_jump_in_the_numbering_is_no_loss() -> None:
    missing = MissingPackets()
    missing.received(10)
    assert not missing.received(30_000)
    assert missing.due(0) == []
    assert missing.received(30_001)
