"""The read model made anew from the outboxes, and what is deleted of it in time."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncGenerator, Sequence
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from contracts import events as e
from contracts.errors import ErrorCode
from contracts.topics import BY_EVENT
from contracts.values import SourceKind
from projector.adapters.history import Outboxes
from projector.adapters.read_model import PostgresReadModel
from projector.adapters.retention import EventRetention
from projector.domain.rebuild import rebuild
from projector.handlers.project import Project
from projector.handlers.rebuild import Progress, RebuildReadModel
from runtime import outbox
from runtime.bus import Record
from runtime.db import Database, connect

from tests.component.projector.story import (
    Rows,
    add_export,
    film,
    generated,
    make_rows,
    script_ready,
    snapshot,
    stitched,
)
from tests.conftest import TestDatabase
from tests.samples import object_ref

WRECK = """
delete from public.job_scenes;
update public.jobs set status = 'queued', stage = null, progress = 0, version = 0,
  scene_count = null, result = null, result_s3_key = null, error_code = null,
  error_message = null, joined = 0, film_error = null;
update public.exports set status = 'queued', progress = 0, result = null;
update public.scripts set status = 'pending', script_ref = null, words = null, seconds = null;
"""


class World:
    """Services that write events into their outboxes, and a projector that reads them."""

    def __init__(self, sql: "asyncpg.Connection[asyncpg.Record]", db: Database) -> None:
        self.sql = sql
        self.project = Project(PostgresReadModel(db), lambda: None)
        self.offset = 0

    async def write(self, *events: e.Event) -> list[Record]:
        """Each event by the service that says it; as they will lie in Kafka."""
        records: list[Record] = []
        for event in events:
            producer = BY_EVENT[type(event)].producers[0]
            await outbox.put(self.sql, producer, [event], cause_id=uuid4())
            row = await self.sql.fetchrow(
                f"select * from {producer}.outbox order by seq desc limit 1"
            )
            assert row is not None
            headers = [(name, value.encode()) for name, value in row["headers"].items()]
            records.append(Record(row["topic"], 0, self.offset, row["key"], headers, row["body"]))
            self.offset += 1
        return records

    async def fold(self, records: Sequence[Record]) -> None:
        for record in records:
            await self.project([record])

    async def rebuild(self) -> Progress:
        return [step async for step in RebuildReadModel(Outboxes(self.sql, uuid4()))()][-1]


@pytest.fixture
async def world(database: TestDatabase) -> AsyncGenerator[World, None]:
    sql = await connect(database.superuser)
    db = Database(database.dsn("projector"), 2)
    await db.open()
    yield World(sql, db)
    await db.close()
    await sql.close()


async def films(world: World) -> list[Rows]:
    """A whole film in an odd order, a failed one, a cancelled one, and an import."""
    whole, lost, given_up = [await make_rows(world.sql, "generation") for _ in range(3)]
    imported = await make_rows(world.sql, "import")
    export = uuid4()
    await add_export(whole, export)
    beside = stitched(whole).model_copy(update={"export_id": export})
    records = await world.write(*film(whole), beside)
    await world.fold([records[n] for n in (1, 0, 3, 2, 4, 6, 5)])
    failed = e.StageFailed(
        **lost.ids,
        stage="generator",
        scene_index=1,
        code=ErrorCode.SCENE_TIMEOUT,
        message="too slow",
        attempt=3,
    )
    await world.fold(await world.write(*film(lost)[:4], failed))
    await world.sql.execute(
        "update public.jobs set cancel_requested_at = now() where id = $1", given_up.job_id
    )
    cancelled = e.JobCancelled(**given_up.ids, reason="enough")
    await world.fold(await world.write(*film(given_up)[:2], cancelled, generated(given_up, 0)))
    ready = script_ready(imported)
    source = e.Source(kind=SourceKind.TEXT, upload=object_ref("a.txt"))
    asked = e.ImportRequested(**imported.ids, script_id=imported.script_id, source=source)
    await world.fold(await world.write(asked, ready))
    await world.sql.execute(
        "update public.scripts set title = 'My own' where id = $1", imported.script_id
    )
    return [whole, lost, given_up, imported]


def timeless(tables: list[list[dict[str, Any]]]) -> list[list[dict[str, Any]]]:
    """Without times and random ids, which a dropped row does not get back."""
    odd = {"updated_at", "created_at"}
    _, scenes, *_ = tables
    bare = [[{k: v for k, v in row.items() if k not in odd} for row in table] for table in tables]
    bare[1] = [{k: v for k, v in row.items() if k not in odd | {"id"}} for row in scenes]
    return bare


async def test_rows_that_are_right_are_not_touched(world: World) -> None:
    await films(world)
    before = await snapshot(world.sql)
    assert await world.rebuild() == Progress(of=4, looked_at=4, changed=0, left=0)
    assert await snapshot(world.sql) == before


async def test_rebuilt_rows_equal_the_rows_before(world: World) -> None:
    await films(world)
    before = timeless(await snapshot(world.sql))
    await world.sql.execute(WRECK)
    assert timeless(await snapshot(world.sql)) != before
    assert await world.rebuild() == Progress(of=4, looked_at=4, changed=4, left=0)
    assert timeless(await snapshot(world.sql)) == before
    announced = await world.sql.fetchval(
        "select count(*) from projector.outbox where topic = 'job.updated'"
    )
    assert (await world.rebuild()).changed == 0
    assert announced == await world.sql.fetchval(
        "select count(*) from projector.outbox where topic = 'job.updated'"
    )


async def test_with_nothing_left_of_it_a_job_gets_the_same_state_and_version(
    world: World,
) -> None:
    await films(world)
    jobs, scenes, events, scripts, exports = timeless(await snapshot(world.sql))
    await world.sql.execute(WRECK + "delete from public.job_events")
    assert (await world.rebuild()).changed == 4
    after = timeless(await snapshot(world.sql))
    assert [after[0], after[1], after[3], after[4]] == [jobs, scenes, scripts, exports]
    assert {row["event_id"] for row in after[2]} == {row["event_id"] for row in events}
    numbers = [(row["job_id"], row["seq"]) for row in events]
    assert [(row["job_id"], row["seq"]) for row in after[2]] == numbers


async def test_a_projector_goes_on_behind_a_rebuild(world: World) -> None:
    """What a rebuild found in the outboxes before the bus had brought it is recognised."""
    rows = await make_rows(world.sql, "generation")
    records = await world.write(*film(rows))
    await world.fold(records[:2])
    assert (await world.rebuild()).changed == 1
    await world.fold(records)
    assert (await rows.job())["version"] == 6
    assert [event["seq"] for event in await rows.events()] == [1, 2, 3, 4, 5, 6]
    assert (await world.rebuild()).changed == 0


async def test_a_job_whose_events_are_not_all_kept_is_left_as_it_is(world: World) -> None:
    whole, lost, *_ = await films(world)
    await world.sql.execute(
        "delete from gateway.outbox where headers ->> 'ce_subject' = $1", str(whole.job_id)
    )
    await world.sql.execute(
        "delete from generator.outbox where headers ->> 'ce_subject' = $1", str(lost.job_id)
    )
    stranger = await make_rows(world.sql, "upload")
    before = await snapshot(world.sql)
    assert await world.rebuild() == Progress(of=4, looked_at=4, changed=0, left=3)
    assert await snapshot(world.sql) == before
    assert (await stranger.job())["version"] == 0


async def test_readers_see_the_old_rows_until_all_of_a_job_is_new(
    world: World, database: TestDatabase
) -> None:
    whole, *_ = await films(world)
    await world.sql.execute("update public.jobs set status = 'running', progress = 7")
    reader = await connect(database.superuser)
    before = await snapshot(reader)
    past = Outboxes(world.sql, uuid4())
    await past.collect()
    async with past.batch([whole.job_id]) as jobs:
        job = jobs.jobs[whole.job_id]
        change = rebuild(job, jobs.written[job.id], jobs.kept[job.id])
        assert change is not None
        await jobs.replace([change])
        assert await snapshot(reader) == before
    assert (await whole.job())["status"] == "succeeded"
    assert [event["seq"] for event in await whole.events()] == [1, 2, 3, 4, 5, 6, 7]
    await reader.close()


async def test_the_command_rebuilds_beside_nothing_else_and_tells_how_far_it_is(
    world: World, database: TestDatabase
) -> None:
    await films(world)
    before = timeless(await snapshot(world.sql))
    await world.sql.execute(WRECK)
    words = [sys.executable, "-m", "projector.main", "--rebuild"]
    process = await asyncio.create_subprocess_exec(
        *words,
        env={"PATH": os.defpath, "DATABASE_URL": database.superuser},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    lines = [json.loads(line) for line in out.splitlines()]
    assert lines[0] == {"of": 4, "looked_at": 0, "changed": 0, "left": 0}
    assert lines[-1] == {"of": 4, "looked_at": 4, "changed": 4, "left": 0}
    assert timeless(await snapshot(world.sql)) == before


async def test_a_role_that_may_not_read_all_outboxes_is_told_in_one_line(
    database: TestDatabase,
) -> None:
    process = await asyncio.create_subprocess_exec(
        *[sys.executable, "-m", "projector.main", "--rebuild"],
        env={"PATH": os.defpath, "DATABASE_URL": database.dsn("projector")},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    _, err = await process.communicate()
    assert process.returncode == 1
    assert err.decode().startswith("the read model could not be rebuilt: permission denied")
    assert len(err.decode().splitlines()) == 1


async def test_events_of_jobs_that_ended_long_ago_are_deleted_and_the_jobs_stay(
    world: World, database: TestDatabase
) -> None:
    whole, lost, given_up, imported = await films(world)

    async def age(rows: Rows, ended: int, happened: int) -> None:
        await world.sql.execute(
            "update public.jobs set updated_at = now() - make_interval(days => $2) where id = $1",
            rows.job_id,
            ended,
        )
        await world.sql.execute(
            "update public.job_events set created_at = now() - make_interval(days => $2)"
            " where job_id = $1",
            rows.job_id,
            happened,
        )

    await age(whole, 91, 91)
    await age(lost, 89, 91)
    await age(imported, 91, 91)
    await world.sql.execute(
        "update public.jobs set status = 'running' where id = $1", imported.job_id
    )
    jobs = (await snapshot(world.sql))[0]
    db = Database(database.dsn("projector"), 2)
    await db.open()
    retention = EventRetention(db, days=90)
    assert await retention.sweep() == 7
    assert await retention.sweep() == 0
    await db.close()
    left: set[UUID] = {
        row["job_id"] for row in await world.sql.fetch("select job_id from public.job_events")
    }
    assert left == {lost.job_id, given_up.job_id, imported.job_id}
    assert (await snapshot(world.sql))[0] == jobs
