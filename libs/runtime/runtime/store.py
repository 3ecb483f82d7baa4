"""The work table: accept, claim, renew, close. Every change after a claim is fenced by attempt."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from contracts.envelope import Envelope
from contracts.events import Event

from runtime import outbox
from runtime.batching import Batcher
from runtime.cancelling import Cancelling, Withdrawn
from runtime.claim import ACCEPT, CLAIM, TAKE, Claimer
from runtime.closing import HELD, Closer, Closing
from runtime.db import Conn, Database
from runtime.outbox import Offer
from runtime.work import Done, Failed, LeaseLostError, Waiting, Work


@dataclass(frozen=True, slots=True)
class NewWork:
    """A row to be made; its id is the same however often the message arrives."""

    id: UUID
    step: str
    ordinal: int | None
    envelope: Envelope
    body: str
    lane: str = ""

    @classmethod
    def accepted(
        cls, envelope: Envelope, step: str, ordinals: Iterable[int | None], lane: str = ""
    ) -> "list[NewWork]":
        """The rows a message gives rise to."""
        body = envelope.body()
        return [
            cls(uuid5(envelope.id, f"{step}:{ordinal}"), step, ordinal, envelope, body, lane)
            for ordinal in ordinals
        ]


@dataclass(frozen=True, slots=True)
class Claimed:
    """A claimed row and the event it is about, still as JSON text."""

    work: Work
    event_type: str
    event: str


class WorkStore:
    """Rows of ``<service>.work``. Lease times are the database's own clock's."""

    def __init__(
        self,
        db: Database,
        service: str,
        undoable: Collection[str] = (),
        offer: Offer = outbox.to_the_relay,
    ) -> None:
        self.db = db
        self._offer = offer
        self.service = service
        self._work = f'"{service}".work'
        self._cancelled = f'"{service}".cancelled'
        self._claim_query = CLAIM.format(service=f'"{service}"')
        self._accept_query = ACCEPT.format(service=f'"{service}"')
        self._take_query = TAKE.format(service=f'"{service}"')
        self._cancelling = Cancelling(service, undoable)
        self._shared: dict[UUID, str] = {}
        self._held = HELD.format(work=self._work)
        self._closer = Batcher(Closer(db, service, offer))

    async def accept(
        self,
        rows: Sequence[NewWork],
        dead: Sequence[tuple[UUID, outbox.Message]] = (),
        cancelled: Iterable[UUID] = (),
        withdrawn: Sequence[Withdrawn] = (),
    ) -> int:
        """Make rows, keep dead letters, cancel: one transaction. How many rows are new.

        ``cancelled`` are whole jobs, ``withdrawn`` single messages of them.
        """
        jobs = list(cancelled)
        if not dead and not jobs and not withdrawn:
            return await self._insert(self.db, rows)
        async with self.db.transaction() as conn:
            if jobs:
                await self._cancelling.cancel(conn, jobs)
            if withdrawn:
                await self._cancelling.withdraw(conn, withdrawn)
            letters = await outbox.put_messages(conn, self.service, dead)
            fresh = await self._insert(conn, rows)
        self._offer(letters)
        return fresh

    async def claim(self, most: int, claimer: Claimer) -> list[Claimed]:
        """Lease up to ``most`` due rows; a dead worker's rows are due again.

        Higher priority first, then users within their fair share, then the oldest job: it ends
        before the next begins. Lanes that are full wait. Claims of one service take turns, so
        that replicas together keep to the rules.
        """
        return await self._claimed(await self.db.fetch(self._claim_query, *claimer.asking(most)))

    async def accept_and_claim(
        self, new: Sequence[NewWork], most: int, claimer: Claimer
    ) -> tuple[int, list[Claimed]]:
        """Make rows, and if any is new claim as ``claim`` does: one call, one commit."""
        first, *rows = await self.db.fetch(self._take_query, *_columns(new), *claimer.asking(most))
        return first["fresh"], await self._claimed(rows)

    async def _claimed(self, rows: list[Any]) -> list[Claimed]:
        rows.sort(key=lambda row: (-row["priority"], row["job_id"], row["ordinal"] or 0))
        await self._read_shared({row["event_id"] for row in rows if row["event"] is None})
        return [Claimed(self._view(row), row["event_type"], self._text(row)) for row in rows]

    async def renew(self, held: Mapping[UUID, int], lease: float) -> set[UUID]:
        """Prolong leases of ``{id: attempt}``; the ids that are still ours and still wanted."""
        rows = await self.db.fetch(
            f"""
            with mine as materialized ({self._held})
            update {self._work} w set lease_until = now() + make_interval(secs => $3)
            from mine where w.id = mine.id returning w.id
            """,  # noqa: S608
            *_in_order(held),
            lease,
        )
        return {row["id"] for row in rows}

    async def release(self, held: Mapping[UUID, int]) -> None:
        """Hand rows back unfinished: another worker may claim them at once."""
        await self.db.execute(
            f"""
            with mine as materialized ({self._held})
            update {self._work} w set lease_until = null from mine where w.id = mine.id
            """,  # noqa: S608
            *_in_order(held),
        )

    async def save(
        self, work: Work, checkpoint: Mapping[str, Any] | None, events: Sequence[Event]
    ) -> None:
        """Store a checkpoint and emit while the handler goes on."""
        async with self.db.transaction() as conn:
            said = await conn.fetchval(
                f"update {self._work} set checkpoint = coalesce($3, checkpoint), said = said + 1"  # noqa: S608
                " where id = $1 and attempt = $2 and state = 'open' returning said",
                work.id,
                work.attempt,
                dict(checkpoint) if checkpoint is not None else None,
            )
            if said is None:
                raise LeaseLostError
            told = await outbox.put(
                conn,
                self.service,
                events,
                cause_id=uuid5(work.id, f"said:{said}"),
                cause_event=work.event_id,
                traceparent=work.traceparent,
            )
        self._offer(told)

    async def done(self, work: Work, outcome: Done) -> None:
        """Close the row, emit, and make the rows that follow."""
        await self._close(Closing.done(work, outcome))

    async def waiting(self, work: Work, outcome: Waiting) -> None:
        """Give the row back until later; waiting is no failed try."""
        await self._close(Closing.waiting(work, outcome))

    async def again(self, work: Work, pause: float, detail: str) -> None:
        """Give the row back after a failed try."""
        await self._close(Closing.again(work, pause, detail))

    async def failed(self, work: Work, outcome: Failed, event: Event) -> None:
        """Close the row for good and tell why."""
        await self._close(Closing.failed(work, outcome, event))

    async def _close(self, closing: Closing) -> None:
        if not await self._closer(closing):
            raise LeaseLostError

    async def stop_cancelled(self) -> int:
        """Cancel rows that came to be in the moment they were cancelled; how many."""
        return await self._cancelling.sweep(self.db)

    async def due(self) -> list[tuple[str, int, float]]:
        """Per step: how many rows are due and not at work, and the age of the oldest in seconds."""
        rows = await self.db.fetch(
            f"""
            select step, count(*) as due,
                   extract(epoch from now() - min(due_at))::float8 as oldest
            from {self._work}
            where state = 'open' and due_at <= now()
              and (lease_until is null or lease_until < now())
            group by step
            """  # noqa: S608
        )
        return [(row["step"], row["due"], row["oldest"]) for row in rows]

    async def _insert(self, conn: "Conn | Database", rows: Sequence[NewWork]) -> int:
        if not rows:
            return 0
        return await conn.fetchval(self._accept_query, *_columns(rows))

    async def _read_shared(self, events: set[UUID]) -> None:
        """What rows of a fan-out are about; what this claim is about is kept for the next."""
        known = {id_: text for id_, text in self._shared.items() if id_ in events}
        if missing := events - known.keys():
            rows = await self.db.fetch(
                f'select event_id, event::text from "{self.service}".shared'  # noqa: S608
                " where event_id = any($1)",
                list(missing),
            )
            known |= {row["event_id"]: row["event"] for row in rows}
        self._shared = known

    def _text(self, row: Any) -> str:
        return row["event"] or self._shared[row["event_id"]]

    def _view(self, row: Any) -> Work:
        return Work(
            id=row["id"],
            step=row["step"],
            job_id=row["job_id"],
            ordinal=row["ordinal"],
            attempt=row["attempt"],
            tries=row["tries"],
            checkpoint=row["checkpoint"],
            event_id=row["event_id"],
            keeper=self,
            traceparent=row["traceparent"],
        )


def _in_order(held: Mapping[UUID, int]) -> tuple[list[UUID], list[int]]:
    ids = sorted(held)
    return ids, [held[row] for row in ids]


def _columns(rows: Sequence[NewWork]) -> list[list[Any]]:
    """What ``<service>.accept`` takes: a column a field. A fan-out's message is stored once."""
    shared = {row.envelope.id: row for row in rows if row.ordinal is not None}
    return [
        [row.id for row in rows],
        [row.step for row in rows],
        [row.envelope.event.job_id for row in rows],
        [row.envelope.event.user_id for row in rows],
        [row.lane for row in rows],
        [row.ordinal for row in rows],
        [row.envelope.id for row in rows],
        [row.envelope.type for row in rows],
        [None if row.envelope.id in shared else row.body for row in rows],
        [row.envelope.traceparent for row in rows],
        list(shared),
        [row.envelope.event.job_id for row in shared.values()],
        [row.body for row in shared.values()],
    ]
