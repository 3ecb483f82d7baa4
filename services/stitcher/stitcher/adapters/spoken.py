"""The table ``stitcher.narrations``: lines that were said, each paid for once."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from contracts.events import Event, ObjectRef
from runtime.db import Database

from stitcher.adapters.parts import database
from stitcher.domain.voices import Intent, Order

# A row that asks is asked for again by its own work at once (the worker before is dead), by others
# when its time is over. Whoever asks after an answer that never came is counted.
_INTEND = """
insert into stitcher.narrations as n
  (project_id, name, model, voice, letters, state, work_id, job_id, busy_until, sends)
values ($1, $2, $3, $4, $5, 'asking', $6, $7, now() + make_interval(secs => $8), 1)
on conflict (project_id, name) do update set
  state = 'asking', work_id = excluded.work_id, job_id = excluded.job_id,
  busy_until = excluded.busy_until,
  sends = n.sends + 1, lost = n.lost + (n.state = 'asking')::int, updated_at = now()
where n.state = 'free'
  or (n.state = 'asking' and (n.busy_until < now() or n.work_id = excluded.work_id) and n.lost < $9)
returning sends
"""
_STATE = """
select case when state = 'done' then 'known'
  when busy_until < now() or work_id = $3 then 'spent' else 'busy' end
from stitcher.narrations where project_id = $1 and name = $2
"""
_KEEP = """
update stitcher.narrations set state = 'done', object = $3, updated_at = now(),
  cost_usd = cost_usd + $4::numeric * (1 + lost)
where project_id = $1 and name = $2 and state <> 'done'
"""
_RECALL = """
select object from stitcher.narrations where project_id = $1 and name = $2 and state = 'done'
"""
# What was paid stays on record, so that a second payment for a lost file can be seen.
_DROP = """
update stitcher.narrations set state = 'free', object = null, lost = 0, updated_at = now()
where project_id = $1 and name = $2 and state = 'done'
"""
_PAID = """
select coalesce(sum(cost_usd), 0) from stitcher.narrations where project_id = $1 and job_id = $2
"""


@dataclass(frozen=True, slots=True)
class PostgresSpoken:
    """Implements the ``Spoken`` port. A send whose answer is lost is repeated ``resends`` times.

    ``claim_seconds`` outlast a send. Raises ``Transient`` while the database is away.
    """

    db: Database
    claim_seconds: float
    resends: int

    async def recall(self, project: UUID, name: str) -> ObjectRef | None:
        """A line that has been said."""
        async with database():
            body = await self.db.fetchval(_RECALL, project, name)
        return None if body is None else ObjectRef.model_validate(body)

    async def intend(self, event: Event, order: Order, by: UUID) -> Intent:
        """Write down that a line is about to be sent, if it may be."""
        project = event.project_id
        values = (project, order.name, order.model, order.voice, len(order.text), by, event.job_id)
        async with database():
            if await self.db.fetchval(_INTEND, *values, self.claim_seconds, self.resends):
                return Intent.GRANTED
            return Intent(
                await self.db.fetchval(_STATE, project, order.name, by) or Intent.BUSY.value
            )

    async def keep(self, project: UUID, order: Order, made: ObjectRef, usd: Decimal) -> None:
        """Remember what was said and what it cost, sends without an answer included."""
        async with database():
            await self.db.execute(_KEEP, project, order.name, made.model_dump(mode="json"), usd)

    async def free(self, project: UUID, order: Order, by: UUID) -> None:
        """The send was refused or never left: nothing was paid."""
        await self._end(project, order, by, "state = 'free', sends = sends - 1, busy_until = now()")

    async def lose(self, project: UUID, order: Order, by: UUID) -> None:
        """The send may have been paid for; its answer will not come."""
        await self._end(project, order, by, "busy_until = now()")

    async def drop(self, project: UUID, name: str) -> None:
        """Its sound is not there any more."""
        async with database():
            await self.db.execute(_DROP, project, name)

    async def paid(self, event: Event) -> Decimal:
        """What a job has paid, US dollars."""
        async with database():
            return Decimal(await self.db.fetchval(_PAID, event.project_id, event.job_id))

    async def _end(self, project: UUID, order: Order, by: UUID, change: str) -> None:
        async with database():
            await self.db.execute(
                f"update stitcher.narrations set {change}, updated_at = now()"  # noqa: S608
                " where project_id = $1 and name = $2 and work_id = $3 and state = 'asking'",
                *(project, order.name, by),
            )
