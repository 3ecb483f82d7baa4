"""Fan-in on fakes: windows and sound once two scenes are there, the film after the last."""

import itertools
from collections.abc import Sequence

import pytest
from contracts.events import Event, SceneGenerated, ScenesPlanned
from contracts.values import TitleSettings, Transition
from runtime.work import Done, Follow, Outcome
from stitcher.handlers.arrivals import KeepPlan, MarkScene

from tests.unit.stitcher.making import FakeParts, captioned, generated, planned, work

CUTS, FADES = planned(2), planned(4, transition=Transition.FADE)


async def told(parts: FakeParts, event: Event) -> Outcome:
    if isinstance(event, ScenesPlanned):
        return await KeepPlan(parts)(event, work("plan"))
    assert isinstance(event, SceneGenerated)
    return await MarkScene(parts)(event, work("mark"))


@pytest.mark.parametrize("order", list(itertools.permutations((CUTS, generated(0), generated(1)))))
async def test_the_film_is_asked_for_when_the_last_one_arrives(order: Sequence[Event]) -> None:
    parts = FakeParts()
    outcomes = [await told(parts, event) for event in order]
    asked = [one.follow for one in outcomes if isinstance(one, Done)]
    steps = [[follow.step for follow in follows] for follows in asked]
    # The sound of the first scene can be made before the second is there.
    first = generated(1) not in order[:2]
    assert steps == [[], ["sound"] if first else [], ["stitch"]]


async def test_a_window_is_asked_for_as_soon_as_both_its_scenes_exist() -> None:
    parts = FakeParts()
    asked: list[list[tuple[str, int | None]]] = []
    for event in (FADES, generated(2), generated(0), generated(1), generated(3)):
        outcome = await told(parts, event)
        assert isinstance(outcome, Done)
        asked.append([(follow.step, follow.ordinal) for follow in outcome.follow])
    ahead = [("window", 0), ("window", 1), ("sound", 1)]
    assert asked == [[], [], [("sound", 0)], ahead, [("window", 2), ("stitch", None)]]


async def test_sound_is_asked_for_when_a_passage_can_be_made() -> None:
    parts, cuts = FakeParts(), planned(4)
    asked = [await told(parts, event) for event in (cuts, generated(1), generated(0), generated(3))]
    assert asked == [Done(), Done(), Done(follow=(Follow("sound", cuts, 0),)), Done()]


async def test_a_late_plan_asks_for_every_window_that_can_be() -> None:
    parts = FakeParts()
    for index in (0, 1, 3):
        assert await told(parts, generated(index)) == Done()
    wanted = (Follow("window", FADES, 0), Follow("sound", FADES, None))
    assert await told(parts, FADES) == Done(follow=wanted)


async def test_a_scene_is_asked_for_when_captions_are_drawn_on_it_or_a_card_stands_beside() -> None:
    cards = TitleSettings(title="A film", end="Fin")
    titled = CUTS.settings.model_copy(update={"titles": cards})
    wishes = (captioned(planned(4)), planned(4).model_copy(update={"settings": titled}))
    asked: list[list[int | None]] = []
    for event in wishes:
        parts = FakeParts()
        for index in (1, 0):
            assert await told(parts, generated(index, count=4)) == Done()
        for one in (event, generated(2, count=4), generated(3, count=4)):
            outcome = await told(parts, one)
            assert isinstance(outcome, Done)
            asked.append([one.ordinal for one in outcome.follow if one.step == "shot"])
    assert asked == [[0, 1], [2], [3], [0], [], [3]]


async def test_a_redelivery_asks_for_the_same_film() -> None:
    parts = FakeParts()
    await told(parts, planned(1))
    first = await told(parts, generated(0, count=1))
    assert await told(parts, generated(0, count=1)) == first
    assert await told(parts, planned(1)) == first
