"""The real projector on the embedded bus and database, every message delivered twice."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from contracts import events as e
from contracts.envelope import Envelope
from contracts.errors import ErrorCode
from faststream.kafka import KafkaBroker
from projector.handlers import UNKNOWN_JOBS
from projector.main import build
from projector.settings import Settings
from runtime.db import connect
from runtime.settings import RuntimeSettings
from studio.embedded.broker import MockBroker

from tests.component.harness import Running, of_type, running, runtime_settings
from tests.conftest import TestDatabase
from tests.samples import object_ref


@dataclass
class Rows:
    """A user with a project, a script and one job, as the gateway would have made them."""

    sql: "asyncpg.Connection[asyncpg.Record]"
    user_id: UUID
    project_id: UUID
    script_id: UUID
    job_id: UUID

    @property
    def ids(self) -> dict[str, Any]:
        return {"job_id": self.job_id, "user_id": self.user_id, "project_id": self.project_id}

    async def job(self) -> asyncpg.Record:
        row = await self.sql.fetchrow("select * from public.jobs where id = $1", self.job_id)
        assert row is not None
        return row

    async def scenes(self) -> list[asyncpg.Record]:
        return await self.sql.fetch(
            "select * from public.job_scenes where job_id = $1 order by scene_index", self.job_id
        )

    async def events(self) -> list[asyncpg.Record]:
        return await self.sql.fetch(
            "select seq, type, data from public.job_events where job_id = $1 order by seq",
            self.job_id,
        )


async def make_rows(sql: "asyncpg.Connection[asyncpg.Record]", kind: str) -> Rows:
    rows = Rows(sql, uuid4(), uuid4(), uuid4(), uuid4())
    await sql.execute("insert into auth.users (id) values ($1)", rows.user_id)
    await sql.execute(
        "insert into public.projects (id, user_id) values ($1, $2)", rows.project_id, rows.user_id
    )
    await sql.execute(
        "insert into public.scripts (id, user_id, project_id) values ($1, $2, $3)",
        rows.script_id,
        rows.user_id,
        rows.project_id,
    )
    await sql.execute(
        "insert into public.jobs (id, user_id, project_id, script_id, type)"
        " values ($1, $2, $3, $4, $5)",
        rows.job_id,
        rows.user_id,
        rows.project_id,
        rows.script_id,
        kind,
    )
    return rows


def build_projector(settings: RuntimeSettings) -> Any:
    return build(Settings(runtime=settings))


@pytest.fixture
def settings(database: TestDatabase, bus: MockBroker, objects_root: Path) -> RuntimeSettings:
    return runtime_settings("projector", database, bus, objects_root)


Start = Callable[[], AbstractAsyncContextManager[Running]]


@pytest.fixture
def start(settings: RuntimeSettings, database: TestDatabase) -> Start:
    return lambda: running(build_projector, settings, database)


def planned(rows: Rows) -> e.ScenesPlanned:
    return e.ScenesPlanned(
        **rows.ids,
        script_id=rows.script_id,
        plan=object_ref("plan.json"),
        title="Film",
        settings=e.GenerationSettings(),
        scenes=tuple(
            e.PlannedScene(index=i, title=f"Scene {i}", prompt="p", frames=60) for i in range(2)
        ),
    )


def generated(rows: Rows, index: int) -> e.SceneGenerated:
    clip = e.Clip(
        video=object_ref("clip.mp4"),
        poster=object_ref("clip.jpg"),
        width=1280,
        height=720,
        fps=30,
        frames=60,
    )
    return e.SceneGenerated(
        **rows.ids,
        scene_index=index,
        scene_count=2,
        clip=clip,
        provider="animatic",
        reused=index == 1,
    )


def stitched(rows: Rows) -> e.VideoStitched:
    return e.VideoStitched(
        **rows.ids,
        video=object_ref("film.mp4"),
        captions=object_ref("film.srt"),
        poster=object_ref("poster.jpg"),
        title="Film",
        width=1280,
        height=720,
        fps=30,
        frames=120,
        scenes=2,
    )


async def test_a_film_is_told_from_first_to_last_event(start: Start) -> None:
    async with start() as projector:
        rows = await make_rows(projector.sql, "generation")
        requested = e.GenerationRequested(
            **rows.ids, script_id=rows.script_id, script=object_ref("script.json")
        )
        progress = e.SceneProgressed(**rows.ids, scene_index=0, progress=0.5, provider="animatic")
        await projector.send(requested)
        await projector.send(planned(rows))
        await projector.send(progress)
        await projector.send(generated(rows, 0), generated(rows, 1))
        await projector.send(stitched(rows))
        await projector.settle()

        job = await rows.job()
        assert (job["status"], job["stage"], job["progress"]) == ("succeeded", "done", 100)
        assert job["version"] == 6
        assert job["result"]["seconds"] == 4.0
        assert job["result_s3_key"] == "users/u/projects/p/film.mp4"
        scenes = await rows.scenes()
        assert [(s["scene_index"], s["status"], s["progress"], s["reused"]) for s in scenes] == [
            (0, "succeeded", 100, False),
            (1, "succeeded", 100, True),
        ]
        assert [s["title"] for s in scenes] == ["Scene 0", "Scene 1"]
        events = await rows.events()
        assert [event["seq"] for event in events] == [1, 2, 3, 4, 5, 6]
        assert events[-1]["data"]["job"]["version"] == 6
        announced = of_type(await projector.said(), e.JobUpdated)
        assert announced[-1].version == 6
        assert [a.version for a in announced] == sorted({a.version for a in announced})


async def test_an_import_fills_its_script(start: Start) -> None:
    async with start() as projector:
        rows = await make_rows(projector.sql, "import")
        ready = e.ScriptReady(
            **rows.ids,
            script_id=rows.script_id,
            script=object_ref("script.json"),
            title="Moon",
            language="en",
            words=12,
            seconds=3.5,
        )
        await projector.send(ready)
        await projector.settle()
        script = await projector.sql.fetchrow(
            "select * from public.scripts where id = $1", rows.script_id
        )
        assert script is not None
        assert (script["status"], script["title"], script["words"]) == ("ready", "Moon", 12)
        assert script["script_key"] == "users/u/projects/p/script.json"
        assert (await rows.job())["status"] == "succeeded"


async def test_a_failed_scene_fails_the_job_with_its_code(start: Start) -> None:
    async with start() as projector:
        rows = await make_rows(projector.sql, "generation")
        failed = e.StageFailed(
            **rows.ids,
            stage="generator",
            scene_index=1,
            code=ErrorCode.SCENE_TIMEOUT,
            message="too slow",
            attempt=3,
        )
        await projector.send(planned(rows), failed)
        await projector.settle()
        job = await rows.job()
        assert (job["status"], job["error_code"]) == ("failed", "SCENE_TIMEOUT")
        assert [scene["status"] for scene in await rows.scenes()] == ["cancelled", "failed"]


async def test_what_is_no_event_and_what_belongs_to_nobody_stop_nothing(start: Start) -> None:
    async with start() as projector:
        rows = await make_rows(projector.sql, "generation")
        stranger = planned(rows).model_copy(update={"job_id": uuid4()})
        before = UNKNOWN_JOBS._value.get()
        await projector.broker.publish(b"\xff\xfe", "scenes.planned", key=b"x", headers={"a": "b"})
        await projector.send(stranger)
        await projector.send(planned(rows))
        await projector.settle()
        assert (await rows.job())["version"] == 1
        assert UNKNOWN_JOBS._value.get() == before + 2
        letters = await projector.sql.fetch(
            "select headers from projector.outbox where topic = 'projector.dlq'"
        )
        assert [letter["headers"]["dlq_reason"] for letter in letters] == ["not_cloudevents"]


async def test_a_text_the_database_cannot_keep_stops_nothing(start: Start) -> None:
    async with start() as projector:
        rows = await make_rows(projector.sql, "generation")
        plan = planned(rows)
        scene = plan.scenes[0].model_copy(update={"title": "A\x00B \\u0000", "prompt": "\x00"})
        await projector.send(plan.model_copy(update={"scenes": (scene,)}))
        await projector.settle()
        (kept,) = await rows.scenes()
        assert kept["title"] == "AB \\u0000"
        assert kept["prompt"]["text"] == ""


async def test_it_carries_on_where_it_stopped_and_nothing_is_applied_twice(
    start: Start,
) -> None:
    async with start() as first:
        rows = await make_rows(first.sql, "generation")
        await first.send(planned(rows))
        await first.settle()
    async with start() as second:
        rows.sql = second.sql
        await second.send(generated(rows, 0))
        await second.settle()
        assert (await rows.job())["version"] == 2
        stored = await second.sql.fetchval("select sum(next_offset) from projector.offsets")
        assert stored == 4


async def test_offsets_of_a_lost_log_are_not_trusted(
    settings: RuntimeSettings, database: TestDatabase, start: Start
) -> None:
    """The group never committed on this broker, so the stored offsets are another log's."""
    sql = await connect(database.superuser)
    rows = await make_rows(sql, "generation")
    await sql.execute(
        "insert into projector.offsets (topic, partition, next_offset)"
        " select 'scenes.planned', n, 1 from generate_series(0, 1) n"
    )
    await sql.close()
    event = planned(rows)
    envelope = Envelope(id=uuid4(), source="/test", time=datetime.now(UTC), event=event)
    async with KafkaBroker(settings.kafka_bootstrap_servers, logger=None) as broker:
        key = envelope.key.encode()
        await broker.publish(
            envelope.body().encode(), "scenes.planned", key=key, headers=envelope.headers()
        )
        await broker.publish(b"filler", "scenes.planned", key=key)
    async with start() as projector:
        rows.sql = projector.sql
        await projector.settle()
        assert (await rows.job())["version"] == 1
