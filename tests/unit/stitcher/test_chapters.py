"""Chapters: whatever the film, what is written is what YouTube takes."""

import re

import pytest
from contracts.mezzanine import Mezzanine
from contracts.values import Transition
from hypothesis import given
from hypothesis import strategies as st
from stitcher.domain.chapters import Chapter, of_scenes, text
from stitcher.domain.timeline import Cut, Joint, Timeline, lay

from tests.unit.stitcher.making import card, clip

LINE = re.compile(r"^(?:(\d+):)?(\d{1,2}):(\d\d) (\S.*)$")


def film(*seconds: float, cards: bool = False, fps: int = 30, joint: int = 0) -> Timeline:
    frames = [max(1, round(length * fps)) for length in seconds]
    cuts = [Cut(clip(str(n), frames=f), f, 0, f, n) for n, f in enumerate(frames)]
    if cards:
        cuts = [card("title", 3 * fps), *cuts, card("end", 3 * fps)]
    joints = [Joint(Transition.FADE, joint)] * (len(cuts) - 1)
    return lay(Mezzanine(320, 180, fps), cuts, joints)


def titles(count: int) -> dict[int, str]:
    return {n: f"Scene {n + 1}" for n in range(count)}


@st.composite
def films(draw: st.DrawFn) -> Timeline:
    seconds = draw(st.lists(st.floats(0.1, 40), min_size=1, max_size=40))
    return film(
        *seconds,
        cards=draw(st.booleans()),
        fps=draw(st.sampled_from([24, 25, 30])),
        joint=draw(st.integers(0, 30)),
    )


def times(written: str) -> list[int]:
    found: list[int] = []
    for line in written.splitlines():
        match = LINE.match(line)
        assert match, line
        hours, minutes, seconds, _ = match.groups()
        found.append(int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds))
    return found


@given(films(), st.dictionaries(st.integers(0, 40), st.text(max_size=150)))
def test_chapters_cover_the_film_without_a_gap(made: Timeline, names: dict[int, str]) -> None:
    found = of_scenes(made, names)
    scenes = sum(shot.cut.scene_index is not None for shot in made.shots)
    assert len(found) == (scenes if scenes > 1 else 0)
    if found:
        assert [one.first for one in found] == [0, *(one.end for one in found[:-1])]
        assert found[-1].end == made.frames
        assert all(1 <= len(one.title) <= 100 and one.title.isprintable() for one in found)


@given(films(), st.dictionaries(st.integers(0, 40), st.text(max_size=150)))
def test_the_list_is_one_that_youtube_takes_or_there_is_none(
    made: Timeline, names: dict[int, str]
) -> None:
    fps = made.profile.fps
    found = of_scenes(made, names)
    written = text(found, fps)
    if written is None:
        return
    begins = times(written)
    assert written.startswith("0:00 ")
    assert len(begins) >= 3
    ends = [*begins[1:], made.frames // fps]
    assert all(end - begin >= 10 for begin, end in zip(begins, ends, strict=True))
    assert "<" not in written
    assert ">" not in written
    assert set(begins) <= {one.first // fps for one in found}


@given(st.lists(st.integers(10, 60), min_size=3, max_size=30))
def test_scenes_that_are_long_enough_are_all_there(seconds: list[int]) -> None:
    written = text(of_scenes(film(*seconds), titles(len(seconds))), 30)
    assert written is not None
    assert times(written) == [sum(seconds[:n]) for n in range(len(seconds))]


def test_short_scenes_go_with_their_neighbours() -> None:
    found = of_scenes(film(4, 4, 4, 12, 3, 9, 20, 2), titles(8))
    assert text(found, 30) == "0:00 Scene 1\n0:12 Scene 4\n0:24 Scene 5\n0:36 Scene 7\n"


@pytest.mark.parametrize("seconds", [(), (30,), (30, 30), (9, 9, 9), (5, 5, 5, 5, 5)])
def test_too_little_for_chapters_gives_no_list(seconds: tuple[int, ...]) -> None:
    found = of_scenes(film(*seconds), titles(9)) if seconds else ()
    assert text(found, 30) is None


def test_a_card_belongs_to_the_scene_beside_it() -> None:
    found = of_scenes(film(10, 10, cards=True), titles(2))
    assert found == (Chapter(0, 390, "Scene 1"), Chapter(390, 780, "Scene 2"))


def test_a_chapter_begins_in_the_middle_of_its_transition() -> None:
    found = of_scenes(film(10, 10, joint=30), titles(2))
    assert [one.first for one in found] == [0, 285]


def test_long_films_count_their_hours() -> None:
    written = text(of_scenes(film(1800, 1800, 65, 20), titles(4)), 30)
    assert written is not None
    assert written.splitlines()[2:] == ["1:00:00 Scene 3", "1:01:05 Scene 4"]


@pytest.mark.parametrize(
    ("given", "title"),
    [
        ("  Two\n\tlines ", "Two lines"),
        ("a <b> c", "a \u2039b\u203a c"),
        ("", "1"),
        ("\x00", "1"),
        ("x" * 101, "x" * 99 + "\u2026"),
    ],
)
def test_titles_are_one_line_of_what_may_be_written(given: str, title: str) -> None:
    assert of_scenes(film(10, 10), {0: given})[0].title == title
