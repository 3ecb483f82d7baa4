"""Offsets and rows move together: kills, replicas and what does not fit change nothing."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from contracts.envelope import Envelope
from contracts.events import Event
from contracts.topics import topic_of
from projector.adapters.read_model import PostgresReadModel
from projector.handlers.project import Project
from projector.main import Projector
from projector.settings import Settings
from runtime.bus import Record
from runtime.db import Database, connect
from runtime.settings import RuntimeSettings

from tests.component.harness import running
from tests.component.projector.conftest import Start
from tests.component.projector.story import (
    Rows,
    build_projector,
    film,
    make_rows,
    planned,
    script_ready,
    snapshot,
)
from tests.conftest import TestDatabase
from tests.waiting import until


class Watched(Projector):
    """Notes what it has applied; while ``silent`` it never gets to tell Kafka."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.applied: list[Record] = []
        self.silent = False
        handle, commit = self.consumer._handle, self.consumer._commit

        async def noted(records: Sequence[Record]) -> None:
            await handle(records)
            self.applied += records

        async def told(records: Sequence[Record]) -> None:
            if not self.silent:
                await commit(records)

        self.consumer._handle = noted
        self.consumer._commit = told


@pytest.fixture
def watched(settings: RuntimeSettings, database: TestDatabase) -> Any:
    def build(runtime: RuntimeSettings) -> Any:
        return Watched(Settings(runtime=runtime))

    return lambda: running(build, settings, database)


async def version_of(rows: Rows) -> int:
    version: int = (await rows.job())["version"]
    return version


async def test_killed_before_its_first_commit_it_applies_nothing_twice(watched: Any) -> None:
    async with watched() as first:
        first.service.silent = True
        rows = await make_rows(first.sql, "generation")
        await first.send(*film(rows))

        async def told() -> bool:
            return len(first.service.applied) >= 12

        await until(told, "everything is applied")
        before = await snapshot(first.sql)
        assert not await first.consumed()
    async with watched() as second:
        await second.settle()
        assert len(second.service.applied) >= 12, "Kafka gave everything again"
        rows.sql = second.sql
        assert await version_of(rows) == 6
        assert await snapshot(second.sql) == before


async def test_killed_between_apply_and_commit_it_carries_on_behind_what_it_applied(
    watched: Any,
) -> None:
    async with watched() as first:
        rows = await make_rows(first.sql, "generation")
        await first.send(*film(rows)[:3])
        await first.settle()
        first.service.silent = True
        await first.send(*film(rows)[3:5])

        async def told() -> bool:
            return await version_of(rows) == 5 and len(first.service.applied) >= 10

        await until(told, "everything is applied")
        assert not await first.consumed()
        before = await snapshot(first.sql)
    async with watched() as second:
        rows.sql = second.sql
        assert await snapshot(second.sql) == before
        await second.send(*film(rows)[5:])
        await second.settle()
        topics = {record.topic for record in second.service.applied}
        assert "video.stitched" in topics
        assert "generation.requested" not in topics, "its own offsets are ahead of Kafka's"
        assert (await rows.job())["status"] == "succeeded"
        assert await version_of(rows) == 6


def records(events: Sequence[Event], dice: random.Random) -> list[Record]:
    """Each event twice under one id, in an order that keeps each topic's own."""
    found: dict[str, list[Record]] = defaultdict(list)
    for event in events:
        envelope = Envelope(id=uuid4(), source="/test", time=datetime.now(UTC), event=event)
        headers = [(name, value.encode()) for name, value in envelope.headers().items()]
        topic = found[topic_of(event)]
        for _ in range(2):
            body = envelope.body().encode()
            topic.append(
                Record(topic_of(event), 0, len(topic), envelope.key.encode(), headers, body)
            )
    queues = list(found.values())
    merged: list[Record] = []
    while any(queues):
        merged.append(dice.choice([queue for queue in queues if queue]).pop(0))
    return merged


async def test_two_replicas_that_read_the_same_at_once_fold_each_event_once(
    database: TestDatabase,
) -> None:
    """As in a rebalance: what one has not committed yet, the other reads as well."""
    dice = random.Random(7)
    sql = await connect(database.superuser)
    jobs = [await make_rows(sql, "generation") for _ in range(10)]
    arrived = records([event for n in range(6) for event in (film(r)[n] for r in jobs)], dice)

    async def replica(size: int) -> None:
        db = Database(database.dsn("projector"), 2)
        await db.open()
        fold = Project(PostgresReadModel(db), lambda: None)
        for n in range(0, len(arrived), size):
            await fold(arrived[n : n + size])
        await db.close()

    await asyncio.gather(replica(7), replica(11), replica(120))
    for rows in jobs:
        job = await rows.job()
        assert (job["status"], job["version"]) == ("succeeded", 6)
        assert [event["seq"] for event in await rows.events()] == [1, 2, 3, 4, 5, 6]
        assert [scene["status"] for scene in await rows.scenes()] == ["succeeded"] * 2
    await sql.close()


async def test_an_event_that_does_not_fit_is_set_aside_and_stops_no_other(start: Start) -> None:
    async with start() as projector:
        rows = await make_rows(projector.sql, "import")
        other = await make_rows(projector.sql, "generation")
        monster = script_ready(rows, words=2**40)
        await projector.send(monster, planned(other))
        await projector.settle()
        assert (await rows.job())["version"] == 0
        assert await version_of(other) == 1
        letters = await projector.sql.fetch(
            "select headers, body from projector.outbox where topic = 'projector.dlq'"
        )
        assert [letter["headers"]["dlq_reason"] for letter in letters] == ["unstorable"] * 2
        assert letters[0]["body"].decode() == monster.model_dump_json()


async def test_a_run_of_dead_letters_stops_it_with_its_offsets_where_they_were(
    settings: RuntimeSettings, database: TestDatabase
) -> None:
    few: Any = settings.model_copy(update={"dead_letter_limit": 3})
    build: Any = build_projector
    async with running(build, few, database) as projector:
        for n in range(20):
            await projector.broker.publish(b"garbage", "scenes.planned", key=str(n).encode())
        await asyncio.wait_for(projector.service.loops.dead.wait(), 20)
        assert projector.service.live()["service"]
        kept = await projector.sql.fetchval("select count(*) from projector.outbox")
        assert kept <= 3
        assert not await projector.consumed()
