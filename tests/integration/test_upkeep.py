"""Upkeep on a real Apache Kafka: dead letters put back, the bus replayed, the rows rebuilt."""

import asyncio
import os
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from contracts import envelope
from contracts.events import ImportRequested, Source
from contracts.values import SourceKind
from faststream.kafka import KafkaBroker
from runtime import outbox
from runtime.bus import KafkaPublisher
from runtime.db import Database
from runtime.provision import provision
from runtime.relay import Relay

from tests.component.harness import running, runtime_settings
from tests.component.projector.story import Rows, make_rows, snapshot
from tests.conftest import TestDatabase
from tests.integration import toy
from tests.integration.conftest import PARTITIONS, own_kafka
from tests.integration.replicas import Replica, requests, send
from tests.integration.test_delivery import read
from tests.ports import free_port
from tests.samples import object_ref
from tests.waiting import until

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(240)]


async def studio(database: TestDatabase, *words: str) -> str:
    """What the command says; it must succeed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "studio.cli", *words),
        env={"PATH": os.defpath, "COLUMNS": "200", "STUDIO_DSN": database.superuser},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return out.decode()


class World:
    """A gateway that is this test, a toy transcriber, and projectors, on one Kafka."""

    def __init__(self, database: TestDatabase, sql: Any, bootstrap: str, folder: Path) -> None:
        self.database = database
        self.sql = sql
        self.bootstrap = bootstrap
        self.folder = folder
        self.processes: list[Replica] = []

    async def transcriber(self) -> Replica:
        started = await Replica.start(
            self.database, self.bootstrap, self.folder / "objects", self.folder / "toy.log"
        )
        self.processes.append(started)
        return started

    async def projector(self) -> Replica:
        port = free_port()
        environment = {
            **os.environ,
            "KAFKA_BOOTSTRAP_SERVERS": self.bootstrap,
            "KAFKA_SESSION_TIMEOUT_MS": "6000",
            "DATABASE_URL": self.database.dsn("projector"),
            "DATABASE_POOL_SIZE": "4",
            "OBJECTS_URL": f"file://{self.folder}/objects",
            "OBJECTS_SIGNING_KEY": "test",
            "HTTP_PORT": str(port),
        }
        with (self.folder / "projector.log").open("ab") as out:
            process = subprocess.Popen(  # noqa: ASYNC220 - starting takes no time
                [sys.executable, "-m", "projector.main"], env=environment, stdout=out, stderr=out
            )
        started = Replica(process, port)
        self.processes.append(started)
        await until(started.ready, "a projector is ready", seconds=60)
        return started

    async def ask(self, count: int) -> list[Rows]:
        """Import jobs, each with its event in the gateway's outbox."""
        jobs = [await make_rows(self.sql, "import") for _ in range(count)]
        for rows in jobs:
            source = Source(kind=SourceKind.TEXT, upload=object_ref("a.txt"))
            event = ImportRequested(**rows.ids, script_id=rows.script_id, source=source)
            await outbox.put(self.sql, "gateway", [event], cause_id=rows.job_id)
        await self.relay()
        return jobs

    async def relay(self) -> None:
        """Publish the gateway's outbox, as the gateway does."""
        db = Database(self.database.dsn("gateway"), 2)
        await db.open()
        async with KafkaBroker(self.bootstrap, acks="all", logger=None) as broker:
            while await Relay(db, "gateway", KafkaPublisher(broker)).publish_once():
                pass
        await db.close()

    async def folded(self, jobs: list[Rows]) -> None:
        """Wait until every job has its transcript and both of its events are applied."""

        async def done() -> bool:
            states = await self.sql.fetch(
                "select stage, version from public.jobs where id = any($1)",
                [rows.job_id for rows in jobs],
            )
            return all((row["stage"], row["version"]) == ("script", 2) for row in states)

        await until(done, "every job is folded", seconds=90)

    async def published(self) -> None:
        async def done() -> bool:
            return not await self.sql.fetchval(
                "select exists(select from transcriber.outbox where published_at is null)"
                " or exists(select from projector.outbox where published_at is null)"
            )

        await until(done, "everything is published", seconds=60)


@asynccontextmanager
async def made(
    database: TestDatabase, sql: Any, bootstrap: str, folder: Path
) -> AsyncGenerator[World, None]:
    world = World(database, sql, bootstrap, folder)
    try:
        yield world
    finally:
        for process in world.processes:
            if process.process.poll() is None:
                process.kill()


async def test_a_dead_letter_of_an_old_release_is_put_back_and_worked_on_by_the_new_one(
    kafka: Any, database: TestDatabase, sql: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = runtime_settings("transcriber", database, kafka, tmp_path / "objects")
    envelopes = requests(5)
    jobs = {sent.event.job_id for sent in envelopes}

    async def set_aside() -> bool:
        return (
            "import.requested" in await studio(database, "dlq", "list")
            and (await sql.fetchval("select count(*) from transcriber.outbox")) == 5
        )

    with monkeypatch.context() as old:
        old.setattr(envelope, "BY_TYPE", {})
        async with running(toy.build, settings, database) as app:
            await send(app.broker, envelopes)
            await until(set_aside, "all are set aside", seconds=60)
    assert await sql.fetchval("select count(*) from transcriber.work") == 0
    async with made(database, sql, kafka.bootstrap, tmp_path) as world:
        replica = await world.transcriber()
        said = await studio(database, "dlq", "redrive", "--reason", "unknown_type")
        assert said.startswith("5 put back.")
        assert (await studio(database, "dlq", "redrive", "--all")).startswith("0 put back.")

        async def done() -> bool:
            rows = await sql.fetch("select job_id from transcriber.runs")
            return {row["job_id"] for row in rows} == jobs

        await until(done, "all are worked on", seconds=60)
        runs = Counter(r["job_id"] for r in await sql.fetch("select job_id from transcriber.runs"))
        assert runs == Counter(dict.fromkeys(jobs, 1))
        letters = [
            record
            for record in await read(kafka.bootstrap, "transcriber.dlq")
            if dict(record.headers).get("dlq_reason") == b"unknown_type"
        ]
        assert len(letters) == 5
        assert await replica.stop() == 0


async def test_after_total_loss_the_bus_is_replayed_beside_running_services(
    database: TestDatabase, sql: Any, tmp_path: Path
) -> None:
    async with (
        own_kafka("losing the broker's data") as node,
        made(database, sql, node.bootstrap, tmp_path) as world,
    ):
        await world.transcriber()
        await world.projector()
        jobs = await world.ask(30)
        await world.folded(jobs)
        await world.published()
        before = await snapshot(sql)
        await asyncio.to_thread(node.kill)
        node.lose_data()
        await asyncio.to_thread(node.start)
        await provision(node.bootstrap, partitions=PARTITIONS)
        said = await studio(database, "replay", "bus", "--no-wait")
        assert "Kept events to be published again: " in said
        await world.relay()
        await world.published()
        assert len(await read(node.bootstrap, "import.requested")) == 30
        later = await world.ask(10)
        await world.folded(jobs + later)
        await world.published()
        after = await snapshot(sql)
        old = {rows.job_id for rows in jobs}
        assert [row for row in after[0] if row["id"] in old] == before[0]
        assert [row for row in after[2] if row["job_id"] in old] == before[2]
        runs = await sql.fetch("select job_id from transcriber.runs")
        everyone = {rows.job_id for rows in jobs + later}
        assert Counter(row["job_id"] for row in runs) == Counter(dict.fromkeys(everyone, 1))

        await sql.execute(
            "update public.jobs set status = 'queued', stage = null, progress = 0, version = 0"
        )
        told = await studio(database, "replay", "read-model")
        assert told.startswith("Jobs folded anew: 40, of which had other rows before: 40.")
        rebuilt = await snapshot(sql)
        assert rebuilt[2] == after[2]
        for table in (rebuilt[0], after[0]):
            for row in table:
                del row["updated_at"]
        assert rebuilt[0] == after[0]


async def test_two_projectors_of_which_one_is_killed_fold_each_event_once(
    kafka: Any, database: TestDatabase, sql: Any, tmp_path: Path
) -> None:
    async with made(database, sql, kafka.bootstrap, tmp_path) as world:
        await world.transcriber()
        await world.projector()
        victim = await world.projector()
        jobs = await world.ask(60)
        await until(lambda: some_folded(sql), "folding has begun", seconds=60)
        victim.kill()
        jobs += await world.ask(60)
        await world.folded(jobs)
        for rows in jobs:
            assert [event["seq"] for event in await rows.events()] == [1, 2]
        told = (await studio(database, "replay", "read-model")).splitlines()
        assert told == ["Jobs folded anew: 120, of which had other rows before: 0."]


async def some_folded(sql: Any) -> bool:
    return bool(await sql.fetchval("select exists(select from public.job_events)"))
