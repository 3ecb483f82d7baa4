"""Only what is said is left of a caption, and said once."""

import pytest
from scripter.domain.cleaning import clean

from tests.unit.scripter.making import captions, sentences


@pytest.mark.parametrize(
    ("raw", "left"),
    [
        ("Hello [Music] there", "Hello there"),
        ("[Music]", ""),
        ("(applause) Thank you. (LAUGHTER)", "Thank you."),
        ("(soft piano music)", ""),
        ("\u266a La la la \u266a", "La la la"),
        ("[ __ ] you", "you"),
        ("I (really) mean it", "I (really) mean it"),
        ("Fish &amp;amp; chips &amp;#39;n&amp;#39; <b>peas</b>", "Fish & chips 'n' peas"),
        ("&amp;gt;&amp;gt; I&amp;amp;#39;m here &amp;lt;3", ">> I'm here <3"),
        ("[\u00a0__\u00a0] what", "what"),
        (
            "[\u0645\u0648\u0633\u064a\u0642\u0649] \u0645\u0631\u062d\u0628\u0627",
            "\u0645\u0631\u062d\u0628\u0627",
        ),
        ("[Musik] Guten Tag [Applaus]", "Guten Tag"),
        ("{\\an8}Up <font color=red>here</font>", "Up here"),
        ("1 < 2 and 3 > 2, I <3 you", "1 < 2 and 3 > 2, I <3 you"),
        ("  so\t many \u00a0 spaces\u200b ", "so many spaces"),
        (
            "\u3010\u97f3\u697d\u3011\u3053\u3093\u306b\u3061\u306f",
            "\u3053\u3093\u306b\u3061\u306f",
        ),
        ("two\n\n lines ", "two\nlines"),
    ],
)
def test_only_what_is_said_is_left(raw: str, left: str) -> None:
    assert clean(raw, timed=True) == left


def test_a_text_keeps_its_brackets_unless_they_are_sounds() -> None:
    assert clean("the cat [sic] sat [1] (music)", timed=False) == "the cat [sic] sat"


def test_rolling_captions_say_everything_once() -> None:
    rolling = captions(
        (0.0, 2.0, "so today we bake"),
        (2.0, 2.01, "so today we bake"),
        (2.01, 4.0, "so today we bake\na very small loaf"),
        (4.0, 4.01, "a very small loaf"),
        (4.01, 6.0, "a very small loaf\nof bread for one"),
    )
    assert sentences(rolling) == ["So today we bake a very small loaf of bread for one."]


def test_captions_that_grow_word_by_word_say_everything_once() -> None:
    growing = captions(
        (0.0, 0.5, "The moon"), (0.5, 1.0, "The moon went"), (1.0, 1.5, "The moon went out.")
    )
    assert sentences(growing) == ["The moon went out."]


def test_people_may_say_things_twice() -> None:
    chant = captions(
        (0.0, 1.0, "Row, row, row your boat!"),
        (1.0, 2.0, "Row, row, row your boat!"),
        (2.0, 3.0, "No."),
        (3.0, 4.0, "No way out."),
        (4.0, 5.0, "Out we go."),
        (5.0, 6.0, "Good night."),
    )
    assert sentences(chant) == [
        "Row, row, row your boat!",
        "Row, row, row your boat!",
        "No.",
        "No way out.",
        "Out we go.",
        "Good night.",
    ]
