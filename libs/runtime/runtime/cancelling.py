"""Cancel: open rows of a job, or of one message, stop; what they began outside is given up."""

from collections.abc import Collection, Sequence
from typing import Final, NamedTuple
from uuid import UUID

from runtime.db import Conn, Database

UNDO: Final = "undo."
_CALM_SECONDS: Final = 5.0

_OF_JOBS: Final = "job_id = any($2)"
_OF_MESSAGES: Final = "(job_id, event_id) in (select * from unnest($2::uuid[], $3::uuid[]))"

_STOP: Final = """
with stopped as (
  update {work} set state = 'cancelled', finished_at = now(), lease_until = null
  where id in (
    select id from {work}
    where {these} and state = 'open' and not starts_with(step, '{undo}')
    order by id for update)
  returning *
),
undone as (
  insert into {work} (id, step, job_id, user_id, lane, ordinal, event_id, event_type, event,
    traceparent, checkpoint, priority, due_at)
  select gen_random_uuid(), '{undo}' || step, job_id, user_id, lane, ordinal, event_id, event_type,
    event, traceparent, checkpoint, priority, now() + make_interval(secs => {calm})
  from stopped where attempt > 0 and step = any($1)
)
select count(*) from stopped
"""


class Withdrawn(NamedTuple):
    """A message that shall give rise to no work any more."""

    job_id: UUID
    event_id: UUID


class Cancelling:
    """Cancels in ``<service>.work``. ``undoable`` are the steps that leave something outside.

    The row that gives it up comes due when a handler that was still running has been stopped; it
    has the stopped row's last checkpoint.
    """

    def __init__(self, service: str, undoable: Collection[str] = ()) -> None:
        self._undoable = list(undoable)
        self._cancelled = f'"{service}".cancelled'
        self._withdrawn = f'"{service}".withdrawn'
        self._work = f'"{service}".work'
        self._stop_jobs = self._stop(_OF_JOBS)
        self._stop_messages = self._stop(_OF_MESSAGES)

    async def cancel(self, conn: Conn, jobs: Sequence[UUID]) -> None:
        """Remember that these jobs are given up, and stop their rows."""
        await conn.execute(
            f"insert into {self._cancelled} (job_id) select unnest($1::uuid[])"
            " on conflict do nothing",
            jobs,
        )
        await conn.fetchval(self._stop_jobs, self._undoable, jobs)

    async def withdraw(self, conn: Conn, messages: Sequence[Withdrawn]) -> None:
        """Remember that nobody wants what came of these messages, and stop their rows alone."""
        jobs, events = [one.job_id for one in messages], [one.event_id for one in messages]
        await conn.execute(
            f"insert into {self._withdrawn} (job_id, event_id)"  # noqa: S608
            " select * from unnest($1::uuid[], $2::uuid[]) on conflict do nothing",
            jobs,
            events,
        )
        await conn.fetchval(self._stop_messages, self._undoable, jobs, events)

    async def sweep(self, db: Database) -> int:
        """Stop rows that came to be in the moment they were cancelled; how many."""
        return await self._sweep_jobs(db) + await self._sweep_messages(db)

    async def _sweep_jobs(self, db: Database) -> int:
        rows = await db.fetch(
            f"select distinct w.job_id from {self._work} w join {self._cancelled} c using (job_id)"  # noqa: S608
            f" where w.state = 'open' and not starts_with(w.step, '{UNDO}')"
        )
        if not rows:
            return 0
        jobs = [row["job_id"] for row in rows]
        return await db.fetchval(self._stop_jobs, self._undoable, jobs)

    async def _sweep_messages(self, db: Database) -> int:
        rows = await db.fetch(
            "select distinct w.job_id, w.event_id"  # noqa: S608
            f" from {self._work} w join {self._withdrawn} d using (event_id)"
            f" where w.state = 'open' and not starts_with(w.step, '{UNDO}')"
        )
        if not rows:
            return 0
        jobs, events = zip(*((row["job_id"], row["event_id"]) for row in rows), strict=True)
        return await db.fetchval(self._stop_messages, self._undoable, jobs, events)

    def _stop(self, these: str) -> str:
        return _STOP.format(work=self._work, these=these, undo=UNDO, calm=_CALM_SECONDS)
