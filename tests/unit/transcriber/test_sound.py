"""Sound is cut in silences, and what was heard in the pieces is put together again."""

from decimal import Decimal
from itertools import pairwise

import pytest
from contracts.errors import ErrorCode, Rejected
from hypothesis import given, settings
from hypothesis import strategies as st
from transcriber.domain.sound import (
    Heard,
    Stretch,
    Utterance,
    cut,
    price,
    silences_in,
    written_down,
)


def test_silences_are_read_from_what_ffmpeg_wrote() -> None:
    report = (
        "frame:126  pts:52664   pts_time:3.2915\nlavfi.silence_start=3\n"
        "frame:153  pts:63949   pts_time:3.9968\nlavfi.silence_end=4.000063\n"
        "lavfi.silence_duration=1.000063\nlavfi.silence_start=-0.5\nlavfi.silence_end=6\n"
        "lavfi.silence_end=7\nlavfi.silence_start=9\n"
    )
    assert silences_in(report, 10.0) == (
        Stretch(3.0, 4.000063), Stretch(0.0, 6.0), Stretch(9.0, 10.0)
    )  # fmt: skip
    assert silences_in("", 10.0) == ()


@pytest.mark.parametrize(
    ("seconds", "silences", "ends"),
    [
        (8.0, [], [8.0]),
        (10.0, [(4.0, 5.0)], [10.0]),
        (25.0, [], [10.0, 20.0, 25.0]),
        (15.0, [(6.0, 6.4), (8.0, 9.0), (9.4, 9.6)], [8.5, 15.0]),
        (15.0, [(6.0, 6.5), (8.0, 8.5)], [8.25, 15.0]),
        (15.0, [(2.0, 3.0)], [2.5, 12.5, 15.0]),
        (15.0, [(0.0, 0.6), (14.0, 15.0)], [10.0, 15.0]),
    ],
)
def test_cuts_lie_in_silences(
    seconds: float, silences: list[tuple[float, float]], ends: list[float]
) -> None:
    pieces = cut(seconds, [Stretch(a, b) for a, b in silences], 10.0)
    assert [piece.end for piece in pieces] == ends


@settings(deadline=None)
@given(
    st.floats(0.01, 500),
    st.lists(st.tuples(st.floats(0, 500), st.floats(0.3, 20)), max_size=30),
    st.floats(5, 60),
)
def test_the_pieces_are_the_whole_sound_and_none_is_too_long(
    seconds: float, silences: list[tuple[float, float]], longest: float
) -> None:
    at, found = 0.0, list[Stretch]()
    for gap, length in silences:
        if at + gap + length < seconds:
            found.append(Stretch(at + gap, at + gap + length))
            at += gap + length
    pieces = cut(seconds, found, longest)
    assert pieces[0].start == 0
    assert pieces[-1].end == seconds
    assert all(a.end == b.start for a, b in pairwise(pieces))
    assert all(0 < piece.seconds <= longest + 0.001 for piece in pieces)
    assert len(pieces) <= seconds + 1


def test_twelve_hours_are_cut_at_once() -> None:
    silences = [Stretch(n * 4.0, n * 4.0 + 0.5) for n in range(10_800)]
    pieces = cut(43_200.0, silences, 45.0)
    assert 960 <= len(pieces) <= 1_920


def heard(*said: tuple[float, float, str], language: str | None = "en") -> Heard:
    return Heard(tuple(Utterance(*one) for one in said), language)


def test_times_are_those_of_the_whole_sound() -> None:
    transcript = written_down(
        [
            (Stretch(0.0, 10.0), heard((0.5, 4.0, " Hello  there. "), (4.0, 99.0, "Bye."))),
            (Stretch(10.0, 20.0), heard((0.0, 10.0, "  "), language="de")),
            (Stretch(20.0, 25.5), heard((-1.0, 2.0, "\u3053\u3093\u306b\u3061\u306f"))),
        ],
        None,
    )
    assert [(s.start, s.end, s.text) for s in transcript.segments] == [
        (0.5, 4.0, "Hello there."),
        (4.0, 10.0, "Bye."),
        (20.0, 22.0, "\u3053\u3093\u306b\u3061\u306f"),
    ]
    assert (transcript.language, transcript.origin, transcript.timed) == ("en", "speech", True)


def test_the_language_asked_for_wins_and_none_is_not_made_up() -> None:
    pieces = [(Stretch(0.0, 1.0), heard((0, 1, "Oui."), language=None))]
    assert written_down(pieces, "fr-CA").language == "fr-CA"
    assert written_down(pieces, None).language == "und"


@pytest.mark.parametrize("pieces", [[], [(Stretch(0.0, 1.0), heard((0, 1, " ... ")))]])
def test_no_words_are_no_transcript(pieces: list[tuple[Stretch, Heard]]) -> None:
    with pytest.raises(Rejected) as caught:
        written_down(pieces, None)
    assert caught.value.code is ErrorCode.TRANSCRIPT_MISSING
    assert "pload" in caught.value.message


def test_a_price_is_by_the_second() -> None:
    assert price(90.0, Decimal("0.0045")) == Decimal("0.006750")
