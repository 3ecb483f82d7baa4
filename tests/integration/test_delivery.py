"""Delivery on a real Apache Kafka and a real PostgreSQL: what no stand-in can prove."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiokafka import AIOKafkaConsumer
from contracts.topics import all_names
from faststream.kafka import KafkaBroker
from runtime.provision import provision
from runtime.replay import replay

from tests.conftest import TestDatabase
from tests.integration.conftest import PARTITIONS, own_kafka
from tests.integration.replicas import Replica, requests, send
from tests.waiting import until

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(240)]


class World:
    """The parts of a test, and the questions it asks of them."""

    def __init__(self, database: TestDatabase, sql: Any, bootstrap: str, folder: Path) -> None:
        self.database = database
        self.sql = sql
        self.bootstrap = bootstrap
        self.folder = folder
        self.replicas: list[Replica] = []

    async def replica(self) -> Replica:
        objects, log = self.folder / "objects", self.folder / "replica.log"
        started = await Replica.start(self.database, self.bootstrap, objects, log)
        self.replicas.append(started)
        return started

    async def runs(self) -> Counter[UUID]:
        rows = await self.sql.fetch("select job_id from transcriber.runs")
        return Counter(row["job_id"] for row in rows)

    async def all_done(self, jobs: set[UUID], *, seconds: float = 90) -> None:
        async def done() -> bool:
            rows = await self.sql.fetch("select job_id from transcriber.work where state = 'done'")
            waiting = await self.sql.fetchval(
                "select count(*) from transcriber.outbox where published_at is null"
            )
            return jobs <= {row["job_id"] for row in rows} and not waiting

        await until(done, "all jobs done and published", seconds=seconds)

    async def told(self, jobs: set[UUID]) -> Counter[str]:
        """How often each event id of ``transcript.ready`` is on the bus, for these jobs."""
        wanted = {str(job) for job in jobs}
        records = await read(self.bootstrap, "transcript.ready")
        return Counter(
            dict(record.headers)["ce_id"].decode()
            for record in records
            if record.key.decode() in wanted
        )


async def read(bootstrap: str, topic: str) -> list[Any]:
    """Every record of a topic."""
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest", fetch_max_wait_ms=50
    )
    await consumer.start()
    try:
        ends = await consumer.end_offsets(list(consumer.assignment()))
        records: list[Any] = []
        positions = dict.fromkeys(ends, 0)
        while any(positions[tp] < end for tp, end in ends.items()):
            for tp, batch in (await consumer.getmany(timeout_ms=200)).items():
                records += batch
                positions[tp] = batch[-1].offset + 1
        return records
    finally:
        await consumer.stop()


@pytest.fixture
async def world(
    kafka: Any, database: TestDatabase, sql: Any, tmp_path: Path
) -> AsyncGenerator[World, None]:
    world = World(database, sql, kafka.bootstrap, tmp_path)
    yield world
    for replica in world.replicas:
        if replica.process.poll() is None:
            replica.kill()


@pytest.fixture
async def broker(kafka: Any) -> AsyncGenerator[KafkaBroker, None]:
    async with KafkaBroker(kafka.bootstrap, acks="all", logger=None) as broker:
        yield broker


async def test_the_catalogue_can_be_provisioned_twice(kafka: Any) -> None:
    assert await provision(kafka.bootstrap, partitions=PARTITIONS) == []
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap)
    await consumer.start()
    assert set(all_names()) <= await consumer.topics()
    await consumer.stop()


async def test_a_killed_consumer_loses_and_repeats_nothing(
    world: World, broker: KafkaBroker
) -> None:
    """kill -9 four times under load; the toy's insert may repeat, no event may."""
    envelopes = requests(400)
    jobs = {envelope.event.job_id for envelope in envelopes}
    victim = await world.replica()
    for n in range(0, 400, 100):
        await send(broker, envelopes[n : n + 100])
        await until(lambda n=n: some_runs(world, n + 10), "work has begun")
        victim.kill()
        victim = await world.replica()
    await world.all_done(jobs)
    told = await world.told(jobs)
    assert len(told) == 400, "one event per job, whatever was killed"
    assert len(await world.runs()) == 400
    assert await victim.stop() == 0


async def some_runs(world: World, count: int) -> bool:
    return sum((await world.runs()).values()) >= count


async def test_replicas_that_come_and_go_repeat_nothing(world: World, broker: KafkaBroker) -> None:
    """Clean joins and leaves cause rebalances; every message is worked on exactly once."""
    envelopes = requests(300)
    jobs = {envelope.event.job_id for envelope in envelopes}
    await world.replica()
    for n in range(0, 300, 100):
        guest = await world.replica()
        await send(broker, envelopes[n : n + 100])
        assert await guest.stop() == 0
    await world.all_done(jobs)
    assert await world.runs() == Counter(dict.fromkeys(jobs, 1))
    assert set((await world.told(jobs)).values()) == {1}


async def test_a_replica_paused_past_its_lease_holds_up_nothing_and_tells_nothing_new(
    world: World, broker: KafkaBroker
) -> None:
    """SIGSTOP is a long garbage collection or a frozen machine; the other replica takes over."""
    frozen = await world.replica()
    await world.replica()
    envelopes = requests(120)
    jobs = {envelope.event.job_id for envelope in envelopes}
    await send(broker, envelopes[:60])
    frozen.process.send_signal(signal.SIGSTOP)
    await send(broker, envelopes[60:])
    await world.all_done(jobs)
    frozen.process.send_signal(signal.SIGCONT)
    await until(frozen.ready, "the frozen replica is back", seconds=60)
    await world.all_done(jobs)
    # Frozen between publishing and marking, its rows are published twice, under the same ids.
    assert len(await world.told(jobs)) == len(jobs)


async def test_bytes_that_are_no_event_reach_the_dead_letter_topic_as_they_came(
    world: World, broker: KafkaBroker
) -> None:
    replica = await world.replica()
    body = os.urandom(64)
    await broker.publish(body, "import.requested", key=b"\xff\xfe", headers={"x": "y"})
    (good,) = requests(1)
    await send(broker, [good])
    await world.all_done({good.event.job_id})
    letters: list[Any] = []

    async def set_aside() -> bool:
        """Its partition may be read after the good one's."""
        found = await read(world.bootstrap, "transcriber.dlq")
        letters[:] = [record for record in found if record.value == body]
        return bool(letters)

    await until(set_aside, "the bytes are in the dead-letter topic", seconds=60)
    assert [letter.key for letter in letters] == [b"\xff\xfe"]
    headers = {name: value.decode() for name, value in letters[0].headers}
    assert headers["dlq_reason"] == "not_cloudevents"
    assert headers["dlq_topic"] == "import.requested"
    assert headers["x"] == "y"
    assert await replica.stop() == 0


async def test_a_killed_broker_is_waited_for_and_nothing_is_lost(
    database: TestDatabase, sql: Any, tmp_path: Path
) -> None:
    async with own_kafka("killing the broker") as node:
        world = World(database, sql, node.bootstrap, tmp_path)
        replica = await world.replica()
        envelopes = requests(100)
        jobs = {envelope.event.job_id for envelope in envelopes}
        async with KafkaBroker(node.bootstrap, acks="all", logger=None) as broker:
            await send(broker, envelopes)
            await until(lambda: some_runs(world, 1), "work has begun")
            await asyncio.to_thread(node.kill)
            await asyncio.to_thread(node.start)
        await world.all_done(jobs)
        assert len(await world.told(jobs)) == 100
        assert replica.process.poll() is None, "the service outlives its broker"
        assert await replica.stop() == 0


async def test_the_outboxes_rebuild_a_broker_that_lost_everything(
    database: TestDatabase, sql: Any, tmp_path: Path
) -> None:
    async with own_kafka("losing the broker's data") as node:
        world = World(database, sql, node.bootstrap, tmp_path)
        replica = await world.replica()
        envelopes = requests(50)
        jobs = {envelope.event.job_id for envelope in envelopes}
        async with KafkaBroker(node.bootstrap, acks="all", logger=None) as broker:
            await send(broker, envelopes)
            await world.all_done(jobs)
        before = await world.told(jobs)
        assert await replica.stop() == 0
        await asyncio.to_thread(node.stop)
        node.lose_data()
        await asyncio.to_thread(node.start)
        await provision(node.bootstrap, partitions=PARTITIONS)
        assert await replay(database.superuser, ["transcriber"]) == 50
        replica = await world.replica()
        await world.all_done(jobs)
        assert await world.told(jobs) == before
        assert await replica.stop() == 0
