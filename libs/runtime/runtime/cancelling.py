"""Cancel: open rows of a job stop; what was begun outside is given up by a row of its own."""

from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

from runtime.db import Conn, Database

UNDO: Final = "undo."
_CALM_SECONDS: Final = 5.0

_STOP: Final = """
with stopped as (
  update {work} set state = 'cancelled', finished_at = now(), lease_until = null
  where id in (
    select id from {work}
    where job_id = any($1) and state = 'open' and not starts_with(step, '{undo}')
    order by id for update)
  returning *
),
undone as (
  insert into {work} (id, step, job_id, user_id, lane, ordinal, event_id, event_type, event,
    traceparent, checkpoint, priority, due_at)
  select gen_random_uuid(), '{undo}' || step, job_id, user_id, lane, ordinal, event_id, event_type,
    event, traceparent, checkpoint, priority, now() + make_interval(secs => {calm})
  from stopped where attempt > 0 and step = any($2)
)
select count(*) from stopped
"""


class Cancelling:
    """Cancels jobs in ``<service>.work``. ``undoable`` are the steps that leave something outside.

    The row that gives it up comes due when a handler that was still running has been stopped; it
    has the stopped row's last checkpoint.
    """

    def __init__(self, service: str, undoable: Collection[str] = ()) -> None:
        self._undoable = list(undoable)
        self._cancelled = f'"{service}".cancelled'
        self._work = f'"{service}".work'
        self._stop = _STOP.format(work=self._work, undo=UNDO, calm=_CALM_SECONDS)

    async def cancel(self, conn: Conn, jobs: Sequence[UUID]) -> None:
        """Remember that these jobs are given up, and stop their rows."""
        await conn.execute(
            f"insert into {self._cancelled} (job_id) select unnest($1::uuid[])"
            " on conflict do nothing",
            jobs,
        )
        await conn.fetchval(self._stop, jobs, self._undoable)

    async def sweep(self, db: Database) -> int:
        """Stop rows that came to be in the moment their job was cancelled; how many."""
        jobs = await db.fetch(
            f"select distinct w.job_id from {self._work} w join {self._cancelled} c using (job_id)"  # noqa: S608
            f" where w.state = 'open' and not starts_with(w.step, '{UNDO}')"
        )
        if not jobs:
            return 0
        return await db.fetchval(self._stop, [row["job_id"] for row in jobs], self._undoable)
