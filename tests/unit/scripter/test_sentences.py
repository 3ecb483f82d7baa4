"""Sentences end where a reader would stop."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripter.domain.sentences import split_sentences


def split(text: str) -> list[str]:
    return [text[span.start : span.end] for span in split_sentences(text)]


@pytest.mark.parametrize(
    "sentences",
    [
        ["Dr. Smith met Mrs. Jones at 5.30 p.m. on St. Ives Road.", "They spoke."],
        ["It costs 3.50 euros.", "Or 4.", "Take it!"],
        ["J. R. R. Tolkien wrote it.", "And I.", "So there."],
        ["The U.S. Navy came.", "It left."],
        ["He left the U.S.", "The sea was calm."],
        ['"Stop!" she cried.', "\u201cWhy?\u201d", "He stopped."],
        ['He said: "Go home."', "She went."],
        ['"No room! No room!" they cried.'],
        ['"Stop!', 'Come back."', "He ran."],
        ["\u00bbAch!\u00ab", "Es reichte ihm das Brot."],
        ["\u00ab Bonjour ! \u00bb dit-il.", "\u00ab \u00c7a va ? \u00bb", "Elle rit."],
        [
            "\u300c\u306f\u3044\uff01\u300d\u3068\u8a00\u3063\u305f\u3002",
            "\u53bb\u3063\u305f\u3002",
        ],
        ["Wait... what is that?", "Nothing\u2026", "Really?!", "Yes."],
        ["See No. 5 and fig. 3, e.g. this one.", "No.", "I will not."],
        [
            "\u4eca\u65e5\u306f\u3002",
            "\u5143\u6c17\u3067\u3059\u304b\uff1f",
            "\u300c\u306f\u3044\uff01\u300d",
            "\u7d42\u308f\u308a",
        ],
        [
            "\u0928\u092e\u0938\u094d\u0924\u0947\u0964",
            "\u0915\u0948\u0938\u0947 \u0939\u0948\u0902?",
        ],
        ["all in lower case.", "still two sentences.", "or three?"],
        ["Visit example.org today.", "Version 2.0.1 is out."],
    ],
)
def test_sentences_end_where_a_reader_stops(sentences: list[str]) -> None:
    joined = "".join(s if ord(s[0]) > 0x3000 else f" {s}" for s in sentences).strip()
    assert split(joined) == sentences


def test_text_without_marks_ends_sentences_at_pauses_alone() -> None:
    text = " ".join(f"w{n}" for n in range(60))
    pause, caption = text.index("w10"), text.index("w23")
    spans = split_sentences(text, {pause: 0.8, caption: 0.0}, unmarked=True)
    pieces = [text[span.start : span.end] for span in spans]
    assert " ".join(pieces) == text
    assert [piece.split()[0] for piece in pieces] == ["w0", "w10"]


def test_without_any_pause_a_sentence_is_half_a_minute_at_most() -> None:
    text = " ".join(f"w{n}" for n in range(400))
    pieces = [text[span.start : span.end] for span in split_sentences(text, unmarked=True)]
    assert " ".join(pieces) == text
    assert all(3 <= len(piece.split()) <= 75 for piece in pieces)


def test_a_long_sentence_with_clauses_stays_whole() -> None:
    text = ("when the night was long, and the wind was cold, " * 5).strip(" ,") + "."
    assert split(text) == [text]


@settings(deadline=None)
@given(st.text(max_size=300))
def test_no_letter_is_lost_and_order_is_kept(text: str) -> None:
    spans = split_sentences(text)
    kept = "".join("".join(text[span.start : span.end].split()) for span in spans)
    assert kept == "".join(text.split())
    assert all(span.start < span.end for span in spans)
    assert all(one.end <= two.start for one, two in pairwise(spans))
