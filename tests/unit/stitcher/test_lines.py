"""Spoken lines: said once for all films, heard at exact samples, never over each other."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from tempfile import mkdtemp

import pytest
from contracts.documents import Line as Words
from contracts.documents import Plan
from contracts.errors import ErrorCode, Transient
from contracts.mezzanine import SAMPLE_RATE, Mezzanine
from hypothesis import given
from hypothesis import strategies as st
from runtime.objects import LocalObjects
from stitcher.domain.breaths import Breath, Piece
from stitcher.domain.lines import SPARE, Line, Place, kept_as, places, recalled
from stitcher.domain.narration import GAP, Placed, Slot, placed
from stitcher.domain.timeline import Cut, Joint, lay
from stitcher.domain.voices import NoVoiceError, Order, Word
from stitcher.handlers.narrating import LocalVoices, Narration, Narrator, Telling

from tests.unit.stitcher.making import ROOT, FakeMeasured, clip, plan, planned, ref
from tests.unit.stitcher.speaking import FakeRecorder, FakeVoice, lines


def row(lengths: Sequence[float], seconds: float = 4.0) -> tuple[Placed, ...]:
    """Lines of these lengths, each in a scene of its own."""
    slots = [
        Slot(Breath(None, (Piece(n, 0, "Words."),)), n * seconds, (n + 1) * seconds)
        for n in range(len(lengths))
    ]
    spoken = [(slot, length, ()) for slot, length in zip(slots, lengths, strict=True)]
    return placed(spoken, seconds * len(lengths))


@given(st.lists(st.floats(0.01, 12), min_size=1, max_size=12), st.floats(0.2, 5))
def test_lines_are_at_exact_samples_and_never_over_each_other(
    lengths: list[float], seconds: float
) -> None:
    said = row(lengths, seconds)
    samples = round(seconds * len(lengths) * SAMPLE_RATE)
    found = places(said, samples)
    there = [place for place in found if place]
    assert all(one.first + one.samples <= two.first for one, two in pairwise(there))
    assert all(one.first >= 0 and one.first + one.samples <= samples for one in there)
    for line, place in zip(said, found, strict=True):
        assert (place is None) == (round(line.seconds * SAMPLE_RATE) < 1)
        if place:
            assert place.first == round(line.start * SAMPLE_RATE)
            assert 0 < place.samples <= round(line.seconds * SAMPLE_RATE) + SPARE
        if place and line.whole and line.tempo == 1:
            assert place.samples == round(line.seconds * SAMPLE_RATE)


def test_a_hurried_line_has_room_before_the_next() -> None:
    assert SPARE < GAP * SAMPLE_RATE
    long, _ = places(row([5.0, 1.0]), 8 * SAMPLE_RATE)
    assert long is not None
    assert long.samples == round(5.0 / 1.15 * SAMPLE_RATE) + SPARE


def test_a_line_is_named_for_what_is_heard_and_not_for_where() -> None:
    line = Line(1.0, (), ref("one"))
    piece = Place(100, 48_000, 1.0).piece(line)
    assert Place(900, 48_000, 1.0).piece(line).key == piece.key == piece.sha256
    others = (
        Place(100, 48_001, 1.0).piece(line),
        Place(100, 48_000, 1.1).piece(line),
        Place(100, 48_000, 1.0).piece(Line(1.0, (), ref("two"))),
    )
    assert len({piece.key, *(other.key for other in others)}) == 4
    assert (piece.skip, piece.first, piece.samples) == (0, 100, 48_000)
    assert (piece.fade_in, piece.fade_out) == (0, 0)


def test_what_is_noted_is_recalled() -> None:
    line = Line(1.25, (Word(0, 3, 0.0), Word(4, 2, 0.3)), ref("one"))
    assert recalled(line.noted()) == line
    assert recalled(None) is None
    assert recalled({}) is None
    name = kept_as(Order("One.", "en", "n", "m"))
    assert (len(name), set(name) <= set("0123456789abcdef")) == (64, True)


class Films:
    """Films of one project, each made in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.voice, self.recorder, self.measured = FakeVoice(), FakeRecorder(), FakeMeasured()
        self.store = LocalObjects(
            folder / "objects", public_url="http://127.0.0.1", signing_key=b"key"
        )

    async def narrate(self, words: Plan, attempt: int = 1) -> Narration:
        kept = lines(self.store, self.measured, self.recorder)
        cuts = [Cut(clip(str(n), frames=60), 60, 0, 60, n) for n in range(len(words.scenes))]
        film = lay(Mezzanine(320, 320, 30), cuts, [Joint()] * (len(cuts) - 1))
        told = Telling(planned(), ROOT, attempt, Path(mkdtemp(dir=self.folder)))
        return await Narrator(LocalVoices(self.voice), kept).narrate(told, film, words)


@pytest.fixture
def films(tmp_path: Path) -> Films:
    return Films(tmp_path)


FILM = plan([Words(text="One.")], [Words(text="Two.")])
CHANGED = plan([Words(text="One.")], [Words(text="Three.")])


async def test_only_what_was_never_said_is_said_and_tidied(films: Films) -> None:
    first = await films.narrate(FILM)
    again = await films.narrate(FILM)
    assert (again.lines, again.pieces) == (first.lines, first.pieces)
    changed = await films.narrate(CHANGED)
    assert [order.text for order in films.voice.asked] == ["One.", "Two.", "Three."]
    assert films.recorder.tidied == ["One.", "Two.", "Three."]
    assert changed.pieces[0] == first.pieces[0]
    assert changed.pieces[1].key != first.pieces[1].key


async def test_a_kept_line_is_fetched_only_to_be_heard(films: Films) -> None:
    await films.narrate(FILM)
    again = await films.narrate(FILM)
    for note in films.measured.known.values():
        await films.store.put(note["sound"]["key"], b"from the store", "audio/wav")
    path = films.folder / "heard.wav"
    await again.sources[again.pieces[0].key](path)
    assert path.read_text() == "from the store 1.0 19200"


async def test_times_of_words_are_remembered_and_count_from_where_the_line_begins(
    films: Films,
) -> None:
    first = await films.narrate(FILM)
    again = await films.narrate(FILM)
    assert [line.words[0].start for line in first.lines] == pytest.approx([0.1, 0.1])
    assert [line.words for line in again.lines] == [line.words for line in first.lines]


async def test_equal_lines_are_said_once_and_heard_twice(films: Films) -> None:
    made = await films.narrate(plan([Words(text="One.")], [Words(text="One.")]))
    assert [order.text for order in films.voice.asked] == ["One."]
    assert len(made.pieces) == 2
    assert made.pieces[0].key == made.pieces[1].key


async def test_what_is_refused_is_not_remembered(films: Films) -> None:
    films.voice.refused = frozenset({"Two."})
    assert "1 of 2 lines" in (await films.narrate(FILM)).notes[0]
    films.voice.refused = frozenset()
    assert (await films.narrate(FILM)).notes == ()
    assert [order.text for order in films.voice.asked] == ["One.", "Two.", "Two."]


@pytest.mark.parametrize("broken", [NoVoiceError("gone"), Transient(ErrorCode.AI_PROVIDER_FAILURE)])
async def test_without_a_voice_what_was_said_before_is_still_heard(
    films: Films, broken: Exception
) -> None:
    await films.narrate(FILM)
    films.voice.broken = broken
    assert (await films.narrate(FILM)).notes == ()
    made = await films.narrate(CHANGED, attempt=3)
    assert (len(made.pieces), made.notes[0][:12]) == (1, "1 of 2 lines")
