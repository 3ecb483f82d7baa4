"""Captions as they are broken, timed by a voice, written and drawn."""

import pytest
from contracts.documents import Line
from contracts.mezzanine import Mezzanine
from contracts.values import CaptionPosition, CaptionSettings
from hypothesis import given
from hypothesis import strategies as st
from stitcher.domain.breaking import NOT_FIRST, NOT_LAST, RIGHT_TO_LEFT_MARK, WIDE_WIDTH, wrapped
from stitcher.domain.captions import Cue, cue_texts, cues, vtt
from stitcher.domain.narration import Heard
from stitcher.domain.subtitles import drawn

from tests.unit.stitcher.making import plan
from tests.unit.stitcher.test_captions import film

WIDE, TALL = Mezzanine(1280, 720, 30), Mezzanine(720, 1280, 30)
BURN = CaptionSettings(burn=True)
# Wu Cheng'en, "Journey to the West" (1592), in the public domain.
MONKEY = "诗曰：混沌未分天地乱，茫茫渺渺无人见。自从盘古破鸿蒙，开辟从兹清浊辨。覆载群生仰至仁。"  # noqa: RUF001
# Ibn Battuta, "The Travels" (1355), in the public domain.
TRAVELS = "كان خروجي من طنجة مسقط رأسي يوم الخميس منفردا عن رفيق آنس بصحبته"


def test_chinese_is_broken_into_short_rows_at_fit_places() -> None:
    rows = [row for cue in cue_texts(MONKEY) for row in cue.split("\n")]
    assert "".join(rows) == MONKEY
    assert all(len(row) <= WIDE_WIDTH for row in rows)
    assert all(row[0] not in NOT_FIRST and row[-1] not in NOT_LAST for row in rows)


@given(st.text("她站在台阶。，（）", min_size=1, max_size=200), st.integers(4, 20))  # noqa: RUF001
def test_wide_rows_keep_every_letter(text: str, width: int) -> None:
    rows = wrapped(text, width)
    assert "".join(rows) == text
    assert all(0 < len(row) <= width for row in rows)


def test_arabic_stays_in_its_order_and_says_its_direction() -> None:
    found = cues(film(300), plan([Line(text=TRAVELS)]))
    rows = [row for cue in found for row in cue.text.split("\n")]
    assert all(row.startswith(RIGHT_TO_LEFT_MARK) for row in rows)
    assert " ".join(row.removeprefix(RIGHT_TO_LEFT_MARK) for row in rows) == TRAVELS


def test_captions_follow_the_voice_and_stay_a_moment() -> None:
    words = plan([Line(text="One two."), Line(text="Three.")], [Line(text="Four.")])
    heard = {(0, 0): Heard(10, 30), (0, 1): Heard(80, 95), (1, 0): Heard(97, 120)}
    found = cues(film(90, 90), words, heard)
    assert [(cue.first, cue.end) for cue in found] == [(10, 42), (80, 97), (97, 132)]


def test_words_are_timed_where_they_are_known() -> None:
    words = plan([Line(speaker="Maya", text="One two three.")])
    (cue,) = cues(film(90), words, {(0, 0): Heard(6, 60, (6, 20, 40))})
    assert (cue.text, cue.starts) == ("Maya: One two three.", (6, 6, 20, 40))
    (plain,) = cues(film(90), words, {(0, 0): Heard(6, 60, (6, 20))})
    assert plain.starts == ()


@given(st.lists(st.text("abc", min_size=1, max_size=9), min_size=1, max_size=60))
def test_long_lines_keep_all_words_and_their_times(words: list[str]) -> None:
    starts = tuple(range(5, 5 + 3 * len(words), 3))
    heard = {(0, 0): Heard(5, starts[-1] + 9, starts)}
    found = cues(film(300), plan([Line(text=" ".join(words))]), heard)
    assert " ".join(cue.text for cue in found).split() == words
    assert [start for cue in found for start in cue.starts] == list(starts)


def test_webvtt_takes_no_text_for_a_tag() -> None:
    text = vtt([Cue(0, 30, "a < b & c"), Cue(30, 45, "x\ny")], 30)
    assert text == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\na &lt; b &amp; c\n\n"
        "00:00:01.000 --> 00:00:01.500\nx\ny\n"
    )


def test_a_segment_draws_what_falls_into_it_on_its_own_clock() -> None:
    captions = [Cue(0, 30, "One"), Cue(30, 90, "Two\nthree"), Cue(90, 120, "Four")]
    text = drawn(captions, BURN, WIDE)(60, 90)
    assert text is not None
    lines = [line for line in text.split("\n") if line.startswith("Dialogue")]
    assert lines == ["Dialogue: 0,0:00:00.00,0:00:00.98,Words,,0,0,0,,Two\\Nthree"]
    assert drawn(captions, BURN, WIDE)(120, 150) is None


def test_no_text_is_taken_for_a_command() -> None:
    text = drawn([Cue(0, 30, r"{\b1}x\N")], BURN, WIDE)(0, 30)
    assert text is not None
    assert "\\{" in text.split("\n")[-2]
    assert "{\\" not in text.split("\n")[-2].replace("\\{\\", "")


def test_upright_pictures_keep_captions_off_the_buttons() -> None:
    def margin(profile: Mezzanine) -> float:
        text = drawn([Cue(0, 30, "One")], BURN, profile)(0, 30)
        assert text is not None
        style = next(line for line in text.split("\n") if line.startswith("Style:"))
        return int(style.split(",")[-2]) / profile.height

    assert margin(WIDE) == pytest.approx(0.07, abs=0.01)
    assert margin(TALL) == pytest.approx(0.22, abs=0.01)


def test_karaoke_lights_words_up_only_where_times_are_known() -> None:
    style = CaptionSettings(burn=True, karaoke=True, position=CaptionPosition.TOP)
    text = drawn([Cue(0, 30, "One two", (0, 15)), Cue(30, 60, "Three")], style, WIDE)(0, 60)
    assert text is not None
    assert "{\\k50}One {\\k50}two" in text
    assert "{\\1c&H00FFFFFF&}Three" in text
