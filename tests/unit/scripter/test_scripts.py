"""A script has clean sentences in paragraphs, with times and a title."""

from pathlib import Path

import pytest
from contracts.documents import Segment, Transcript
from contracts.errors import ErrorCode, Rejected
from contracts.values import SourceKind
from hypothesis import given, settings
from hypothesis import strategies as st
from scripter.domain import write_script
from scripter.domain.wording import count_words, spoken_seconds
from transcriber.domain import from_upload

from tests.unit.scripter.making import SCRIPT_ID, captions, sentences, text

SAMPLES = Path(__file__).parents[3] / "samples"


def test_a_sentence_over_several_captions_is_one_again() -> None:
    broken = captions(
        (0, 2, "On the night the moon"), (2, 4, "went out. One window"), (4, 5, "was lit.")
    )
    script = write_script(SCRIPT_ID, broken)
    (paragraph,) = script.paragraphs
    assert paragraph.sentences == ("On the night the moon went out.", "One window was lit.")
    assert (paragraph.start, paragraph.end) == (0.0, 5.0)


def test_pauses_part_paragraphs_and_times_are_interpolated() -> None:
    script = write_script(
        SCRIPT_ID, captions((0, 4, "Aaaa. Bbbb."), (4.2, 5, "Cccc."), (8, 10, "Dddd. Eeee"))
    )
    first, second = script.paragraphs
    assert first.sentences == ("Aaaa.", "Bbbb.", "Cccc.")
    assert (first.start, first.end) == (0.0, 5.0)
    assert (second.sentences, second.start, second.end) == (("Dddd.", "Eeee"), 8.0, 10.0)


def test_a_long_speech_is_broken_into_readable_paragraphs() -> None:
    script = write_script(SCRIPT_ID, text("A short sentence of seven words stands. " * 100))
    assert len(script.paragraphs) > 3
    assert all(sum(count_words(s) for s in p.sentences) <= 120 for p in script.paragraphs)


def test_counts_and_length_follow_the_words() -> None:
    script = write_script(SCRIPT_ID, text("One two three four five."))
    assert (script.words, script.seconds) == (5, 2.0)
    chinese = write_script(SCRIPT_ID, text("\u6708\u4eae\u5728\u5929\u4e0a\u3002"))
    assert (chinese.words, chinese.seconds) == (5, 1.1)


@pytest.mark.parametrize(
    ("transcript", "title"),
    [
        (text("Anything.", title="  The <b>Baker</b> &amp; co "), "The Baker & co"),
        (text("Anything at all.", title="---"), "Anything at all"),
        (text("Who goes there?"), "Who goes there?"),
        (
            text("One two three four five six, seven, eight, nine ten."),
            "One two three four five six, seven, eight\u2026",
        ),
        (
            text(("\u6708" * 20 + "\uff0c") * 5),
            ("\u6708" * 20 + "\uff0c") * 3 + "\u6708" * 9 + "\u2026",
        ),
    ],
)
def test_the_title_is_the_source_s_or_the_first_words(transcript: Transcript, title: str) -> None:
    assert write_script(SCRIPT_ID, transcript).title == title


@pytest.mark.parametrize("only", ["[Music]", "(applause)", "\u266a", "...", ">>", "NARRATOR:"])
def test_a_source_in_which_nothing_is_said_is_refused(only: str) -> None:
    with pytest.raises(Rejected) as caught:
        write_script(SCRIPT_ID, captions((0, 1, only)))
    assert caught.value.code is ErrorCode.TRANSCRIPT_MISSING


@pytest.mark.parametrize(
    ("name", "speakers", "words"),
    [
        ("moonlight.vtt", ("Mira", "Moon"), 137),
        ("paper-boat.srt", ("Tomas", "Beetle"), 67),
        ("last-tram.txt", ("Ida", "Tram"), 86),
        ("balcony-auto.vtt", (), 69),
        ("gettysburg-auto.vtt", (), 272),
        ("earnest.txt", ("Algernon", "Lane", "Jack", "Lady Bracknell", "Gwendolen"), 215),
        ("neko.txt", (), 223),
    ],
)
def test_the_samples_read_well(name: str, speakers: tuple[str, ...], words: int) -> None:
    kind = SourceKind.TEXT if name.endswith(".txt") else SourceKind.CAPTIONS
    transcript = from_upload((SAMPLES / name).read_bytes(), kind, filename=name)
    script = write_script(SCRIPT_ID, transcript)
    assert (script.speakers, script.words) == (speakers, words)


def test_rolling_sample_is_said_once() -> None:
    data = (SAMPLES / "balcony-auto.vtt").read_bytes()
    joined = " ".join(sentences(from_upload(data, SourceKind.CAPTIONS)))
    assert joined.startswith("So today I want to show you how I grow tomatoes on a very small")
    assert joined.count("thumbnail") == 1
    assert "Applause" not in joined


TEXTS = st.text(max_size=120) | st.sampled_from(
    [">> ", "ANNA: hi.", "- Yes\n- No", "&lt;b&gt;", "[x", "A: b: c:", "\u3002\uff01", "Mr. "]
)


@settings(deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=6), st.booleans())
def test_no_transcript_breaks_the_writer(texts: list[str], timed: bool) -> None:
    transcript = Transcript(
        language="en",
        origin="upload",
        timed=timed,
        segments=tuple(
            Segment(start=n * timed, end=(n + 1) * timed, text=t) for n, t in enumerate(texts)
        ),
    )
    try:
        script = write_script(SCRIPT_ID, transcript)
    except Rejected as error:
        assert error.code is ErrorCode.TRANSCRIPT_MISSING  # noqa: PT017
        return
    assert script == write_script(SCRIPT_ID, transcript)
    assert script.title
    assert script.seconds == round(
        sum(spoken_seconds(s) for p in script.paragraphs for s in p.sentences), 2
    )
    for paragraph in script.paragraphs:
        if timed:
            assert paragraph.start is not None
            assert paragraph.end is not None
            assert paragraph.start <= paragraph.end
