"""Silences inside captions are found where words have times, and nothing is lost by it."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripter.domain import write_script
from scripter.domain.cleaning import Spoken
from scripter.domain.pauses import parted_at_pauses

from tests.unit.scripter.making import SCRIPT_ID, captions, sentences

WORDS = ("we", "saw", "the", "sea", "it", "was", "calm")
STEADY = tuple((n * 0.4, word) for n, word in enumerate(WORDS))
PAUSED = tuple((at + 0.8 * (at > 1.4), word) for at, word in STEADY)


def spoken(text: str, words: tuple[tuple[float, str], ...], end: float = 9.0) -> Spoken:
    return Spoken(text, 0.0, end, None, words)


def test_a_caption_is_parted_where_its_speaker_is_silent() -> None:
    first, second = parted_at_pauses([spoken(" ".join(WORDS), PAUSED)])
    assert (first.text, second.text) == ("we saw the sea", "it was calm")
    assert (first.start, second.start) == (0.0, 2.4)
    assert first.end is not None
    assert 1.4 < first.end < 2.0


def test_a_caption_ends_with_its_last_word() -> None:
    (only,) = parted_at_pauses([spoken(" ".join(WORDS), STEADY)])
    assert only.end is not None
    assert 2.4 < only.end < 3.2


def test_a_repeated_beginning_is_no_hindrance() -> None:
    parts = parted_at_pauses([spoken("sea it was calm", PAUSED)])
    assert [part.text for part in parts] == ["sea", "it was calm"]


@pytest.mark.parametrize("text", ["other words", "We saw", "we saw the sea it was calm today"])
def test_words_that_are_not_in_the_text_change_nothing(text: str) -> None:
    stretch = spoken(text, PAUSED)
    assert parted_at_pauses([stretch]) == [stretch]


def test_a_sentence_ends_at_a_pause_inside_a_caption() -> None:
    line = "the old men told stories about ships the sea was calm and grey that morning"
    told, at = list[tuple[float, str]](), 0.0
    for number, word in enumerate(line.split()):
        at += 0.9 * (number == 7)
        told.append((round(at, 2), word))
        at += 0.07 * (len(word) + 2)
    plain = captions((0, at, line))
    timed = plain.model_copy(
        update={"segments": (plain.segments[0].model_copy(update={"words": tuple(told)}),)}
    )
    assert len(sentences(plain)) == 1
    assert sentences(timed) == [
        "The old men told stories about ships.",
        "The sea was calm and grey that morning.",
    ]
    (paragraph,) = write_script(SCRIPT_ID, timed).paragraphs
    assert paragraph.times[1][0] == told[7][0]


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.floats(0, 30), st.text("abß日. [", min_size=1, max_size=6)), max_size=12),
    st.text("abß日 .[", max_size=30),
)
def test_no_word_times_break_a_caption(words: list[tuple[float, str]], text: str) -> None:
    ordered = sorted(words)
    joined = " ".join(word for _, word in ordered)
    for said in (text, joined):
        parts = parted_at_pauses([spoken(said, tuple(ordered), end=30.0)])
        kept = "".join("".join(part.text.split()) for part in parts)
        assert kept == "".join(said.split())
        times = [(part.start or 0.0, part.end or 0.0) for part in parts]
        assert all(start <= end for start, end in times)
        assert all(one[1] <= two[0] + 0.001 for one, two in pairwise(times))
