"""What a replay puts back on the bus, and what it leaves."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
from contracts.events import JobUpdated
from runtime import outbox
from runtime.db import Database
from runtime.relay import Relay
from runtime.replay import replay, unpublished

from tests.component.runtime.toys import SlowPublisher
from tests.conftest import TestDatabase
from tests.waiting import until


async def told(sql: "asyncpg.Connection[asyncpg.Record]", job: UUID, *, days: int) -> None:
    """An event that the projector's relay published so many days ago."""
    event = JobUpdated(
        job_id=job, user_id=uuid4(), project_id=uuid4(), version=1, status="running", progress=1
    )
    await outbox.put(sql, "projector", [event], cause_id=uuid4())
    await sql.execute(
        "update projector.outbox set created_at = now() - make_interval(days => $1),"
        " published_at = now() - make_interval(days => $1)"
        " where seq = (select max(seq) from projector.outbox)",
        days,
    )


async def add_job(sql: "asyncpg.Connection[asyncpg.Record]", status: str) -> UUID:
    user, project, job = uuid4(), uuid4(), uuid4()
    await sql.execute("insert into auth.users (id) values ($1)", user)
    await sql.execute("insert into public.projects (id, user_id) values ($1, $2)", project, user)
    await sql.execute(
        "insert into public.jobs (id, user_id, project_id, type, status)"
        " values ($1, $2, $3, 'generation', $4)",
        job,
        user,
        project,
        status,
    )
    return job


async def test_jobs_that_ended_long_ago_are_not_put_back_on_the_bus(
    sql: "asyncpg.Connection[asyncpg.Record]", database: TestDatabase
) -> None:
    """Their work rows may be gone: nobody would recognise them, and they would be paid again."""
    ended, open_job = await add_job(sql, "failed"), await add_job(sql, "running")
    for job in (ended, open_job):
        await told(sql, job, days=60)
        await told(sql, job, days=2)
    assert await replay(database.superuser, ["projector"]) == 3
    assert await unpublished(sql, ["projector", "gateway"]) == 3
    waiting = await sql.fetch(
        "select headers ->> 'ce_subject' as job from projector.outbox where published_at is null"
    )
    assert sorted(row["job"] for row in waiting) == sorted(
        [str(ended), str(open_job), str(open_job)]
    )


async def test_a_replay_since_an_instant_takes_only_what_came_later(
    sql: "asyncpg.Connection[asyncpg.Record]", database: TestDatabase
) -> None:
    job = await add_job(sql, "running")
    for days in (1, 3, 5):
        await told(sql, job, days=days)
    since = datetime.now(UTC) - timedelta(days=4)
    assert await replay(database.superuser, ["projector"], since=since) == 2


async def test_a_replay_waits_for_a_relay_that_has_published_and_not_yet_marked(
    sql: "asyncpg.Connection[asyncpg.Record]", database: TestDatabase
) -> None:
    """It published to the broker that is lost: its mark must not come after ours."""

    await told(sql, uuid4(), days=1)
    await sql.execute("update projector.outbox set published_at = null")
    db = Database(database.dsn("projector"), 2)
    await db.open()
    slow = SlowPublisher()
    relay = asyncio.create_task(Relay(db, "projector", slow).publish_once())
    await slow.entered.wait()
    marking = asyncio.create_task(replay(database.superuser, ["projector"]))

    async def waits() -> bool:
        return bool(
            await sql.fetchval(
                "select exists(select from pg_stat_activity where wait_event = 'advisory')"
            )
        )

    await until(waits, "the replay waits")
    slow.go_on.set()
    assert await relay == 1
    assert await marking == 1
    assert await unpublished(sql, ["projector"]) == 1
    await db.close()
