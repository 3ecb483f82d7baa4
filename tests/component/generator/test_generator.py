"""The real generator: a plan in, a clip per scene out, every message delivered twice."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

from contracts.errors import ErrorCode
from contracts.events import SceneGenerated, SceneProgressed, StageFailed
from generator.main import build
from generator.settings import Settings
from runtime.objects import LocalObjects
from studio.embedded.broker import MockBroker

from tests.component.harness import Running, of_type, running, runtime_settings
from tests.conftest import TestDatabase
from tests.unit.generator.making import plan, planned, scene


@asynccontextmanager
async def started(
    database: TestDatabase, bus: MockBroker, objects_root: Path
) -> AsyncGenerator[Running, None]:
    settings = runtime_settings("generator", database, bus, objects_root)
    async with running(lambda s: build(Settings(runtime=s, encodes=2)), settings, database) as it:
        yield it


async def test_every_scene_of_a_plan_becomes_one_clip(
    database: TestDatabase, bus: MockBroker, objects_root: Path
) -> None:
    async with started(database, bus, objects_root) as generator:
        assert isinstance(generator.store, LocalObjects)
        job = uuid4()
        made = plan(scene(0, frames=12), scene(1, frames=12), job=job)
        await generator.send(await planned(generator.store, made))
        await generator.settle()
        said = await generator.said()
        facts = of_type(said, SceneGenerated)
        assert sorted(fact.scene_index for fact in facts) == [0, 1]
        for fact in facts:
            assert (fact.scene_count, fact.reused, fact.provider) == (2, False, "animatic")
            assert await generator.store.head(fact.clip.video.key) == fact.clip.video
            assert await generator.store.head(fact.clip.poster.key) == fact.clip.poster
            rose = [
                e.progress
                for e in of_type(said, SceneProgressed)
                if e.scene_index == fact.scene_index
            ]
            assert rose == sorted(rose)


async def test_the_same_scene_is_not_made_twice(
    database: TestDatabase, bus: MockBroker, objects_root: Path
) -> None:
    async with started(database, bus, objects_root) as generator:
        assert isinstance(generator.store, LocalObjects)
        for job in (uuid4(), uuid4()):
            made = plan(scene(0, frames=12), job=job)
            await generator.send(await planned(generator.store, made))
            await generator.settle()
        first, second = of_type(await generator.said(), SceneGenerated)
        assert (first.reused, second.reused) == (False, True)
        assert second.clip == first.clip


async def test_a_missing_plan_fails_every_scene_with_a_code(
    database: TestDatabase, bus: MockBroker, objects_root: Path
) -> None:
    async with started(database, bus, objects_root) as generator:
        assert isinstance(generator.store, LocalObjects)
        event = await planned(generator.store, plan(scene(0), scene(1), job=uuid4()))
        await generator.store.delete(event.plan.key)
        await generator.send(event)
        await generator.settle()
        failures = of_type(await generator.said(), StageFailed)
        assert sorted((f.scene_index, f.code) for f in failures) == [
            (0, ErrorCode.STORAGE_FAILED),
            (1, ErrorCode.STORAGE_FAILED),
        ]
