"""MakeScene on fakes: paid once, resumed, reused, told of, and refused."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from contracts.documents import Plan
from contracts.errors import ErrorCode, Rejected, Transient
from contracts.events import SceneGenerated, SceneProgressed
from generator.domain.provider import Patience, Phase
from generator.handlers import MakeScene, VideoProvider
from runtime.objects import LocalObjects
from runtime.work import Done, Failed, Outcome, Waiting

from tests.unit.generator.making import (
    USER,
    FakeClipCache,
    FakeKeeper,
    FakeMezzanineMaker,
    FakeProvider,
    plan,
    planned,
    scene,
)

START = 1_000.0


class Clock:
    """Two seconds pass with every look."""

    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> float:
        self.time += 2.0
        return self.time


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
def tokens() -> Iterator[str]:
    return (f"token-{n}" for n in itertools.count(1))


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


@pytest.fixture
def make(
    store: LocalObjects,
    provider: FakeProvider,
    cache: FakeClipCache,
    tokens: Iterator[str],
    scratch: Path,
) -> MakeScene:
    providers: dict[str, VideoProvider] = {"animatic": provider}
    return MakeScene(
        providers=providers,
        mezzanine=FakeMezzanineMaker(),
        cache=cache,
        store=store,
        now=Clock(),
        new_token=lambda: next(tokens),
        patience=Patience(100, 100),
        scratch=scratch,
    )


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


async def test_an_order_is_written_down_before_it_is_placed(
    make: MakeScene, store: LocalObjects, provider: FakeProvider
) -> None:
    event, keeper = await planned(store, plan(scene())), FakeKeeper()
    provider.faults = [Transient(ErrorCode.PROVIDER_UNCERTAIN)]
    provider.took_before_fault = True
    with pytest.raises(Transient):
        await make(event, keeper.work())
    assert keeper.checkpoint["token"] == "token-1"
    assert keeper.checkpoint["request_id"] is None
    fact = generated(await make(event, keeper.work()))
    assert fact.provider_request_id == "order-token-1"
    assert list(provider.orders) == ["token-1"]


async def test_an_order_that_never_arrived_is_placed_again(
    make: MakeScene, store: LocalObjects, provider: FakeProvider
) -> None:
    event, keeper = await planned(store, plan(scene())), FakeKeeper()
    provider.faults = [Transient(ErrorCode.PROVIDER_UNCERTAIN)]
    with pytest.raises(Transient):
        await make(event, keeper.work())
    generated(await make(event, keeper.work()))
    assert list(provider.orders) == ["token-2"]


async def test_a_clean_refusal_leaves_nothing_to_reconcile(
    make: MakeScene, store: LocalObjects, provider: FakeProvider
) -> None:
    event, keeper = await planned(store, plan(scene())), FakeKeeper()
    provider.faults = [Transient(ErrorCode.PROVIDER_RATE_LIMITED, retry_after=7)]
    with pytest.raises(Transient):
        await make(event, keeper.work())
    assert keeper.checkpoint == {}


async def test_a_running_order_is_waited_for_and_not_repeated(
    make: MakeScene, store: LocalObjects, provider: FakeProvider
) -> None:
    event, keeper = await planned(store, plan(scene())), FakeKeeper()
    provider.phases = [Phase.QUEUED, Phase.RUNNING, Phase.SUCCEEDED]
    for _ in range(2):
        outcome = await make(event, keeper.work())
        assert isinstance(outcome, Waiting)
        assert outcome.seconds == 4.0
        keeper.checkpoint = outcome.checkpoint
    assert keeper.checkpoint["running_at"] is not None
    generated(await make(event, keeper.work()))
    assert list(provider.orders) == ["token-1"]


async def test_an_order_that_takes_too_long_is_given_up(
    make: MakeScene, store: LocalObjects, provider: FakeProvider
) -> None:
    event, keeper = await planned(store, plan(scene())), FakeKeeper()
    provider.phases = [Phase.RUNNING]
    outcomes: list[Outcome] = []
    while len(outcomes) < 100 and not (outcomes and isinstance(outcomes[-1], Failed)):
        outcomes.append(await make(event, keeper.work()))
        if isinstance(outcomes[-1], Waiting):
            keeper.checkpoint = outcomes[-1].checkpoint
    assert outcomes[-1] == Failed(ErrorCode.SCENE_TIMEOUT)
    assert provider.cancelled == ["token-1"]


async def test_a_failed_order_fails_the_scene(
    make: MakeScene, store: LocalObjects, provider: FakeProvider
) -> None:
    provider.phases = [Phase.FAILED]
    outcome = await make(await planned(store, plan(scene())), FakeKeeper().work())
    assert isinstance(outcome, Failed)
    assert (outcome.code, outcome.message) == (ErrorCode.AI_PROVIDER_FAILURE, "")
    assert "fell over" in outcome.detail


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
