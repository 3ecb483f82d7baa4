"""Speech without marks gets sentences, marks and capitals."""

import pytest
from contracts.documents import Segment, Transcript
from hypothesis import given, settings
from hypothesis import strategies as st
from scripter.domain import write_script
from scripter.domain.marking import is_shouted, restored, with_commas
from scripter.domain.sentences import Span, split_sentences
from scripter.domain.unmarked import cut_unmarked, is_unmarked

from tests.unit.scripter.making import SCRIPT_ID, captions, said, sentences, text


def spoken(language: str, *lines: str) -> Transcript:
    segments = tuple(Segment(start=2 * n, end=2 * n + 2, text=ln) for n, ln in enumerate(lines))
    return Transcript(language=language, origin="youtube_generated", segments=segments)


def test_words_that_open_sentences_are_not_proof_enough() -> None:
    line = (
        "so today i want to show you how i grow tomatoes on a small balcony but first "
        "i need a bucket and some good soil now i put the seeds into the warm earth"
    )
    (found,) = sentences(spoken("en", line))
    assert found.startswith("So today I want to show you how I grow tomatoes")
    assert "balcony, but first I need a bucket and some good soil, now I put" in found


def test_pauses_part_sentences_where_words_do_not() -> None:
    cues = captions(
        (0, 2, "four score and seven years ago"), (2.9, 5, "the brave men struggled on this field")
    )
    assert sentences(cues) == [
        "Four score and seven years ago.",
        "The brave men struggled on this field.",
    ]


def test_no_sentence_ends_with_an_article() -> None:
    cues = captions(
        (0, 2, "we walked for a long time over the"), (2.5, 4, "mountains into a valley")
    )
    assert sentences(cues) == ["We walked for a long time over the mountains into a valley."]


@pytest.mark.parametrize(
    ("language", "line", "found"),
    [
        (
            "ja",
            "今日はトマトを紹介しますまず必要なのは大きな鉢ですそして毎日水をあげます皆さんもやってみませんか",
            [
                "今日はトマトを紹介します。",
                "まず必要なのは大きな鉢です。",
                "そして毎日水をあげます。",
                "皆さんもやってみませんか\uff1f",
            ],
        ),
        (
            "zh",
            "今天我们去看海你想去吗然后我们回家吃饭吧",
            ["今天我们去看海你想去吗\uff1f", "然后我们回家吃饭吧。"],
        ),
        (
            "ar",
            "هل تعرف هذا المكان الجميل يا صديقي العزيز",
            ["هل تعرف هذا المكان الجميل يا صديقي العزيز؟"],
        ),
        ("he", "אני הולך היום לים עם כל החברים שלי", ["אני הולך היום לים עם כל החברים שלי."]),
        ("th", "สวัสดี วันนี้ เรา ไป ทะเล กัน กับ เพื่อน ทุก คน", None),
        ("hi", "मैं आज बाज़ार जा रहा हूँ और फल लाऊँगा", ["मैं आज बाज़ार जा रहा हूँ और फल लाऊँगा।"]),
    ],
)  # fmt: skip
def test_every_script_has_its_own_marks(language: str, line: str, found: list[str] | None) -> None:
    assert sentences(spoken(language, line)) == ([line] if found is None else found)


@pytest.mark.parametrize(
    ("bare", "whole"),
    [
        ("what is that over there", "What is that over there?"),
        ("do you know where i'm going", "Do you know where I'm going?"),
        ("what a day", "What a day."),
        ("and i said,", "And I said."),
        ("it was late!", "It was late!"),
        ("\u00e9l dijo", "\u00c9l dijo."),
        ("3 eggs", "3 Eggs."),
    ],
)
def test_a_sentence_gets_what_it_lacks(bare: str, whole: str) -> None:
    assert restored(bare, "en") == whole


def test_capitals_throughout_are_calmed() -> None:
    cues = captions((0, 2, "ANN: WE HAVE TO LEAVE."), (2, 4, "I KNOW THE WAY."))
    assert is_shouted(["WE HAVE TO LEAVE.", "I KNOW THE WAY."])
    assert said(cues) == [("Ann", "We have to leave. I know the way.")]


def test_a_typed_text_without_full_stops_is_left_alone() -> None:
    poem = "Two roads, and I took one\nand then the sea, the sea, the long grey sea before us"
    assert sentences(text(poem)) == [" ".join(poem.split())]
    assert not is_unmarked(["It is late. We should go home now, she said, and went."])


def test_a_long_sentence_of_a_marked_text_stays_whole() -> None:
    long = "I have been shown that " + "you are the mother of " * 9 + "five sons."
    assert split_sentences(long) == [Span(0, len(long))]


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.sampled_from(["so", "i", "the", "moon", "です", "\u0e2a", "and", "is"]), max_size=90
    )
)
def test_cuts_are_inside_and_in_order(words: list[str]) -> None:
    line = " ".join(words)
    found = cut_unmarked(line, {})
    cuts = [*found.sentences, *found.commas]
    assert list(found.sentences) == sorted(found.sentences)
    assert len(set(cuts)) == len(cuts)
    assert all(0 < cut < len(line) for cut in cuts)


STEADY = "the old men of the village told long stories about ships storms and treasure"


def spaced(*lengths: float) -> Transcript:
    """The same line again and again, with a silence of so many seconds after each."""
    at, cues = 0.0, list[tuple[float, float, str]]()
    for length in lengths:
        cues.append((at, at + 5, STEADY))
        at += 5 + length
    return captions(*cues)


def test_what_ends_a_sentence_is_a_long_pause_of_this_speaker() -> None:
    hurried = sentences(spaced(*[0.2, 0.5] * 6))
    slow = sentences(spaced(*[0.5, 1.1] * 6))
    assert [len(text.split()) for text in hurried] == [2 * len(STEADY.split())] * 6
    assert [len(text.split()) for text in slow] == [2 * len(STEADY.split())] * 6


def test_a_speaker_who_pauses_alike_pauses_after_sentences() -> None:
    assert len(sentences(spaced(*[0.6] * 10))) == 10


@pytest.mark.parametrize(
    ("language", "line", "mark"),
    [
        ("en", "we waited for them at the harbour but they never came", "harbour, but"),
        ("ar", "هذا هو البيت الكبير ثم ذهبنا إلى البحر القريب", "\u060c"),
    ],
)
def test_a_likely_end_is_a_comma_of_its_script(language: str, line: str, mark: str) -> None:
    cut = line.index("but") if language == "en" else line.index("ثم")
    assert mark in restored(line, language, commas=[cut])


def test_commas_stand_between_words_alone() -> None:
    assert with_commas("one two", [4], "en") == "one, two"
    assert with_commas("one! two", [5], "en") == "one! two"
    assert with_commas("吾輩は猫である名前", [7], "ja") == "吾輩は猫である、名前"
    assert with_commas("我们回家吃饭", [2], "zh") == "我们\uff0c回家吃饭"
    assert with_commas("สวัสดี วันนี้", [7], "th") == "สวัสดี วันนี้"


def test_nothing_said_is_lost_by_restoring() -> None:
    line = "and so we went " * 40
    script = write_script(SCRIPT_ID, spoken("en", line))
    kept = " ".join(s for p in script.paragraphs for s in p.sentences)
    assert [w.strip(".?,").casefold() for w in kept.split()] == line.split()
