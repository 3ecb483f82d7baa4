"""Emit: events are written beside the state they tell of; a relay publishes them.

Event ids are made from what caused them, so a second publish is recognised downstream. A row
is kept after it was published: the bus can be rebuilt from the outboxes.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias
from uuid import UUID, uuid5

from contracts.envelope import Envelope
from contracts.events import Event
from contracts.topics import topic_of

from runtime.db import Conn


@dataclass(frozen=True, slots=True)
class Message:
    """What goes to Kafka."""

    topic: str
    key: bytes | None
    headers: dict[str, str]
    body: bytes


Row: TypeAlias = tuple[UUID, Message]
"""A row of an outbox: the event's id, and its message."""

Offer: TypeAlias = Callable[[Sequence[Row]], None]
"""Is told which rows have just been committed."""


def to_the_relay(_: Sequence[Row]) -> None:
    """Leave them to a relay, which will find them."""


def event_id(cause: UUID, event: Event | type[Event], n: int) -> UUID:
    """The id of the ``n``-th event that ``cause`` gives rise to, which is of this type."""
    return uuid5(cause, f"{event.TYPE}:{n}")


async def put(
    conn: Conn,
    schema: str,
    events: Iterable[Event],
    *,
    cause_id: UUID,
    cause_event: UUID | None = None,
    traceparent: str | None = None,
) -> list[Row]:
    """Write events into ``schema``'s outbox, in the caller's transaction.

    ``cause_id`` names the cause and must be used once: a work row, a job just made. A repeat of
    the same call writes nothing new. Returns what is new, to offer after the commit.
    """
    rows = messages(
        schema, events, cause_id=cause_id, cause_event=cause_event, traceparent=traceparent
    )
    return await put_messages(conn, schema, rows)


def messages(
    schema: str,
    events: Iterable[Event],
    *,
    cause_id: UUID,
    cause_event: UUID | None = None,
    traceparent: str | None = None,
) -> list[Row]:
    """What ``put`` writes: the id and the message of each event."""
    now = datetime.now(UTC)
    source = f"/filmstudio/{schema}"
    rows: list[Row] = []
    for n, event in enumerate(events):
        id_ = event_id(cause_id, event, n)
        envelope = Envelope(id_, source, now, event, traceparent, cause_event)
        message = Message(
            topic_of(event), envelope.key.encode(), envelope.headers(), envelope.body().encode()
        )
        rows.append((id_, message))
    return rows


async def put_messages(conn: Conn, schema: str, rows: Sequence[Row]) -> list[Row]:
    """Write ready-made messages under their ids; those that were not there yet."""
    if not rows:
        return []
    ids, messages = zip(*rows, strict=True)
    new = await conn.fetch(
        f'insert into "{schema}".outbox (event_id, topic, key, headers, body)'  # noqa: S608
        " select * from unnest($1::uuid[], $2::text[], $3::bytea[], $4::jsonb[], $5::bytea[])"
        " on conflict (event_id) do nothing returning event_id",
        list(ids),
        [m.topic for m in messages],
        [m.key for m in messages],
        [m.headers for m in messages],
        [m.body for m in messages],
    )
    written = {row["event_id"] for row in new}
    return [row for row in rows if row[0] in written]
