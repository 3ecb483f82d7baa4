"""When lines are said: in order, apart, none lost that can be said."""

import pytest
from contracts.documents import Line
from contracts.mezzanine import Mezzanine
from hypothesis import given
from hypothesis import strategies as st
from stitcher.domain.breaths import Breath, Piece
from stitcher.domain.narration import (
    BRISK,
    GAP,
    HASTY,
    LEAD,
    SPILL,
    Placed,
    Slot,
    heard_lines,
    placed,
    slots,
    word_starts,
)
from stitcher.domain.timeline import Cut, Joint, lay
from stitcher.domain.voices import Word

from tests.unit.stitcher.making import clip, plan


def slot(number: int, first: float, end: float, text: str = "Words.") -> Slot:
    return Slot(Breath(None, (Piece(number, 0, text),)), first, end)


def said(of: Slot) -> list[tuple[int, int]]:
    return [(piece.shot, piece.line) for piece in of.breath.pieces]


def row(lengths: list[float], seconds: float = 4.0) -> list[tuple[Slot, float, tuple[Word, ...]]]:
    return [
        (slot(n, n * seconds, (n + 1) * seconds), length, ()) for n, length in enumerate(lengths)
    ]


@given(st.lists(st.floats(0.1, 9), min_size=1, max_size=12))
def test_lines_are_said_in_order_and_apart(lengths: list[float]) -> None:
    end = 4.0 * len(lengths)
    lines = placed(row(lengths), end)
    assert len(lines) == len(lengths)
    at = 0.0
    for line, length in zip(lines, lengths, strict=True):
        assert 1 <= line.tempo <= HASTY
        assert line.seconds == 0 or line.start >= max(at, line.slot.first) - 1e-9
        assert line.end <= end + 1e-9
        assert line.whole == (line.seconds == pytest.approx(length / line.tempo))
        at = max(at, line.end)


@given(st.lists(st.floats(0.1, 3.8), min_size=1, max_size=12))
def test_what_fits_is_said_as_it_was_spoken(lengths: list[float]) -> None:
    lines = placed(row(lengths), 4.0 * len(lengths))
    assert [(line.start, line.seconds, line.tempo) for line in lines] == [
        (4.0 * n + LEAD, length, 1.0) for n, length in enumerate(lengths)
    ]


@given(st.lists(st.floats(0.1, 5.9), min_size=1, max_size=12))
def test_nothing_is_cut_off_that_haste_can_save(lengths: list[float]) -> None:
    assert all(line.whole for line in placed(row(lengths), 4.0 * len(lengths)))


def test_a_long_line_is_hurried_a_little_then_runs_on_into_a_pause() -> None:
    long, short = placed(row([5.0, 1.0]), 8.0)
    assert long.tempo == BRISK
    assert 4.0 < long.end < 4.0 + SPILL
    assert short.start == pytest.approx(long.end + GAP)
    assert short.tempo == 1.0


def test_what_the_film_has_no_time_for_is_cut_off_and_said_to_be() -> None:
    (line,) = placed(row([20.0]), 4.0)
    assert (line.whole, line.tempo, line.end) == (False, HASTY, 4.0)


def test_each_line_has_its_share_of_its_scene() -> None:
    cuts = [Cut(clip(str(n), frames=60), 60, 0, 60, n) for n in range(2)]
    film = lay(Mezzanine(320, 320, 30), cuts, [Joint()])
    words = plan(
        [Line(speaker="Maya", text="One two three."), Line(text="…"), Line(text="Four.")],
        [Line(text="Five.")],
    )
    assert [(said(s), s.breath.speaker, s.first, s.end) for s in slots(film, words)] == [
        ([(0, 0)], "Maya", 0.0, 1.5),
        ([(0, 2)], None, 1.5, 2.0),
        ([(1, 0)], None, 2.0, 4.0),
    ]


def test_words_are_timed_as_they_are_heard() -> None:
    text = "The lamp - was lit."
    said = (Word(0, 3, 0.0), Word(4, 4, 0.4), Word(11, 3, 1.0), Word(15, 3, 1.2))
    line = Placed(slot(0, 0, 4, text), 2.0, 1.0, 2.0, said)
    assert word_starts(line) == pytest.approx((2.0, 2.2, 2.2, 2.5, 2.6))
    heard = heard_lines([line], 30)[0, 0]
    assert (heard.first, heard.end, heard.starts) == (60, 90, (60, 66, 66, 75, 78))


def test_without_words_or_spaces_nothing_is_timed() -> None:
    assert word_starts(Placed(slot(0, 0, 4, "One two."), 0, 1, 1)) == ()
    assert word_starts(Placed(slot(0, 0, 4, "她站在"), 0, 1, 1, (Word(0, 1, 0.0),))) == ()
