"""Another take on the real generator: paid once however often it is told of, or failed by name."""

from pathlib import Path
from uuid import uuid4

from contracts.errors import ErrorCode
from contracts.events import SceneGenerated, SceneRequested, ScenesPlanned, StageFailed
from runtime.objects import LocalObjects
from standins.server import serving
from standins.video import KEY, VideoStandin
from standins.video_faults import Faults
from studio.embedded.broker import MockBroker

from tests.component.generator.stage import started
from tests.component.harness import Running, of_type
from tests.conftest import TestDatabase
from tests.unit.generator.making import plan, planned, scene


async def first_take(generator: Running) -> ScenesPlanned:
    assert isinstance(generator.store, LocalObjects)
    made = plan(scene(0, frames=24), job=uuid4())
    return await planned(generator.store, made)


def again(first: ScenesPlanned, provider: str, take: int = 2) -> SceneRequested:
    return SceneRequested.caused_by(
        first,
        plan=first.plan,
        scene_index=0,
        scene_count=1,
        take=take,
        providers=(provider,),
        prompt="a hill at night",
    )


async def test_a_take_that_is_delivered_twice_is_paid_for_once(
    database: TestDatabase, bus: MockBroker, objects_root: Path
) -> None:
    standin = VideoStandin()
    standin.faults = Faults(make_seconds=(0.05, 0.1))
    told = {"http_video_key": KEY, "http_video_poll_seconds": 0.1}
    with serving(standin.app) as base:
        async with started(database, bus, objects_root, http_video_url=base, **told) as generator:
            first = await first_take(generator)
            await generator.send(first)
            await generator.send(again(first, "http"))
            await generator.settle()
            facts = of_type(await generator.said(), SceneGenerated)
    assert sorted((fact.take, fact.provider) for fact in facts) == [(1, "animatic"), (2, "http")]
    assert len({fact.clip.video.key for fact in facts}) == 2
    assert standin.books.ledger()["creates"] == 1


async def test_a_take_that_fails_is_named_by_its_number(
    database: TestDatabase, bus: MockBroker, objects_root: Path
) -> None:
    async with started(database, bus, objects_root) as generator:
        await generator.send(again(await first_take(generator), "nobody", take=3))
        await generator.settle()
        (failed,) = of_type(await generator.said(), StageFailed)
    assert (failed.scene_index, failed.take) == (0, 3)
    assert failed.code is ErrorCode.PROVIDER_NOT_CONFIGURED
