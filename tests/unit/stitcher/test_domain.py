"""The timeline and the captions, as pure data."""

import re
from itertools import pairwise

import pytest
from contracts.documents import Line
from contracts.errors import ErrorCode, Rejected
from hypothesis import given
from hypothesis import strategies as st
from stitcher.domain import CUE_LINES, CUE_WIDTH, Part, complete, cues, srt, timeline

from tests.unit.stitcher.making import clip, plan, planned


def parts(*frames: int) -> list[Part]:
    return [Part(n, 1, clip(str(n), frames=count)) for n, count in enumerate(frames)]


def test_a_film_is_complete_when_every_planned_scene_is_there() -> None:
    assert not complete(None, [0, 1])
    assert not complete(planned(2), [1])
    assert not complete(planned(2), [1, 1])
    assert complete(planned(2), [1, 0, 1])


def test_shots_follow_each_other_frame_by_frame() -> None:
    film = timeline(planned(3), reversed(parts(30, 7, 100)))
    assert [(s.scene_index, s.first, s.frames) for s in film.shots] == [
        (0, 0, 30),
        (1, 30, 7),
        (2, 37, 100),
    ]
    assert film.frames == 137


def test_the_latest_take_is_in_the_film() -> None:
    takes = [Part(0, 2, clip("new")), Part(0, 1, clip("old"))]
    film = timeline(planned(1), takes)
    assert film.shots[0].clip == clip("new")


def test_a_clip_of_another_rate_keeps_its_length_in_seconds() -> None:
    film = timeline(planned(1), [Part(0, 1, clip("a", frames=48, fps=24))])
    assert film.frames == 60


def test_a_missing_scene_is_named() -> None:
    with pytest.raises(Rejected, match="Scene 2 is missing") as refused:
        timeline(planned(2), parts(30))
    assert refused.value.code is ErrorCode.STITCH_FAILED


def test_captions_have_exact_times_and_name_a_new_speaker() -> None:
    lines = (
        Line(speaker="Maya", text="One two three."),
        Line(speaker="Maya", text="Four."),
        Line(speaker=None, text="Five six seven eight."),
    )
    film = timeline(planned(2), parts(80, 45))
    captions = cues(film, plan(lines, [Line(speaker="Theo", text="Nine.")]))
    assert srt(captions, 30) == (
        "1\n00:00:00,000 --> 00:00:01,000\nMaya: One two three.\n\n"
        "2\n00:00:01,000 --> 00:00:01,333\nFour.\n\n"
        "3\n00:00:01,333 --> 00:00:02,667\nFive six seven eight.\n\n"
        "4\n00:00:02,667 --> 00:00:04,167\nTheo: Nine.\n"
    )


def test_a_clock_carries_over() -> None:
    film = timeline(planned(2), parts(30 * 3_599 + 15, 60))
    captions = cues(film, plan([Line(text="Long.")], [Line(text="Short.")]))
    assert "00:59:59,500 --> 01:00:01,500" in srt(captions, 30)


WORDS = st.text("abcdefghij ,.!?", min_size=1, max_size=400).filter(lambda text: text.strip())


@given(st.lists(WORDS, min_size=1, max_size=4), st.integers(1, 900))
def test_captions_keep_every_word_in_time_and_shape(texts: list[str], frames: int) -> None:
    film = timeline(planned(1), parts(frames))
    captions = cues(film, plan([Line(text=text) for text in texts]))
    assert all(0 <= cue.first < cue.end <= frames for cue in captions)
    assert all(one.end <= two.first for one, two in pairwise(captions))
    for cue in captions:
        rows = cue.text.split("\n")
        assert len(rows) <= CUE_LINES
        assert max(map(len, rows)) <= CUE_WIDTH
    if frames >= 400:
        said = re.sub(r"\s", "", "".join(cue.text for cue in captions))
        assert said == re.sub(r"\s", "", "".join(texts))
