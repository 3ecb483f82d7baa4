"""The relay on a real broker and database."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaConsumer
from contracts.events import JobUpdated
from runtime import outbox
from runtime.bus import KafkaPublisher, make_broker
from runtime.db import Database, connect
from runtime.outbox import Message
from runtime.relay import Relay
from runtime.replay import replay
from runtime.settings import RuntimeSettings
from studio.embedded.broker import MockBroker

from tests.component.harness import runtime_settings
from tests.component.runtime.toys import SlowPublisher
from tests.conftest import TestDatabase


def updated(job: UUID, version: int) -> JobUpdated:
    return JobUpdated(
        job_id=job,
        user_id=uuid4(),
        project_id=uuid4(),
        version=version,
        status="running",
        progress=1,
    )


@pytest.fixture
def settings(database: TestDatabase, bus: MockBroker, objects_root: object) -> RuntimeSettings:
    return runtime_settings("projector", database, bus, objects_root)  # type: ignore[arg-type]


@pytest.fixture
async def db(settings: RuntimeSettings) -> AsyncGenerator[Database, None]:
    db = Database(settings.database_url, 4)
    await db.open()
    yield db
    await db.close()


async def read_all(bootstrap: str, topic: str) -> list[tuple[bytes | None, bytes | None]]:
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest", fetch_max_wait_ms=5
    )
    await consumer.start()
    try:
        ends = await consumer.end_offsets(list(consumer.assignment()))
        records: list[tuple[bytes | None, bytes | None]] = []
        while len(records) < sum(ends.values()):
            for batch in (await consumer.getmany(timeout_ms=50)).values():
                records += [(record.key, record.value) for record in batch]
        return records
    finally:
        await consumer.stop()


async def put(db: Database, *events: JobUpdated, cause: UUID | None = None) -> None:
    async with db.transaction() as conn:
        await outbox.put(conn, "projector", events, cause_id=cause or uuid4())


async def test_rows_are_published_in_order_per_key_and_kept(
    db: Database, settings: RuntimeSettings
) -> None:
    jobs = [uuid4() for _ in range(3)]
    for version in range(1, 41):
        await put(db, *(updated(job, version) for job in jobs))
    async with make_broker(settings, "projector") as broker:
        relay = Relay(db, "projector", KafkaPublisher(broker))
        assert await relay.publish_once() == 120
        assert await relay.publish_once() == 0
    records = await read_all(settings.kafka_bootstrap_servers, "job.updated")
    for job in jobs:
        own = [value for key, value in records if key == str(job).encode()]
        versions = [JobUpdated.model_validate_json(value or b"").version for value in own]
        assert versions == list(range(1, 41))
    assert await db.fetchval("select count(*) from projector.outbox") == 120


async def test_an_event_of_a_transaction_that_rolls_back_is_never_published(
    db: Database, settings: RuntimeSettings
) -> None:
    async def write_and_fail() -> None:
        async with db.transaction() as conn:
            await outbox.put(conn, "projector", [updated(uuid4(), 1)], cause_id=uuid4())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await write_and_fail()
    async with make_broker(settings, "projector") as broker:
        assert await Relay(db, "projector", KafkaPublisher(broker)).publish_once() == 0


async def test_the_same_cause_writes_its_events_once(db: Database) -> None:
    cause, event = uuid4(), updated(uuid4(), 1)
    await put(db, event, cause=cause)
    await put(db, event, cause=cause)
    assert await db.fetchval("select count(*) from projector.outbox") == 1


async def test_what_the_bus_refuses_stays_and_is_published_later(db: Database) -> None:
    class Refusing:
        def __init__(self) -> None:
            self.calls: list[int] = []

        async def publish(self, messages: Sequence[Message]) -> Sequence[BaseException | None]:
            self.calls.append(len(messages))
            first = len(self.calls) == 1
            return [TimeoutError() if first and n else None for n in range(len(messages))]

    job = uuid4()
    await put(db, *(updated(job, version) for version in range(1, 4)))
    refusing = Refusing()
    relay = Relay(db, "projector", refusing)
    assert await relay.publish_once() == 1
    assert await relay.publish_once() == 2
    assert refusing.calls == [3, 2]


async def test_two_relays_never_publish_the_same_row_at_once(db: Database) -> None:
    await put(db, updated(uuid4(), 1))
    slow, other = SlowPublisher(), SlowPublisher()
    first = asyncio.create_task(Relay(db, "projector", slow).publish_once())
    await slow.entered.wait()
    assert await Relay(db, "projector", other).publish_once() == 0
    slow.go_on.set()
    assert await first == 1
    assert not other.entered.is_set()


async def test_replay_puts_kept_events_on_a_new_broker(
    db: Database, settings: RuntimeSettings, database: TestDatabase, bus: MockBroker
) -> None:
    job = uuid4()
    await put(db, *(updated(job, version) for version in range(1, 4)))
    async with make_broker(settings, "projector") as broker:
        assert await Relay(db, "projector", KafkaPublisher(broker)).publish_once() == 3
    with MockBroker({"job.updated": 2}) as empty:
        moved = settings.model_copy(update={"kafka_bootstrap_servers": empty.bootstrap})
        assert await replay(database.superuser, ["projector"]) == 3
        async with make_broker(moved, "projector") as broker:
            assert await Relay(db, "projector", KafkaPublisher(broker)).publish_once() == 3
        records = await read_all(empty.bootstrap, "job.updated")
    assert {key for key, _ in records} == {str(job).encode()}
    assert len(records) == 3


async def test_a_relay_outlives_a_database_that_goes_away(
    db: Database, database: TestDatabase
) -> None:
    published: list[int] = []

    class Counting:
        async def publish(self, messages: Sequence[Message]) -> Sequence[BaseException | None]:
            published.append(len(messages))
            return [None] * len(messages)

    relay = Relay(db, "projector", Counting(), poll_seconds=0.01)
    task = asyncio.create_task(relay.run())
    sql = await connect(database.superuser)
    try:
        await sql.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'projector'"
        )
        async with asyncio.timeout(20):
            await outbox.put(sql, "projector", [updated(uuid4(), 1)], cause_id=uuid4())
            relay.stop()
            await task
    finally:
        await sql.close()
    assert sum(published) == 1
