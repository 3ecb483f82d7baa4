"""Caption files are read without losing a word, however they are written."""

import re
from html import escape

import pysubs2
import pytest
import webvtt
from hypothesis import given, settings
from hypothesis import strategies as st
from transcriber.domain import header, read_cues

WORDS = st.lists(st.sampled_from(["moon", "flour", "and", "2", "caf\u00e9", "Hi!"]), min_size=1)
CUES = st.lists(st.tuples(st.integers(0, 2000), WORDS), min_size=1, max_size=8)


def vtt(*cues: str) -> str:
    return "\n\n".join(["WEBVTT", *cues]) + "\n"


def texts(source: str) -> list[str]:
    return [cue.text for cue in read_cues(source)]


def test_voices_are_told_apart_and_share_the_time() -> None:
    source = vtt("00:01.000 --> 00:05.000\n<v Ann>Hello there</v>\n<v.loud Bob>Goodbye now")
    assert [(c.voice, c.text, c.start, c.end) for c in read_cues(source)] == [
        ("Ann", "Hello there", 1.0, 3.0),
        ("Bob", "Goodbye now", 3.0, 5.0),
    ]


def test_markup_goes_and_what_only_looks_like_it_stays() -> None:
    source = vtt("00:01.000 --> 00:02.000\n<c.yellow>I</c> <i>&lt;3</i> 2 < 3 <00:00:01.500>tea")
    assert texts(source) == ["I <3 2 < 3 tea"]


@pytest.mark.parametrize(
    "timing",
    [
        "00:00:01,000 --> 00:00:02,000",
        "0:01.0 --> 0:02.0",
        "00:01.000-->00:02.000",
        "00:00:01.000 --> 00:00:02.000 align:start position:0%",
        "00:01 --> 00:02",
        "  00:00:01.000\t-->\t00:00:02.000  ",
    ],
)
def test_timings_are_read_in_every_spelling(timing: str) -> None:
    for source in (f"WEBVTT\n\n{timing}\nHi", f"1\n{timing}\nHi", f"{timing}\r\nHi\r\n"):
        assert [(c.start, c.end, c.text) for c in read_cues(source)] == [(1.0, 2.0, "Hi")]


def test_a_last_line_that_is_a_number_is_spoken() -> None:
    source = (
        "1\n00:00:01,000 --> 00:00:02,000\nThe answer is\n42\n\n"
        "2\n00:00:03,000 --> 00:00:04,000\nset {a, b}\n\nafter a gap\n\n"
        "3\n00:00:05,000 --> 00:00:06,000\nCount\n7"
    )
    assert texts(source) == ["The answer is\n42", "set {a, b}\nafter a gap", "Count\n7"]


def test_counters_without_gaps_are_not_spoken() -> None:
    source = "1\n00:00:01,000 --> 00:00:02,000\nOne\n2\n00:00:03,000 --> 00:00:04,000\nTwo"
    assert texts(source) == ["One", "Two"]


def test_notes_styles_and_identifiers_are_not_spoken() -> None:
    source = vtt(
        "STYLE\n::cue { color: red }",
        "NOTE a remark",
        "intro\n00:01.000 --> 00:02.000\nHello",
        "NOTE\nmore\nremarks",
        "00:03.000 --> 00:04.000\nBye",
    )
    assert texts(source) == ["Hello", "Bye"]


def test_cues_are_put_in_order_and_do_not_run_into_each_other() -> None:
    source = vtt(
        "00:05.000 --> 00:09.000\nB", "00:01.000 --> 00:07.000\nA", "00:08.000 --> 00:02.000\nC"
    )
    assert [(c.start, c.end, c.text) for c in read_cues(source)] == [
        (1.0, 5.0, "A"),
        (5.0, 8.0, "B"),
        (8.0, 8.0, "C"),
    ]


def test_the_header_gives_title_and_language() -> None:
    assert header("WEBVTT - The Baker\nKind: captions\nLanguage: pt-BR\n\n") == (
        "The Baker",
        "pt-BR",
    )
    assert header("\ufeffWEBVTT\n\nLanguage: de") == (None, None)
    assert header("1\n00:01 --> 00:02\nHi") == (None, None)


@settings(deadline=None)
@given(st.text(max_size=400))
def test_no_text_breaks_the_reader(text: str) -> None:
    for source in (text, f"WEBVTT\n\n{text}", f"1\n00:00:01,000 --> 00:00:02,000\n{text}"):
        for cue in read_cues(source):
            assert 0 <= cue.start <= cue.end
            assert cue.text


@settings(deadline=None)
@given(CUES)
def test_well_formed_files_read_as_the_libraries_read_them(
    cues: list[tuple[int, list[str]]],
) -> None:
    at = 0
    blocks: list[tuple[int, int, str]] = []
    for gap, words in cues:
        blocks.append((at + gap, at + gap + 1500, f"It is {' '.join(words)} so"))
        at += gap + 1500
    as_vtt = vtt(*(f"{_clock(a, '.')} --> {_clock(b, '.')}\n{escape(t)}" for a, b, t in blocks))
    as_srt = "\n\n".join(
        f"{n}\n{_clock(a, ',')} --> {_clock(b, ',')}\n{t}" for n, (a, b, t) in enumerate(blocks, 1)
    )
    ours = [(round(c.start * 1000), round(c.end * 1000), c.text) for c in read_cues(as_vtt)]
    assert ours == [(_millis(c.start), _millis(c.end), c.text) for c in webvtt.from_string(as_vtt)]
    ours = [(round(c.start * 1000), round(c.end * 1000), c.text) for c in read_cues(as_srt)]
    events = pysubs2.SSAFile.from_string(as_srt, format_="srt")
    assert ours == [(e.start, e.end, e.plaintext) for e in events]


def _clock(millis: int, mark: str) -> str:
    seconds = millis // 1000
    whole = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{whole}{mark}{millis % 1000:03}"


def _millis(clock: str) -> int:
    hours, minutes, seconds, millis = map(int, re.split("[:.]", clock))
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + millis
