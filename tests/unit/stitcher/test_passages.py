"""Passages: whatever the film, every sample of it is in one of them, and heard as it was."""

from dataclasses import replace
from itertools import pairwise

from contracts.mezzanine import SAMPLE_RATE, Mezzanine
from contracts.values import Transition
from hypothesis import given
from hypothesis import strategies as st
from stitcher.domain.passages import OUT, PACKET, Passage, passages, ready
from stitcher.domain.sound import Piece, Track, soundtrack
from stitcher.domain.timeline import Coming, Cut, Joint, Timeline, lay

from tests.unit.stitcher.making import clip, cut
from tests.unit.stitcher.test_segments import timelines

PROFILE = Mezzanine(320, 180, 30)
CROSSED = Joint(Transition.FADE, 15)


def film(*names: str, frames: int = 150, joint: Joint = CROSSED) -> Timeline:
    return lay(PROFILE, [cut(name, frames) for name in names], [joint] * (len(names) - 1))


def parts(timeline: Timeline, *tracks: Track) -> tuple[Passage, ...]:
    return passages(timeline, soundtrack(timeline, tracks))


def voice(first: float, seconds: float = 1.0) -> Track:
    samples = round(seconds * SAMPLE_RATE)
    piece = Piece("line", "0" * 64, 0, round(first * SAMPLE_RATE), samples, 0, 0)
    return Track("narration", (piece,), leads=True)


@given(timelines())
def test_every_sample_is_in_one_passage_and_every_packet_is_taken_once(one: Timeline) -> None:
    found = parts(one)
    samples = one.profile.samples(one.frames)
    assert [part.first for part in found] == [0, *(p.first + p.samples for p in found[:-1])]
    assert found[-1].first + found[-1].samples == samples
    assert sum(part.packets[1] for part in found) == -(-samples // PACKET) + 1
    assert len(found) <= len(one.shots)
    for part in found:
        assert (part.first - part.before) % PACKET == part.first % PACKET == 0
        # What is encoded before its own packets is left out, and one packet more: the encoder's.
        assert part.packets[0] == (part.lead // PACKET + 1 if part.before else 0)
    for left, right in pairwise(found):
        assert left.after == min(OUT, right.samples + right.after)


def gains(part: Passage, at: int) -> dict[tuple[str, int], tuple[int, int]]:
    """What sounds at a sample of a mix (file, its sample), and how far it is into its fades."""
    found: dict[tuple[str, int], tuple[int, int]] = {}
    for piece in (piece for track in part.tracks for piece in track.pieces):
        into, left = at - piece.first, piece.end - 1 - at
        if into >= 0 <= left:
            faded = (min(into - piece.fade_in, 0), min(left - piece.fade_out, 0))
            found[piece.sha256, piece.skip + into] = faded
    return found


@given(timelines(), st.data())
def test_a_passage_sounds_as_that_part_of_the_film(one: Timeline, data: st.DataObject) -> None:
    samples = one.profile.samples(one.frames)
    music = Track("music", (Piece("m", "f" * 64, 0, 0, samples, samples // 3, samples // 3),))
    track = soundtrack(one, (music,))
    whole = Passage(one.profile, track.tracks, 0, 0, track.samples, 0)
    part = data.draw(st.sampled_from(passages(one, track)))
    at = data.draw(st.integers(0, part.mixed - 1))
    assert gains(part, at) == gains(whole, at + part.first - part.before)


def test_another_scene_changes_its_two_passages_and_no_other() -> None:
    names = "abcdef"
    first, second = (parts(film(*those), voice(1.0)) for those in (names, "abxdef"))
    changed = [n for n, (a, b) in enumerate(zip(first, second, strict=True)) if a.name != b.name]
    assert changed == [2, 3]


def test_a_line_changes_the_passages_in_which_it_is_heard() -> None:
    first, second = (parts(film(*"abcdef"), voice(at)) for at in (6.0, 6.2))
    changed = [n for n, (a, b) in enumerate(zip(first, second, strict=True)) if a.name != b.name]
    assert changed == [1]


def test_a_passage_has_one_name_wherever_it_stands() -> None:
    # 128 frames are 200 packets: what is before moves by whole ones.
    short, long = (film(*names, frames=128, joint=Joint()) for names in ("abcd", "xabcd"))
    assert {part.name for part in parts(short)[1:]} <= {part.name for part in parts(long)}


def test_louder_it_has_another_name() -> None:
    (part,) = parts(film("a"))
    assert len({part.name, part.louder(0.0), part.louder(0.5), part.louder(1.0)}) == 4


def test_what_is_still_to_come_is_not_ready_and_changes_no_other() -> None:
    whole = film(*"abcdef")
    there = [
        shot.cut if n != 3 else Cut(Coming(), shot.cut.frames, 0, shot.cut.frames, 3)
        for n, shot in enumerate(whole.shots)
    ]
    so_far = lay(PROFILE, there, [CROSSED] * 5)
    found = ready(so_far, soundtrack(so_far))
    assert [part.name for part in found] == [
        part.name for n, part in enumerate(parts(whole)) if n not in {3, 4}
    ]


def test_a_card_to_come_is_silent_so_nothing_waits_for_it() -> None:
    scene = Cut(clip("a", frames=150), 150, 0, 150, 0)
    so_far = lay(PROFILE, [Cut(Coming(), 60, 0, 60), scene], [Joint()])
    assert len(ready(so_far, soundtrack(so_far))) == len(parts(so_far)) == 2


def test_what_encodes_it_is_in_its_name() -> None:
    (part,) = parts(film("a"))
    other = replace(part, profile=Mezzanine(320, 180, 25))
    assert part.name == other.name, "the picture's rate is not heard"
    assert replace(part, before=PACKET).name != part.name
