"""What keeps a service healthy over weeks: limits, retention, and stuck work that is seen."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from contracts.events import ImportRequested
from runtime.db import Database
from runtime.retention import Retention
from runtime.service import Service
from runtime.settings import RuntimeSettings
from runtime.upkeep import Upkeep
from runtime.work import Done, Outcome, Route, Work
from studio.embedded.broker import MockBroker

from tests.component.harness import running, runtime_settings
from tests.component.runtime.toys import requested
from tests.conftest import TestDatabase
from tests.waiting import until


class Nothing:
    async def __call__(self, event: ImportRequested, work: Work) -> Outcome:
        return Done()


def build(settings: RuntimeSettings) -> Service:
    return Service("transcriber", settings, [Route(ImportRequested, "fetch", Nothing())])


@pytest.fixture
def settings(database: TestDatabase, bus: MockBroker, objects_root: Path) -> RuntimeSettings:
    return runtime_settings("transcriber", database, bus, objects_root, dead_letter_limit=5)


@pytest.fixture
async def db(database: TestDatabase) -> AsyncGenerator[Database, None]:
    db = Database(database.dsn("transcriber"), 2)
    await db.open()
    yield db
    await db.close()


async def test_a_run_of_dead_letters_stops_the_consumer_with_its_offsets_where_they_were(
    settings: RuntimeSettings, database: TestDatabase
) -> None:
    async with running(build, settings, database) as app:
        death = app.service.loops.dead
        for n in range(40):
            await app.broker.publish(b"garbage", "import.requested", key=str(n).encode())
        await asyncio.wait_for(death.wait(), 20)
        assert app.service.live()["service"]
        kept = await app.sql.fetchval("select count(*) from transcriber.outbox")
        assert kept <= 5
        assert not await app.consumed()


async def test_few_dead_letters_among_good_messages_stop_nothing(
    settings: RuntimeSettings, database: TestDatabase
) -> None:
    async with running(build, settings, database) as app:
        for _ in range(4):
            for n in range(2):
                await app.broker.publish(b"garbage", "import.requested", key=str(n).encode())
            await until(app.consumed, "dead letters consumed")
            await app.send(requested(), times=1)
            await until(app.consumed, "good message consumed")
        await app.settle()
        assert app.service.live()["service"] is None
        assert len(await app.work()) == 4


async def test_work_due_for_too_long_makes_the_service_not_ready(
    settings: RuntimeSettings, database: TestDatabase
) -> None:
    async with running(build, settings, database) as app:
        await app.sql.execute(
            "insert into transcriber.work (id, step, job_id, user_id, event_id, event_type, event,"
            " due_at) values (gen_random_uuid(), 'gone', gen_random_uuid(), gen_random_uuid(),"
            " gen_random_uuid(), 'x', '{}', now() - interval '1 hour')"
        )
        await app.service.measure()
        assert app.service.ready()["work"] is None, "no step of this service"
        app.service.workers.routes = {"gone": app.service.workers.routes["fetch"]}
        await app.service.measure()
        assert "gone" in (app.service.ready()["work"] or "")


async def test_upkeep_goes_on_beside_the_work_and_a_bug_in_it_does_not_go_unseen(
    settings: RuntimeSettings, database: TestDatabase
) -> None:
    turns = asyncio.Event()
    bug = asyncio.Event()

    async def turn() -> bool:
        turns.set()
        await bug.wait()
        raise ValueError("a bug")

    def kept(settings: RuntimeSettings) -> Service:
        upkeep = [Upkeep("sweep", 3_600.0, turn)]
        routes = [Route(ImportRequested, "fetch", Nothing())]
        return Service("transcriber", settings, routes, upkeep=upkeep)

    async with running(kept, settings, database) as app:
        await asyncio.wait_for(turns.wait(), 10)
        assert app.service.live()["service"] is None
        bug.set()
        await asyncio.wait_for(app.service.loops.dead.wait(), 10)
        assert app.service.live()["service"] == "sweep has ended"


async def test_retention_deletes_what_is_closed_and_old_and_nothing_else(db: Database) -> None:
    await db.execute(
        """
        insert into transcriber.work (id, step, job_id, user_id, event_id, event_type, event,
          state, created_at, finished_at)
        select gen_random_uuid(), 's', gen_random_uuid(), gen_random_uuid(), gen_random_uuid(),
          'x', '{}', state, now() - interval '90 days', finished
        from (values ('open', null::timestamptz), ('done', now() - interval '46 days'),
          ('failed', now() - interval '46 days'), ('done', now() - interval '44 days'))
          as rows(state, finished)
        """
    )
    await db.execute(
        """
        insert into transcriber.outbox (event_id, topic, headers, body, created_at, published_at)
        select gen_random_uuid(), 't', '{}', '', now() - interval '90 days', published
        from (values (null::timestamptz), (now() - interval '15 days'),
          (now() - interval '13 days'))
          as rows(published)
        """
    )
    await db.execute(
        """
        insert into transcriber.outbox (event_id, topic, headers, body, created_at, published_at)
        select gen_random_uuid(), 'transcriber.dlq', '{}', '', at, at
        from (values (now() - interval '20 days'), (now() - interval '31 days')) as rows(at)
        """
    )
    await db.execute(
        """
        insert into transcriber.shared (event_id, job_id, event, created_at)
        select gen_random_uuid(), job_id, '{}'::json, now() - interval '90 days'
        from transcriber.work where state = 'open'
        union all select gen_random_uuid(), gen_random_uuid(), '{}', now() - interval '46 days'
        union all select gen_random_uuid(), gen_random_uuid(), '{}', now() - interval '44 days'
        """
    )
    retention = Retention(db, "transcriber", work_days=45, outbox_days=14)
    assert await retention.sweep() == 5
    assert await retention.sweep() == 0
    states = await db.fetch("select state from transcriber.work order by state")
    assert [row["state"] for row in states] == ["done", "open"]
    assert await db.fetchval("select count(*) from transcriber.shared") == 2, "one is worked on"
    topics = await db.fetch("select topic from transcriber.outbox order by topic")
    assert [row["topic"] for row in topics] == ["t", "t", "transcriber.dlq"]
