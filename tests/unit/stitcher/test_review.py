"""Films that their user asks for: nothing before, then exactly these takes in this order."""

from pathlib import Path

import pytest
from contracts.documents import Line
from contracts.errors import Rejected
from contracts.events import ScenesPlanned, StitchRequested, VideoStitched
from contracts.values import ChosenTake
from runtime.objects import LocalObjects, put_model
from runtime.work import Again, Done
from stitcher.handlers.arrivals import KeepPlan, MarkScene
from stitcher.handlers.film import StitchChosen, StitchFilm

from tests.unit.stitcher.making import (
    FOLDER,
    JOB,
    FakeParts,
    generated,
    plan,
    planned,
    scratch_below,
    work,
    workshop,
)


def reviewed() -> ScenesPlanned:
    event = planned(2)
    settings = event.settings.model_copy(update={"review": True})
    return event.model_copy(update={"settings": settings})


def asked(*takes: tuple[int, int], cut: int = 1) -> StitchRequested:
    event = reviewed()
    chosen = tuple(ChosenTake(scene_index=index, take=take) for index, take in takes)
    order = tuple(index for index, _ in takes)
    return StitchRequested.caused_by(event, export_id=JOB, order=order, takes=chosen, cut=cut)


@pytest.fixture
async def parts(tmp_path: Path) -> FakeParts:
    parts = FakeParts()
    await parts.keep_plan(reviewed())
    for index, take in ((0, 1), (0, 2), (1, 1)):
        await parts.keep_part(generated(index, take=take))
    return parts


@pytest.fixture
async def step(tmp_path: Path, parts: FakeParts) -> StitchChosen:
    store = LocalObjects(tmp_path / "objects", public_url="http://127.0.0.1", signing_key=b"key")
    for name in ("0-1", "0-2", "1-1"):
        await store.put(f"{FOLDER}/clips/{name}.mp4", f"clip{name}".encode(), "video/mp4")
        await store.put(f"{FOLDER}/clips/{name}.jpg", f"poster{name}".encode(), "image/jpeg")
    words = plan([Line(text="One.")], [Line(text="Two.")])
    await put_model(store, f"{FOLDER}/jobs/{JOB}/plan.json", words)
    return StitchChosen(StitchFilm(parts, workshop(store, scratch_below(tmp_path))))


async def test_nothing_is_joined_before_the_user_asks(parts: FakeParts) -> None:
    assert await KeepPlan(parts)(reviewed(), work("plan")) == Done()
    assert await MarkScene(parts)(generated(1), work("mark")) == Done()


async def test_the_film_has_exactly_these_takes_in_this_order(step: StitchChosen) -> None:
    outcome = await step(asked((1, 1), (0, 1)), work("restitch"))
    assert isinstance(outcome, Done)
    (fact,) = outcome.events
    assert isinstance(fact, VideoStitched)
    assert (fact.cut, fact.scenes) == (1, 2)
    assert fact.video.key == f"{FOLDER}/jobs/{JOB}/cuts/1/film.mp4"
    film = await step.stitch.shop.kept.store.get(fact.video.key)
    assert film.startswith(b"clip1-1[0:30] clip0-1[0:30]")
    assert await step.stitch.shop.kept.store.get(fact.poster.key) == b"poster1-1"


async def test_a_scene_that_is_not_named_shows_its_last_take(step: StitchChosen) -> None:
    event = asked((0, 1), (1, 1), cut=2).model_copy(update={"takes": ()})
    outcome = await step(event, work("restitch"))
    assert isinstance(outcome, Done)
    (fact,) = outcome.events
    assert isinstance(fact, VideoStitched)
    film = await step.stitch.shop.kept.store.get(fact.video.key)
    assert film.startswith(b"clip0-2[0:30] clip1-1[0:30]")


async def test_a_take_that_is_on_its_way_is_waited_for(
    step: StitchChosen, parts: FakeParts
) -> None:
    assert isinstance(await step(asked((0, 3), (1, 1)), work("restitch")), Again)
    parts.plans.clear()
    assert isinstance(await step(asked((0, 1), (1, 1)), work("restitch")), Again)


async def test_a_scene_that_was_never_planned_is_refused(step: StitchChosen) -> None:
    with pytest.raises(Rejected, match="scene 8"):
        await step(asked((0, 1), (7, 1)), work("restitch"))
