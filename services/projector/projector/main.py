"""Every topic but its own -> the read model. Composition root of the projector.

``python -m projector.main --rebuild`` makes the read model anew from the outboxes instead, as the
role in DATABASE_URL, which owns all schemas; it tells how far it is in JSON lines.
"""

import argparse
import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import asdict
from typing import Final
from uuid import uuid4

import asyncpg
from aiokafka import TopicPartition
from contracts.topics import TOPICS
from faststream.asgi import AsgiFastStream
from runtime import db as database
from runtime.bus import Consumer, KafkaPublisher, make_broker, reach
from runtime.db import Database
from runtime.loops import Loops
from runtime.relay import Relay
from runtime.retention import Retention
from runtime.server import asgi
from runtime.service import FLUSH_SECONDS, run
from runtime.upkeep import SWEEP_SECONDS, Upkeep

from projector.adapters.history import Outboxes
from projector.adapters.read_model import PostgresReadModel
from projector.adapters.retention import EventRetention
from projector.adapters.rows import SCHEMA
from projector.handlers.project import Project
from projector.handlers.rebuild import RebuildReadModel
from projector.settings import RebuildSettings, Settings

READS: Final = tuple(sorted(topic.name for topic in TOPICS if SCHEMA in topic.consumers))


class Projector:
    """The process: a consumer that folds, a relay that announces, and their health."""

    name = SCHEMA

    def __init__(self, settings: Settings, db: Database | None = None) -> None:
        self.settings = settings.runtime
        self.db = db or Database(self.settings.database_url, self.settings.database_pool_size)
        self.broker = make_broker(self.settings, SCHEMA)
        self.relay = Relay(self.db, SCHEMA, KafkaPublisher(self.broker))
        self.read_model = PostgresReadModel(self.db)
        self.consumer = Consumer(
            self.broker,
            self.settings,
            topics=READS,
            group=SCHEMA,
            handle=Project(
                self.read_model, self.relay.wake, dead_letter_limit=self.settings.dead_letter_limit
            ),
            positions=self._positions,
        )
        retention = Retention(
            self.db, SCHEMA, self.settings.work_retention_days, self.settings.outbox_retention_days
        )
        events = EventRetention(self.db, settings.job_events_days)
        self.upkeep = (
            Upkeep("retention", SWEEP_SECONDS, retention.sweep),
            Upkeep("event retention", SWEEP_SECONDS, events.sweep),
        )
        self.loops = Loops()

    def app(self) -> AsgiFastStream:
        """The ASGI app: the consumer runs in its lifespan, health and metrics are its routes."""
        return asgi(self.broker, self.live, self.ready, self._lifespan, self._stop)

    def live(self) -> Mapping[str, str | None]:
        """Each part and what is wrong with it."""
        return {
            "service": self.loops.died,
            "consumer": self.consumer.dead(),
            "relay": self.loops.trouble("relay", self.relay.pulse),
        }

    def ready(self) -> Mapping[str, str | None]:
        """Live, and reading at least one partition."""
        assigned = None if self.consumer.assigned() else "no partitions assigned"
        return {**self.live(), "assignment": assigned}

    async def _positions(self, assigned: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        """Stored offsets, of a log that is still the same.

        A broker that lost its log also lost the group's commits: then ours mean nothing, and
        reading from the start is harmless, since applied events are recognised.
        """
        client = self.consumer.client
        if client is None:
            return {}
        stored = await self.read_model.next_offsets(READS)
        places = [tp for tp in assigned if (tp.topic, tp.partition) in stored]
        committed = await asyncio.gather(*(client.committed(tp) for tp in places))
        return {
            tp: stored[tp.topic, tp.partition]
            for tp, commit in zip(places, committed, strict=True)
            if commit is not None
        }

    @contextlib.asynccontextmanager
    async def _lifespan(self, *_: object) -> AsyncGenerator[None, None]:
        await reach(self.settings.kafka_bootstrap_servers)
        await self.db.open()
        try:
            self.loops.spawn("relay", self.relay.run())
            for upkeep in self.upkeep:
                self.loops.spawn(upkeep.name, upkeep.run())
            self.loops.spawn("consumer", self.consumer.broken.wait())
            yield
        except Exception as error:
            self.loops.die(f"the broker client failed: {type(error).__name__}", error)
            raise
        finally:
            await self.loops.cancel()
            await self.db.close()

    async def _stop(self) -> None:
        """Flush the outbox while the broker is still there."""
        self.loops.stopping()
        self.relay.stop()
        await self.loops.join("relay", FLUSH_SECONDS)


def build(settings: Settings, db: Database | None = None) -> Projector:
    """The projector, not yet started."""
    return Projector(settings, db)


async def rebuild(settings: RebuildSettings) -> None:
    """Fold all kept events anew; a JSON line for each batch. Raises what the database raises."""
    conn = await database.connect(settings.database_url)
    try:
        async for progress in RebuildReadModel(Outboxes(conn, run=uuid4()))():
            sys.stdout.write(json.dumps(asdict(progress)) + "\n")
            sys.stdout.flush()
    finally:
        await conn.close()


def main() -> None:
    """The service, or with ``--rebuild`` one rebuild."""
    parser = argparse.ArgumentParser(prog="projector", description="Folds events into rows.")
    parser.add_argument("--rebuild", action="store_true", help="make the rows anew, then end")
    if not parser.parse_args().rebuild:
        run(build(Settings()))
        return
    try:
        asyncio.run(rebuild(RebuildSettings()))  # pyright: ignore[reportCallIssue]
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        sys.exit(f"the read model could not be rebuilt: {error}")


if __name__ == "__main__":
    main()
