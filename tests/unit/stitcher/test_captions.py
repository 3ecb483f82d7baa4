"""Captions: their times, names and shapes."""

import re
from itertools import pairwise

from contracts.documents import Line
from contracts.mezzanine import Mezzanine
from contracts.values import Transition
from hypothesis import given
from hypothesis import strategies as st
from stitcher.domain.captions import CUE_LINES, CUE_WIDTH, cues, srt
from stitcher.domain.timeline import Cut, Joint, Timeline, lay

from tests.unit.stitcher.making import clip, plan


def film(*frames: int, joint: Joint | None = None) -> Timeline:
    cuts = [Cut(clip(str(n), frames=count), count, 0, count, n) for n, count in enumerate(frames)]
    return lay(Mezzanine(320, 320, 30), cuts, [joint or Joint()] * (len(frames) - 1))


def test_captions_have_exact_times_and_name_a_new_speaker() -> None:
    lines = (
        Line(speaker="Maya", text="One two three."),
        Line(speaker="Maya", text="Four."),
        Line(speaker=None, text="Five six seven eight."),
    )
    captions = cues(film(80, 45), plan(lines, [Line(speaker="Theo", text="Nine.")]))
    assert srt(captions, 30) == (
        "1\n00:00:00,000 --> 00:00:01,000\nMaya: One two three.\n\n"
        "2\n00:00:01,000 --> 00:00:01,333\nFour.\n\n"
        "3\n00:00:01,333 --> 00:00:02,667\nFive six seven eight.\n\n"
        "4\n00:00:02,667 --> 00:00:04,167\nTheo: Nine.\n"
    )


def test_a_clock_carries_over() -> None:
    captions = cues(film(30 * 3_599 + 15, 60), plan([Line(text="Long.")], [Line(text="Short.")]))
    assert "00:59:59,500 --> 01:00:01,500" in srt(captions, 30)


WORDS = st.text("abcdefghij ,.!?", min_size=1, max_size=400).filter(lambda text: text.strip())


@given(st.lists(WORDS, min_size=1, max_size=4), st.integers(1, 900))
def test_captions_keep_every_word_in_time_and_shape(texts: list[str], frames: int) -> None:
    captions = cues(film(frames), plan([Line(text=text) for text in texts]))
    assert all(0 <= cue.first < cue.end <= frames for cue in captions)
    assert all(one.end <= two.first for one, two in pairwise(captions))
    for cue in captions:
        rows = cue.text.split("\n")
        assert len(rows) <= CUE_LINES
        assert max(map(len, rows)) <= CUE_WIDTH
    if frames >= 400:
        said = re.sub(r"\s", "", "".join(cue.text for cue in captions))
        assert said == re.sub(r"\s", "", "".join(texts))


def test_captions_change_in_the_middle_of_a_transition() -> None:
    faded = film(90, 90, joint=Joint(Transition.FADE, 15))
    captions = cues(faded, plan([Line(text="One.")], [Line(text="Two.")]))
    assert [(cue.first, cue.end) for cue in captions] == [(0, 82), (82, 165)]
