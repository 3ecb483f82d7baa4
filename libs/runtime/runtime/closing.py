"""Closes rows by outcome: one fenced statement for as many as end at the same time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final
from uuid import UUID, uuid5

from contracts.events import Event

from runtime import outbox
from runtime.db import Database
from runtime.outbox import Message, Offer
from runtime.work import Done, Failed, Follow, Waiting, Work


@dataclass(frozen=True, slots=True)
class Closing:
    """What becomes of a row. ``state`` is ``open`` for a row that is given back until later."""

    work: Work
    state: str
    cause_id: UUID
    events: Sequence[Event] = ()
    follow: Sequence[Follow] = ()
    seconds: float | None = None
    tries: int = 0
    checkpoint: Mapping[str, Any] | None = None
    code: str | None = None
    detail: str | None = None

    @classmethod
    def done(cls, work: Work, outcome: Done) -> "Closing":
        """The step is finished."""
        return cls(work, "done", work.id, outcome.events, outcome.follow, tries=work.tries)

    @classmethod
    def waiting(cls, work: Work, outcome: Waiting) -> "Closing":
        """Somebody else is at work; waiting is no failed try."""
        return cls(
            work,
            "open",
            uuid5(work.id, f"waiting:{work.attempt}"),
            outcome.events,
            seconds=outcome.seconds,
            checkpoint=outcome.checkpoint,
        )

    @classmethod
    def again(cls, work: Work, pause: float, detail: str) -> "Closing":
        """A failed try."""
        return cls(work, "open", work.id, seconds=pause, tries=work.tries + 1, detail=detail)

    @classmethod
    def failed(cls, work: Work, outcome: Failed, event: Event) -> "Closing":
        """It will never work; ``event`` tells why."""
        return cls(
            work,
            "failed",
            work.id,
            [event],
            tries=work.tries,
            code=outcome.code,
            detail=outcome.detail,
        )


HELD: Final = """
  select given.* from unnest($1::uuid[], $2::int[]) as given(id, attempt) cross join lateral (
    select from {work} w
    where w.id = given.id and w.attempt = given.attempt and w.state = 'open' for update
  ) as mine
"""
"""The rows that are still their worker's, locked in the order given.

Wherever many rows are changed at once they are locked in the order of their ids, so that two such
statements never wait for each other.
"""

_STATEMENT: Final = """
with given as (
  select * from unnest($1::uuid[], $2::int[], $3::text[], $4::float8[], $5::int[], $6::jsonb[],
    $7::text[], $8::text[])
    as given(id, attempt, state, seconds, tries, checkpoint, code, detail)
),
held as materialized (
  select given.* from given cross join lateral (
    select from {work} w
    where w.id = given.id and w.attempt = given.attempt and w.state = 'open' for update
  ) as mine
),
closed as (
  update {work} w set
    state = held.state,
    finished_at = case when held.state <> 'open' then now() end,
    due_at = coalesce(now() + make_interval(secs => held.seconds), w.due_at),
    lease_until = null,
    tries = held.tries,
    checkpoint = coalesce(held.checkpoint, w.checkpoint),
    error_code = held.code,
    error_detail = left(held.detail, 2000)
  from held where w.id = held.id
  returning w.id
),
emitted as (
  insert into {outbox} (event_id, topic, key, headers, body)
  select e.event_id, e.topic, e.key, e.headers, e.body
  from unnest($9::uuid[], $10::uuid[], $11::text[], $12::bytea[], $13::jsonb[], $14::bytea[])
    with ordinality as e(cause, event_id, topic, key, headers, body, n)
  where e.cause in (select id from closed)
  order by e.n
  on conflict (event_id) do nothing
),
followed as (
  insert into {work}
    (id, step, job_id, user_id, ordinal, event_id, event_type, event, traceparent)
  select f.id, f.step, f.job_id, f.user_id, f.ordinal, f.event_id, f.event_type, f.event::json,
    f.traceparent
  from unnest($15::uuid[], $16::uuid[], $17::text[], $18::uuid[], $19::uuid[], $20::int[],
    $21::uuid[], $22::text[], $23::text[], $24::text[])
    as f(cause, id, step, job_id, user_id, ordinal, event_id, event_type, event, traceparent)
  where f.cause in (select id from closed)
  on conflict (id) do nothing
)
select id from closed
"""


class Closer:
    """Closes rows of ``<service>.work``; events and rows that follow are written with them."""

    def __init__(self, db: Database, service: str, offer: Offer = outbox.to_the_relay) -> None:
        self._db = db
        self._offer = offer
        self._service = service
        self._statement = _STATEMENT.format(work=f'"{service}".work', outbox=f'"{service}".outbox')

    async def __call__(self, closings: Sequence[Closing]) -> list[bool]:
        """Per row, whether it was still its worker's; of a row that was not, nothing is written."""
        ordered = sorted(closings, key=lambda closing: closing.work.id)
        told = [(closing.work.id, *row) for closing in ordered for row in self._messages(closing)]
        rows = await self._db.fetch(
            self._statement,
            *_columns(map(_row, ordered), 8),
            *_columns([_emitted(*row) for row in told], 6),
            *_columns(chain.from_iterable(map(_followed, ordered)), 10),
        )
        closed = {row["id"] for row in rows}
        self._offer([(id_, message) for cause, id_, message in told if cause in closed])
        return [closing.work.id in closed for closing in closings]

    def _messages(self, closing: Closing) -> list[tuple[UUID, Message]]:
        return outbox.messages(
            self._service,
            closing.events,
            cause_id=closing.cause_id,
            cause_event=closing.work.event_id,
            traceparent=closing.work.traceparent,
        )


def _emitted(cause: UUID, id_: UUID, message: Message) -> tuple[Any, ...]:
    return (cause, id_, message.topic, message.key, message.headers, message.body)


def _columns(rows: Any, width: int) -> list[list[Any]]:
    columns = [list(column) for column in zip(*rows, strict=True)]
    return columns or [[] for _ in range(width)]


def _row(closing: Closing) -> tuple[Any, ...]:
    return (
        closing.work.id,
        closing.work.attempt,
        closing.state,
        closing.seconds,
        closing.tries,
        None if closing.checkpoint is None else dict(closing.checkpoint),
        closing.code,
        closing.detail,
    )


def _followed(closing: Closing) -> list[tuple[Any, ...]]:
    work = closing.work
    return [
        (
            work.id,
            uuid5(follow.event.job_id, f"{follow.step}:{follow.ordinal}"),
            follow.step,
            follow.event.job_id,
            follow.event.user_id,
            follow.ordinal,
            work.event_id,
            follow.event.TYPE,
            follow.event.model_dump_json(),
            work.traceparent,
        )
        for follow in closing.follow
    ]
