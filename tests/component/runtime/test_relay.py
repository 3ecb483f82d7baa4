"""What a process has just committed is published from memory, everything else from the table."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from uuid import UUID, uuid4

import pytest
from contracts.events import JobUpdated
from runtime import outbox
from runtime.db import Conn, Database
from runtime.outbox import Message, Row
from runtime.relay import Relay
from runtime.replay import replay

from tests.conftest import TestDatabase
from tests.waiting import until

SCHEMA = "generator"


class Bus:
    """Takes messages, or refuses them while it is away."""

    def __init__(self) -> None:
        self.away = False
        self.versions: list[int] = []

    async def publish(self, messages: Sequence[Message]) -> Sequence[BaseException | None]:
        if self.away:
            return [TimeoutError()] * len(messages)
        self.versions += [JobUpdated.model_validate_json(m.body).version for m in messages]
        return [None] * len(messages)


@pytest.fixture
async def db(database: TestDatabase) -> AsyncGenerator[Database, None]:
    db = Database(database.dsn(SCHEMA), 4)
    await db.open()
    yield db
    await db.close()


@asynccontextmanager
async def running(relay: Relay) -> AsyncGenerator[None, None]:
    task = asyncio.create_task(relay.run())
    try:
        yield
        relay.stop()
        await task
    finally:
        task.cancel()


async def commit(db: Database, version: int, cause: UUID | None = None) -> list[Row]:
    event = JobUpdated(
        job_id=uuid4(),
        user_id=uuid4(),
        project_id=uuid4(),
        version=version,
        status="running",
        progress=1,
    )
    async with db.transaction() as conn:
        return await outbox.put(conn, SCHEMA, [event], cause_id=cause or uuid4())


async def unpublished(db: Database) -> int:
    return await db.fetchval("select count(*) from generator.outbox where published_at is null")


async def drained(db: Database) -> bool:
    return not await unpublished(db)


async def caught_up(relay: Relay, db: Database) -> None:
    """At first a relay reads the table: it does not know what a crash has left there."""
    await until(lambda: _reads_no_more(relay), "the table was found empty")
    assert not await unpublished(db)


async def _reads_no_more(relay: Relay) -> bool:
    return not relay.behind


async def test_what_was_just_committed_is_published_without_reading_the_table(
    db: Database,
) -> None:
    bus = Bus()
    relay = Relay(db, SCHEMA, bus, poll_seconds=3600, direct=True)
    async with running(relay):
        await caught_up(relay, db)
        relay.offer(await commit(db, 1))
        relay.offer(await commit(db, 2))
        await until(lambda: drained(db), "both are published and marked")
        assert bus.versions == [1, 2]
    assert bus.versions == [1, 2]


async def test_what_nobody_offered_is_published_from_the_table(db: Database) -> None:
    bus = Bus()
    await commit(db, 1)
    relay = Relay(db, SCHEMA, bus, poll_seconds=0.02, direct=True)
    async with running(relay):
        await until(lambda: drained(db), "what a crash left is published")
        await caught_up(relay, db)
        await commit(db, 2)
        await until(lambda: drained(db), "so is what another process left")
    assert bus.versions == [1, 2]


async def test_a_row_is_left_to_the_process_that_committed_it_for_a_while(db: Database) -> None:
    bus = Bus()
    mine = Relay(db, SCHEMA, bus, poll_seconds=3600, direct=True)
    async with running(mine):
        await caught_up(mine, db)
        await commit(db, 1)
        assert await mine.publish_once() == 0
        await db.execute("update generator.outbox set created_at = now() - interval '2 s'")
        assert await mine.publish_once() == 1


async def test_nothing_goes_past_what_the_bus_refused(db: Database) -> None:
    bus = Bus()
    relay = Relay(db, SCHEMA, bus, poll_seconds=0.02, direct=True)
    async with running(relay):
        await caught_up(relay, db)
        bus.away = True
        relay.offer(await commit(db, 1))
        await until(lambda: _is_behind(relay), "the relay knows of it")
        relay.offer(await commit(db, 2))
        bus.away = False
        await until(lambda: drained(db), "both are published")
    assert bus.versions == [1, 2]


async def test_who_did_not_look_for_fresh_rows_has_not_caught_up(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look at the table that began before the bus refused a row says nothing about that row."""
    relay = Relay(db, SCHEMA, Bus(), poll_seconds=3600, direct=True)
    relay.behind = False
    begin = db.transaction

    def refused_meanwhile() -> AbstractAsyncContextManager[Conn]:
        relay.behind = True
        return begin()

    monkeypatch.setattr(db, "transaction", refused_meanwhile)
    assert await relay.publish_once() == 0
    assert relay.behind
    monkeypatch.undo()
    assert await relay.publish_once() == 0
    assert not relay.behind


async def _is_behind(relay: Relay) -> bool:
    return relay.behind


async def test_an_event_that_was_written_before_is_not_offered_again(db: Database) -> None:
    cause = uuid4()
    assert len(await commit(db, 1, cause)) == 1
    assert await commit(db, 1, cause) == []


async def test_a_relay_whose_publishing_died_ends_instead_of_going_on_half(db: Database) -> None:
    class Broken(Bus):
        async def publish(self, messages: Sequence[Message]) -> Sequence[BaseException | None]:
            raise ZeroDivisionError

    relay = Relay(db, SCHEMA, Broken(), poll_seconds=0.02, direct=True)
    task = asyncio.create_task(relay.run())
    await caught_up(relay, db)
    relay.offer(await commit(db, 1))
    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(task, 10)
    assert await unpublished(db) == 1


async def test_a_mark_that_comes_after_a_replay_does_not_count(
    db: Database, database: TestDatabase
) -> None:
    """It tells of the broker that is lost."""

    class Slow(Bus):
        entered = asyncio.Event()
        go_on = asyncio.Event()

        async def publish(self, messages: Sequence[Message]) -> Sequence[BaseException | None]:
            self.entered.set()
            await self.go_on.wait()
            return await super().publish(messages)

    bus = Slow()
    relay = Relay(db, SCHEMA, bus, poll_seconds=3600, direct=True)
    async with running(relay):
        await caught_up(relay, db)
        relay.offer(await commit(db, 1))
        await bus.entered.wait()
        assert await replay(database.superuser, [SCHEMA]) == 0
        bus.go_on.set()
    assert bus.versions == [1]
    assert await unpublished(db) == 1


async def test_what_was_offered_before_a_stop_is_published_by_it(db: Database) -> None:
    bus = Bus()
    relay = Relay(db, SCHEMA, bus, poll_seconds=3600, direct=True)
    async with running(relay):
        await caught_up(relay, db)
        relay.offer(await commit(db, 1))
    assert bus.versions == [1]
    assert await drained(db)
