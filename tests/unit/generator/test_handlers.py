"""MakeScene on fakes: made, told of, reused, and refused."""

from pathlib import Path

import pytest
from contracts.documents import Plan
from contracts.errors import ErrorCode, Rejected, Transient
from contracts.events import SceneGenerated, SceneProgressed
from generator.handlers.scene import MakeScene
from runtime.objects import LocalObjects
from runtime.work import Done, Outcome

from tests.unit.generator.making import (
    USER,
    FakeClipCache,
    FakeKeeper,
    FakeProvider,
    plan,
    planned,
    scene,
)
from tests.unit.generator.rows import Clock, Row, maker


@pytest.fixture
def store(tmp_path: Path) -> LocalObjects:
    return LocalObjects(tmp_path / "objects", public_url="http://127.0.0.1", signing_key=b"key")


@pytest.fixture
def provider() -> FakeProvider:
    return FakeProvider()


@pytest.fixture
def cache() -> FakeClipCache:
    return FakeClipCache()


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


@pytest.fixture
def clock() -> Clock:
    return Clock(tick=2.0)


@pytest.fixture
def make(
    store: LocalObjects,
    provider: FakeProvider,
    cache: FakeClipCache,
    clock: Clock,
    scratch: Path,
) -> MakeScene:
    return maker(store, {"animatic": provider}, cache, clock, scratch=scratch)


def generated(outcome: Outcome) -> SceneGenerated:
    assert isinstance(outcome, Done)
    (event,) = outcome.events
    assert isinstance(event, SceneGenerated)
    return event


async def test_a_scene_becomes_a_clip_named_by_its_bytes(
    make: MakeScene, store: LocalObjects, scratch: Path
) -> None:
    event = await planned(store, plan(scene(0), scene(1)))
    fact = generated(await make(event, FakeKeeper().work(1)))
    assert (fact.scene_index, fact.scene_count, fact.reused) == (1, 2, False)
    assert str(fact.cost_usd) == "0.0500"
    assert fact.clip.video.key.endswith(f"/clips/{fact.clip.video.sha256}.mp4")
    assert await store.get(fact.clip.video.key) == b"a hill by the sea, 1"
    assert (await store.get(fact.clip.poster.key)).startswith(b"poster")
    assert list(scratch.iterdir()) == []


async def test_progress_rises_and_is_not_said_too_often(
    make: MakeScene, store: LocalObjects
) -> None:
    keeper = FakeKeeper()
    await make(await planned(store, plan(scene())), keeper.work())
    said = [event.progress for event in keeper.events if isinstance(event, SceneProgressed)]
    assert len(said) >= 3
    assert said == sorted(set(said))


async def test_the_same_scene_of_another_job_is_reused(
    make: MakeScene, store: LocalObjects, provider: FakeProvider
) -> None:
    one = await planned(store, plan(scene()))
    other = await planned(store, plan(scene(), job=USER))
    first = generated(await make(one, FakeKeeper().work()))
    second = generated(await make(other, FakeKeeper().work(job=USER)))
    assert (second.reused, second.cost_usd, second.clip) == (True, 0, first.clip)
    assert len(provider.orders) == 1


async def test_another_user_gets_a_clip_of_their_own(
    make: MakeScene, store: LocalObjects, provider: FakeProvider
) -> None:
    one = await planned(store, plan(scene()))
    other = await planned(store, plan(scene(), job=USER), user=one.job_id)
    generated(await make(one, FakeKeeper().work()))
    fact = generated(await make(other, FakeKeeper().work(job=USER)))
    assert not fact.reused
    assert len(provider.orders) == 2


async def test_a_crash_after_the_clip_was_kept_still_counts_its_cost(
    make: MakeScene, store: LocalObjects, provider: FakeProvider
) -> None:
    event, keeper = await planned(store, plan(scene())), FakeKeeper()
    first = generated(await make(event, keeper.work()))
    again = generated(await make(event, keeper.work()))
    assert again == first
    assert provider.fetched == 1


async def test_a_remembered_clip_whose_file_is_gone_is_made_again(
    make: MakeScene, store: LocalObjects, provider: FakeProvider
) -> None:
    event = await planned(store, plan(scene()))
    fact = generated(await make(event, FakeKeeper().work()))
    await store.delete(fact.clip.video.key)
    generated(await make(event, FakeKeeper().work()))
    assert provider.fetched == 2


def other_provider(made: Plan) -> Plan:
    settings = made.settings.model_copy(update={"providers": ("pika",)})
    return made.model_copy(update={"settings": settings})


@pytest.mark.parametrize(
    ("code", "made"),
    [
        (ErrorCode.INVALID_INPUT, plan(scene(7))),
        (ErrorCode.INVALID_INPUT, plan(scene(0, frames=301))),
        (ErrorCode.PROVIDER_NOT_CONFIGURED, other_provider(plan(scene()))),
    ],
    ids=["no such scene", "too long for the provider", "no such provider"],
)
async def test_what_cannot_be_made_is_refused_before_it_is_ordered(
    make: MakeScene, store: LocalObjects, provider: FakeProvider, code: ErrorCode, made: Plan
) -> None:
    with pytest.raises(Rejected) as refused:
        await make(await planned(store, made), FakeKeeper().work())
    assert refused.value.code is code
    assert provider.orders == {}


async def test_the_first_configured_provider_of_a_wish_is_asked(
    store: LocalObjects, cache: FakeClipCache, clock: Clock
) -> None:
    second, third = FakeProvider(), FakeProvider()
    make = maker(store, {"third": third, "second": second}, cache, clock)
    made = plan(scene())
    wish = made.settings.model_copy(update={"providers": ("first", "second", "third")})
    fact = generated(
        await make(
            await planned(store, made.model_copy(update={"settings": wish})), FakeKeeper().work()
        )
    )
    assert (fact.provider, len(second.orders), len(third.orders)) == ("second", 1, 0)


async def test_an_order_stays_with_its_provider_when_the_settings_change(
    store: LocalObjects, cache: FakeClipCache, clock: Clock
) -> None:
    first, second = FakeProvider(), FakeProvider()
    made = plan(scene())
    wish = made.settings.model_copy(update={"providers": ("first", "second")})
    event = await planned(store, made.model_copy(update={"settings": wish}))
    second.faults, second.took_before_fault = [Transient(ErrorCode.PROVIDER_UNCERTAIN)], True
    row = Row(maker(store, {"second": second}, cache, clock), event, clock)
    await row.run()
    row.make = maker(store, {"first": first, "second": second}, cache, clock)
    fact = generated(await row.finish())
    assert (fact.provider, first.sent, len(second.sent)) == ("second", [], 1)


async def test_a_clip_of_another_row_is_not_taken_once_an_order_is_paid(
    store: LocalObjects, cache: FakeClipCache, clock: Clock, provider: FakeProvider, make: MakeScene
) -> None:
    one = await planned(store, plan(scene()))
    other = await planned(store, plan(scene(), job=USER))
    row = Row(make, one, clock)
    provider.faults, provider.took_before_fault = [Transient(ErrorCode.PROVIDER_UNCERTAIN)], True
    await row.run()
    generated(await make(other, FakeKeeper().work(job=USER)))
    fact = generated(await row.finish())
    assert (fact.reused, str(fact.cost_usd)) == (False, "0.0500")
