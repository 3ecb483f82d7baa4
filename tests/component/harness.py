"""The real app of one service on the embedded bus and database, every message delivered twice."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from uuid import UUID, uuid4

import asyncpg
from contracts.envelope import Envelope
from contracts.events import Event
from contracts.topics import BY_NAME, topic_of
from faststream.kafka import KafkaBroker
from pydantic import SecretStr
from runtime.db import connect
from runtime.objects import LocalObjects, ObjectStore, open_store
from runtime.service import Service
from runtime.settings import RuntimeSettings
from studio.embedded.broker import MockBroker

from tests.conftest import TestDatabase
from tests.waiting import until

E = TypeVar("E", bound=Event)


def runtime_settings(
    service: str, database: TestDatabase, bus: MockBroker, objects_root: Path, **changes: object
) -> RuntimeSettings:
    """Settings as the embedded stack gives them to a service, quick for tests."""
    values: dict[str, object] = {
        "kafka_bootstrap_servers": bus.bootstrap,
        "kafka_fetch_max_wait_ms": 5,
        "kafka_session_timeout_ms": 6_000,
        "kafka_batch_timeout_ms": 10,
        "database_url": database.dsn(service),
        "database_pool_size": 4,
        "objects_url": f"file://{objects_root}",
        "objects_signing_key": SecretStr("test-signing-key"),
        "work_poll_seconds": 0.05,
        "work_lease_seconds": 30.0,
    }
    return RuntimeSettings.model_validate(values | changes)


@dataclass
class Running:
    """A running service, and what a test does to it from outside."""

    service: Service
    sql: "asyncpg.Connection[asyncpg.Record]"
    broker: KafkaBroker
    store: ObjectStore
    sent: int = field(default=0)

    async def send(self, *events: Event, times: int = 2, id: UUID | None = None) -> list[Envelope]:  # noqa: A002
        """Publish each event ``times`` times under one id; the envelopes."""
        envelopes: list[Envelope] = []
        for event in events:
            envelope = Envelope(
                id=id or uuid4(), source="/test", time=datetime.now(UTC), event=event
            )
            for _ in range(times):
                await self.broker.publish(
                    envelope.body().encode(),
                    topic_of(event),
                    key=envelope.key.encode(),
                    headers=envelope.headers(),
                )
            envelopes.append(envelope)
        return envelopes

    async def consumed(self) -> bool:
        """Whether the service has committed everything on its topics."""
        client = self.service.consumer.client
        if client is None or not client.assignment():
            return False
        ends = await client.end_offsets(list(client.assignment()))
        for partition, end in ends.items():
            if end and (await client.committed(partition) or 0) < end:
                return False
        return True

    async def settle(self, *, seconds: float = 60.0) -> None:
        """Wait until all messages are accepted, no row is open and the outbox is published."""
        await until(self.consumed, "all messages consumed", seconds=seconds)

        async def still() -> bool:
            name = self.service.name
            return not await self.sql.fetchval(
                f"select exists(select from {name}.work where state = 'open')"
                f" or exists(select from {name}.outbox where published_at is null)"
            )

        await until(still, "no open work, outbox published", seconds=seconds)

    async def said(self) -> list[Event]:
        """Every event the service has emitted, in order."""
        rows = await self.sql.fetch(
            f"select headers, body, topic from {self.service.name}.outbox order by seq"
        )
        return [
            Envelope.parse(row["headers"], row["body"]).event
            for row in rows
            if row["topic"] in BY_NAME
        ]

    async def work(self) -> list[asyncpg.Record]:
        """Every work row, oldest first."""
        return await self.sql.fetch(
            f"select * from {self.service.name}.work order by created_at, ordinal"
        )


@asynccontextmanager
async def running(
    build: Callable[[RuntimeSettings], Service],
    settings: RuntimeSettings,
    database: TestDatabase,
) -> AsyncGenerator[Running, None]:
    """Start the service's app; stop it cleanly afterwards."""
    service = build(settings)
    sql = await connect(database.superuser)
    broker = KafkaBroker(settings.kafka_bootstrap_servers, acks="all", logger=None)
    store = open_store(settings)
    assert isinstance(store, LocalObjects)
    try:
        async with broker, service.app().start_lifespan_context():

            async def ready() -> bool:
                return not any(service.ready().values())

            await until(ready, f"{service.name} ready")
            yield Running(service, sql, broker, store)
    finally:
        await sql.close()


def of_type(events: Sequence[Event], kind: type[E]) -> list[E]:
    """The events of one type."""
    return [event for event in events if isinstance(event, kind)]
