"""Emit: events are written beside the state they tell of; a relay publishes them.

Event ids are made from what caused them, so a second publish is recognised downstream. A row
is kept after it was published: the bus can be rebuilt from the outboxes.
"""

import asyncio
import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID, uuid5

import structlog
from contracts.envelope import Envelope
from contracts.events import Event
from contracts.topics import topic_of

from runtime import metrics
from runtime.db import TRANSIENT_ERRORS, Conn, Database
from runtime.pace import Pace
from runtime.pulse import Pulse

log = structlog.get_logger()

BATCH = 500
BUSY_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Message:
    """What goes to Kafka."""

    topic: str
    key: bytes | None
    headers: dict[str, str]
    body: bytes


class Publisher(Protocol):
    """Sends messages in order per key; one result per message: ``None``, or why it failed."""

    async def publish(self, messages: Sequence[Message]) -> Sequence[BaseException | None]:
        """Wait until the bus has confirmed or refused every message."""
        ...


def event_id(cause: UUID, event: Event, n: int) -> UUID:
    """The id of the ``n``-th event that ``cause`` gives rise to."""
    return uuid5(cause, f"{event.TYPE}:{n}")


async def put(
    conn: Conn,
    schema: str,
    events: Iterable[Event],
    *,
    cause_id: UUID,
    cause_event: UUID | None = None,
    traceparent: str | None = None,
) -> None:
    """Write events into ``schema``'s outbox, in the caller's transaction.

    ``cause_id`` names the cause and must be used once: a work row, a job just made. A repeat of
    the same call writes nothing new.
    """
    rows = messages(
        schema, events, cause_id=cause_id, cause_event=cause_event, traceparent=traceparent
    )
    await put_messages(conn, schema, rows)


def messages(
    schema: str,
    events: Iterable[Event],
    *,
    cause_id: UUID,
    cause_event: UUID | None = None,
    traceparent: str | None = None,
) -> list[tuple[UUID, Message]]:
    """What ``put`` writes: the id and the message of each event."""
    now = datetime.now(UTC)
    source = f"/filmstudio/{schema}"
    rows: list[tuple[UUID, Message]] = []
    for n, event in enumerate(events):
        id_ = event_id(cause_id, event, n)
        envelope = Envelope(id_, source, now, event, traceparent, cause_event)
        message = Message(
            topic_of(event), envelope.key.encode(), envelope.headers(), envelope.body().encode()
        )
        rows.append((id_, message))
    return rows


async def put_messages(conn: Conn, schema: str, rows: Sequence[tuple[UUID, Message]]) -> None:
    """Write ready-made messages under their ids."""
    if not rows:
        return
    ids, messages = zip(*rows, strict=True)
    await conn.execute(
        f'insert into "{schema}".outbox (event_id, topic, key, headers, body)'  # noqa: S608
        " select * from unnest($1::uuid[], $2::text[], $3::bytea[], $4::jsonb[], $5::bytea[])"
        " on conflict (event_id) do nothing",
        list(ids),
        [m.topic for m in messages],
        [m.key for m in messages],
        [m.headers for m in messages],
        [m.body for m in messages],
    )


class Relay:
    """Publishes a schema's outbox. One relay at a time works on a schema, so order holds.

    Rows become visible when their transactions commit, so two events of one job written by two
    workers may be published in either order; consumers do not rely on it.
    """

    def __init__(
        self, db: Database, schema: str, publisher: Publisher, *, poll_seconds: float = 1.0
    ) -> None:
        self._db = db
        self._schema = schema
        self._publisher = publisher
        self._poll = poll_seconds
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()
        self.pulse = Pulse()
        self._pace = Pace()

    def wake(self) -> None:
        """There is something to publish."""
        self._wake.set()

    def stop(self) -> None:
        """Publish what is there, then end ``run``."""
        self._stopping.set()
        self._wake.set()

    async def run(self) -> None:
        """Publish until stopped. A broker or database that is away is waited for."""
        pause = self._poll
        while True:
            await self._pace()
            stopping = self._stopping.is_set()
            self._wake.clear()
            sent: int | None = 0
            try:
                sent = await self._publish()
                pause = self._poll
            except TRANSIENT_ERRORS as error:
                log.warning("relay.database_away", error=type(error).__name__)
                pause = min(pause * 2, 15.0)
            self.pulse.beat()
            if stopping and not sent:
                return
            if sent != BATCH and not stopping:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(
                        self._wake.wait(), pause if sent is not None else BUSY_SECONDS
                    )

    async def publish_once(self) -> int:
        """Publish one batch; how many rows were confirmed."""
        return await self._publish() or 0

    async def _publish(self) -> int | None:
        """The same; ``None`` while another relay is at work on the schema."""
        async with self._db.transaction() as conn:
            rows = await conn.fetch(self._next, f"filmstudio.relay.{self._schema}", BATCH)
            if not rows:
                return None
            if rows[0]["seq"] is None:
                rows = []
            metrics.UNPUBLISHED.labels(self._schema).set(len(rows))
            if not rows:
                return 0
            results = await self._publisher.publish([_message(row) for row in rows])
            sent = [row["seq"] for row, error in zip(rows, results, strict=True) if error is None]
            errors = [error for error in results if error is not None]
            if errors:
                log.warning("relay.not_published", rows=len(errors), error=repr(errors[0])[:200])
            await conn.execute(
                f"update {self._table} set published_at = now() where seq = any($1)",  # noqa: S608
                sent,
            )
        metrics.PUBLISHED.labels(self._schema).inc(len(sent))
        return len(sent)

    @property
    def _table(self) -> str:
        return f'"{self._schema}".outbox'

    @property
    def _next(self) -> str:
        """The oldest rows, under the lock: nothing if it is taken, one empty row if none is due.

        A mark that a crash of the database loses only repeats a publish, so no commit of one waits
        for the disk.
        """
        return f"""
            with mine as materialized (
              select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as locked
              from set_config('synchronous_commit', 'off', true)
            )
            select o.* from mine left join lateral (
              select seq, topic, key, headers, body from {self._table}
              where published_at is null order by seq limit $2
            ) o on true
            where mine.locked
            """  # noqa: S608


def _message(row: Any) -> Message:
    return Message(row["topic"], row["key"], row["headers"], row["body"])
