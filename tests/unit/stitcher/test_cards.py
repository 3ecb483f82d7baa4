"""Cards: their place in the film, and text that never leaves its room."""

import pytest
from contracts.documents import Line
from contracts.mezzanine import Mezzanine
from contracts.values import (
    Framing,
    GenerationSettings,
    JointSettings,
    TitleSettings,
    Transition,
)
from hypothesis import given
from hypothesis import strategies as st
from stitcher.domain import captions, narration
from stitcher.domain.cards import (
    Words,
    block,
    carded,
    ending,
    opening,
    safe,
    thumbnail_size,
)
from stitcher.domain.timeline import Card, Joint, Part, Timeline, timeline

from tests.unit.stitcher.making import clip, plan, planned, ref

FIRST, LAST = Card(ref("cards/first.png")), Card(ref("cards/last.png"))


def film(settings: GenerationSettings, *frames: int) -> Timeline:
    parts = {n: Part(n, 1, clip(str(n), frames=count)) for n, count in enumerate(frames)}
    return timeline(settings, planned(len(frames)).scenes, parts)


def settings(**wishes: object) -> GenerationSettings:
    return GenerationSettings.model_validate({"width": 320, "height": 320} | wishes)


def test_cards_stand_before_the_first_scene_and_after_the_last() -> None:
    wanted = settings(titles={"seconds": 2.0}, framing={"focus_x": 0.2})
    made = carded(film(wanted, 90, 90), wanted, FIRST, LAST)
    assert [shot.cut.scene_index for shot in made.shots] == [None, 0, 1, None]
    assert [shot.cut.source for shot in made.shots][::3] == [FIRST, LAST]
    assert [shot.frames for shot in made.shots] == [60, 90, 90, 60]
    assert made.framing == Framing(focus_x=0.2)


def test_where_scenes_are_cut_a_card_goes_through_black() -> None:
    made = carded(film(settings(), 90, 90), settings(), FIRST, None)
    assert made.joints == (Joint(Transition.FADE_BLACK, 15), Joint())


def test_else_it_joins_as_the_scenes_do() -> None:
    wanted = settings(transition="slide", transition_seconds=1.0)
    made = carded(film(wanted, 90, 90), wanted, FIRST, LAST)
    assert made.joints == (Joint(Transition.SLIDE, 30),) * 3


def test_a_short_scene_keeps_half_of_itself_beside_a_card() -> None:
    made = carded(film(settings(), 10, 90), settings(), FIRST, None)
    assert made.joints[0].frames == 5


def test_joints_may_differ() -> None:
    own = JointSettings(after=1, transition=Transition.WIPE, seconds=0.2)
    made = film(settings(transition="fade", joints=[own]), 90, 90, 90)
    assert made.joints == (Joint(Transition.FADE, 15), Joint(Transition.WIPE, 6))


@pytest.mark.parametrize(
    ("titles", "first", "last"),
    [
        ({}, None, None),
        ({"title": " \n", "subtitle": "below", "end": ""}, None, None),
        ({"title": "A  title", "subtitle": "b"}, Words("A title", "b"), None),
        ({"end": "Fin"}, None, Words("Fin")),
    ],
)
def test_without_a_text_there_is_no_card(
    titles: dict[str, str], first: Words | None, last: Words | None
) -> None:
    wanted = TitleSettings.model_validate(titles)
    assert (opening(wanted), ending(wanted)) == (first, last)


def test_words_and_captions_begin_with_their_scene_and_not_with_the_card() -> None:
    words = planned(2), settings(titles={"seconds": 3.0})
    bare = film(words[1], 90, 90)
    made = carded(bare, words[1], FIRST, LAST)
    script = plan([Line(text="One two three.")], [Line(text="Four five six.")])
    found = captions.cues(made, script)
    assert [cue.text for cue in found] == ["One two three.", "Four five six."]
    assert (found[0].first, found[0].end) == (made.shots[1].first + 7, made.shots[2].first)
    assert found[-1].end <= made.shots[3].first + 8, "silence on the last card"
    slots = narration.slots(made, script)
    assert slots[0].first == found[0].first / 30
    assert slots[-1].end == found[-1].end / 30


SHAPES = [(1920, 1080), (1080, 1920), (1080, 1080), (320, 320), (1920, 320), (320, 1920)]


@given(st.text(min_size=1, max_size=240), st.sampled_from(SHAPES), st.integers(1, 4))
def test_text_never_leaves_its_room(text: str, size: tuple[int, int], rows: int) -> None:
    def measure(row: str) -> float:
        return len(row) * 0.9

    line = " ".join(text.split())
    room = safe(*size)
    found = block(line, (room.width, room.height), round(min(size) * 0.13), rows, measure)
    assert found.height <= room.height
    assert all(measure(row) * found.size <= room.width for row in found.rows)
    said = "".join("".join(found.rows).split())
    assert said == "".join(line.split()), "no letter is lost"


def test_rows_are_even_and_words_whole() -> None:
    found = block("The voyage of the Beagle", (900, 800), 100, 4, lambda row: len(row) * 0.6)
    assert found.rows == ("The voyage", "of the Beagle")


@pytest.mark.parametrize(
    ("film_size", "size"),
    [
        ((1920, 1080), (1280, 720)),
        ((1280, 720), (1280, 720)),
        ((1080, 1920), (720, 1280)),
        ((720, 720), (1280, 1280)),
        ((320, 180), (1280, 720)),
    ],
)
def test_a_thumbnail_has_the_films_shape(film_size: tuple[int, int], size: tuple[int, int]) -> None:
    assert thumbnail_size(Mezzanine(*film_size, 30)) == size
