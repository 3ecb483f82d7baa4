"""Films beside the job's own: made as they were asked, told as they come on, and kept apart."""

import asyncio
from itertools import pairwise
from pathlib import Path
from uuid import UUID, uuid5

import pytest
from contracts.documents import Line
from contracts.events import StitchProgressed, StitchRequested, VideoStitched
from contracts.values import ChosenTake, GenerationSettings, JointSettings, Transition
from hypothesis import given
from hypothesis import strategies as st
from runtime.objects import LocalObjects, put_model
from runtime.work import Done, Follow
from stitcher.domain.steps import Steps
from stitcher.domain.timeline import Part, timeline
from stitcher.handlers.arrivals import KeepPlan
from stitcher.handlers.film import StitchChosen, StitchFilm
from stitcher.handlers.progress import SAY_SECONDS, Teller

from tests.unit.stitcher.making import (
    FOLDER,
    JOB,
    FakeFilmMaker,
    FakeKeeper,
    FakeParts,
    generated,
    plan,
    planned,
    scratch_below,
    work,
    workshop,
)

EXPORT = uuid5(JOB, "export")
FADES = planned(3, transition=Transition.FADE)
EVERY = (0, 1, 2)


def asked(
    settings: GenerationSettings | None = None, export: UUID = EXPORT, **takes: int
) -> StitchRequested:
    chosen = tuple(ChosenTake(scene_index=index, take=takes.get(f"_{index}", 1)) for index in EVERY)
    return StitchRequested.caused_by(
        FADES, export_id=export, order=EVERY, takes=chosen, export=True, settings=settings
    )


class Clock:
    """Every look at it is a second later."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        self.seconds += 1.0
        return self.seconds


@pytest.fixture
async def step(tmp_path: Path) -> StitchChosen:
    store = LocalObjects(tmp_path / "objects", public_url="http://127.0.0.1", signing_key=b"key")
    parts = FakeParts()
    await parts.keep_plan(FADES)
    for index, take in ((0, 1), (1, 1), (1, 2), (2, 1)):
        name = f"{FOLDER}/clips/{index}-{take}"
        await store.put(f"{name}.mp4", f"clip{index}-{take}".encode(), "video/mp4")
        await store.put(f"{name}.jpg", b"poster", "image/jpeg")
        await parts.keep_part(generated(index, take=take))
    words = plan(*([Line(text=text)] for text in ("One.", "Two.", "Three.")))
    await put_model(store, f"{FOLDER}/jobs/{JOB}/plan.json", words)
    shop = workshop(store, scratch_below(tmp_path))
    return StitchChosen(StitchFilm(parts, shop, now=Clock()))


async def made(step: StitchChosen, event: StitchRequested) -> VideoStitched:
    outcome = await step(event, work("restitch"))
    assert isinstance(outcome, Done)
    (fact,) = outcome.events
    assert isinstance(fact, VideoStitched)
    return fact


def maker(step: StitchChosen) -> FakeFilmMaker:
    assert isinstance(step.stitch.shop.films, FakeFilmMaker)
    return step.stitch.shop.films


def windows(step: StitchChosen) -> int:
    return sum(text.startswith("window") for text in maker(step).made)


async def test_an_export_is_made_as_it_was_asked_and_lies_apart(step: StitchChosen) -> None:
    changes = {"width": 640, "transition": Transition.CUT}
    fact = await made(step, asked(FADES.settings.model_copy(update=changes)))
    assert (fact.export_id, fact.cut, fact.width, fact.frames) == (EXPORT, 0, 640, 90)
    refs = (fact.video, fact.captions, fact.poster, fact.vtt)
    folder = f"{FOLDER}/jobs/{JOB}/exports/{EXPORT}/"
    assert all(ref is not None and ref.key.startswith(folder) for ref in refs)
    own = await made(step, asked().model_copy(update={"export": False, "cut": 2}))
    assert (own.export_id, own.cut, own.width) == (None, 2, 320)
    assert own.video.key == f"{FOLDER}/jobs/{JOB}/cuts/2/film.mp4"


async def test_what_the_film_has_is_not_made_again_for_an_export(step: StitchChosen) -> None:
    await made(step, asked().model_copy(update={"export": False}))
    assert windows(step) == 2
    maker(step).made.clear()
    await made(step, asked())
    assert [text.split()[0] for text in maker(step).made] == ["clip0-1[0:15]"]
    await made(step, asked(_1=2, export=uuid5(JOB, "other")))
    assert windows(step) == 2


async def test_a_joint_of_its_own_changes_that_joint_alone(step: StitchChosen) -> None:
    await made(step, asked())
    maker(step).made.clear()
    joints = (JointSettings(after=1, transition=Transition.WIPE),)
    await made(step, asked(FADES.settings.model_copy(update={"joints": joints})))
    assert windows(step) == 1


def test_every_joint_is_as_its_scene_says_in_whatever_order_they_stand() -> None:
    settings = FADES.settings.model_copy(
        update={
            "joints": (
                JointSettings(after=0, transition=Transition.CUT),
                JointSettings(after=2, transition=Transition.SLIDE, seconds=0.2),
            )
        }
    )
    takes = {index: Part(index, 1, generated(index).clip) for index in EVERY}
    scenes = FADES.scenes
    shown = timeline(settings, scenes, takes)
    assert [(joint.kind, joint.frames) for joint in shown.joints] == [
        (Transition.CUT, 0),
        (Transition.FADE, 15),
    ]
    turned = timeline(settings, (scenes[2], scenes[0], scenes[1]), takes)
    assert [(joint.kind, joint.frames) for joint in turned.joints] == [
        (Transition.SLIDE, 6),
        (Transition.CUT, 0),
    ]


async def test_windows_of_joints_are_asked_for_ahead_and_those_of_cuts_are_not() -> None:
    joints = (JointSettings(after=1, transition=Transition.WIPE),)
    settings = GenerationSettings(width=320, height=320, joints=joints)
    event = planned(3).model_copy(update={"settings": settings})
    parts = FakeParts()
    for index in EVERY:
        await parts.keep_part(generated(index, count=3))
    outcome = await KeepPlan(parts)(event, work("plan"))
    assert isinstance(outcome, Done)
    assert list(outcome.follow) == [Follow("window", event, 1), Follow("stitch", event)]


async def test_a_film_says_how_far_it_is_and_never_less(step: StitchChosen) -> None:
    for export, which in ((True, EXPORT), (False, None)):
        keeper = FakeKeeper()
        event = asked().model_copy(update={"export": export})
        await step(event, work("restitch", keeper=keeper))
        said = [fact for fact in keeper.said if isinstance(fact, StitchProgressed)]
        assert len(said) == len(keeper.said) > 1
        shares = [fact.progress for fact in said]
        assert shares == sorted(set(shares))
        assert shares[0] > 0
        assert shares[-1] < 1
        assert {fact.export_id for fact in said} == {which}


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 3)), max_size=20))
def test_a_teller_only_rises_and_not_more_often_than_every_two_seconds(
    told: list[tuple[float, float]],
) -> None:
    told = [(0.5, 0.0), *told]
    keeper, at = FakeKeeper(), [0.0]
    teller = Teller(FADES, work("stitch", keeper=keeper), lambda: at[0])
    times: list[float] = []
    for share, later in told:
        at[0] += later
        before = len(keeper.said)
        asyncio.run(teller(share))
        times += [at[0]] * (len(keeper.said) - before)
    shares = [fact.progress for fact in keeper.said if isinstance(fact, StitchProgressed)]
    assert shares == sorted(set(shares))
    assert all(later - early >= SAY_SECONDS for early, later in pairwise(times))


@given(
    st.dictionaries(st.sampled_from("abc"), st.floats(0, 100)),
    st.lists(st.tuples(st.sampled_from("abcd"), st.floats(0, 1.5)), max_size=20),
)
def test_steps_add_up_and_never_go_back(
    costs: dict[str, float], told: list[tuple[str, float]]
) -> None:
    steps, shares = Steps(costs), [0.0]
    shares += [steps.reached(name, share) for name, share in told]
    assert shares == sorted(shares)
    assert shares[-1] <= 1.0 + 1e-9
    ends = [steps.reached(name, 1.0) for name in costs]
    if sum(costs.values()):
        assert ends[-1] == pytest.approx(1.0)
