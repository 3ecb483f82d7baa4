"""The real generator: a plan in, a clip per scene out, every message delivered twice."""

from pathlib import Path
from uuid import uuid4

import pytest
from contracts.errors import ErrorCode
from contracts.events import SceneGenerated, SceneProgressed, StageFailed
from runtime.objects import LocalObjects
from standins.server import serving
from standins.video import KEY, VideoStandin
from standins.video_faults import Faults
from studio.embedded.broker import MockBroker

from tests.component.generator.stage import started
from tests.component.harness import of_type
from tests.conftest import TestDatabase
from tests.unit.generator.making import plan, planned, scene


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


async def test_a_paid_provider_is_paid_once_per_scene(
    database: TestDatabase, bus: MockBroker, objects_root: Path
) -> None:
    standin = VideoStandin()
    script: dict[str, list[str | None]] = {
        "create": ["create_429", "create_reset_after"],
        "get": ["get_500"],
        "job": [None, "job_failed"],
        "download": ["download_500"],
    }
    standin.faults = Faults(script=script, make_seconds=(0.05, 0.2), retry_after=0.1)
    told = {
        "http_video_key": KEY,
        "http_video_poll_seconds": 0.1,
        "send_seconds": 0.5,
        "reconcile_seconds": 1,
        "lanes": {"http": 2},
    }
    with serving(standin.app) as base:
        async with started(database, bus, objects_root, http_video_url=base, **told) as generator:
            assert isinstance(generator.store, LocalObjects)
            made = plan(*(scene(index, frames=24) for index in range(4)), job=uuid4())
            wish = made.settings.model_copy(update={"providers": ("http", "animatic")})
            made = made.model_copy(update={"settings": wish})
            await generator.send(await planned(generator.store, made))
            await generator.settle()
            facts = of_type(await generator.said(), SceneGenerated)
            lanes = {row["lane"] for row in await generator.work()}
    ledger = standin.books.ledger()
    assert sorted(fact.scene_index for fact in facts) == [0, 1, 2, 3]
    assert {fact.provider for fact in facts} == lanes == {"http"}
    assert ledger["creates"] == 4 + 1
    assert (len(ledger["failed_tokens"]), ledger["twice_live"]) == (1, [])
    assert sum(float(fact.cost_usd) for fact in facts) == pytest.approx(ledger["paid_usd"])
