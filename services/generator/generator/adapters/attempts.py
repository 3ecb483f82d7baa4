"""The table ``generator.attempts``, and the rows of work that wait for what is in it."""

from dataclasses import dataclass
from uuid import UUID

from contracts.errors import ErrorCode, Transient
from runtime.db import TRANSIENT_ERRORS, Database

from generator.domain.ledger import Entry, Hastened

_RECORD = """
insert into generator.attempts as kept
    (token, work_id, job_id, user_id, project_id, scene_index, provider, model, request_hash,
     number, sends, ordered_at, state, request_id, cost_usd, error_code, error_detail)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, to_timestamp($12), $13, $14,
    $15::text::numeric, $16, $17)
on conflict (token) do update set
    sends = greatest(kept.sends, excluded.sends), state = excluded.state,
    request_id = coalesce(excluded.request_id, kept.request_id),
    cost_usd = coalesce(excluded.cost_usd, kept.cost_usd),
    error_code = excluded.error_code, error_detail = excluded.error_detail, updated_at = now()
where kept.state not in ('succeeded', 'failed', 'given_up', 'unusable')
   or kept.state = 'succeeded' and excluded.state = 'unusable'
"""

_HASTEN = """
with mine as (
  select w.id, w.lease_until is not null and w.lease_until > now() as at_work
  from generator.attempts a join generator.work w on w.id = a.work_id
  where a.job_id = $1 and a.provider = $2 and w.state = 'open'
    and a.state in ('sending', 'uncertain', 'taken')
    and (a.request_id = $3 or a.request_id is null and a.token = $4)
    and ($4::text is null or a.token = $4)
  order by w.id for update of w
),
hastened as (
  update generator.work w set due_at = now() from mine
  where w.id = mine.id and not mine.at_work and w.due_at > now() returning w.id
)
select bool_or(at_work) as at_work, (select count(*) from hastened) as due from mine
"""


def placed(entry: Entry) -> tuple[object, ...]:
    """What is known of an order once it is placed: the first twelve columns of a row."""
    return (
        entry.token,
        entry.work_id,
        entry.job_id,
        entry.user_id,
        entry.project_id,
        entry.scene_index,
        entry.provider,
        entry.model,
        entry.request_hash,
        entry.number,
        entry.sends,
        entry.ordered_at,
    )


@dataclass(frozen=True, slots=True)
class PostgresAttempts:
    """Implements the ports ``AttemptLog`` and ``OrderRows``."""

    db: Database

    async def record(self, entry: Entry) -> bool:
        """Keep where an order stands; an end stays. Whether it was news."""
        values = (
            *placed(entry),
            entry.state,
            entry.request_id,
            None if entry.cost_usd is None else str(entry.cost_usd),
            entry.code,
            entry.detail or None,
        )
        try:
            return (await self.db.execute(_RECORD, *values)).endswith(" 1")
        except TRANSIENT_ERRORS as error:
            raise Transient(ErrorCode.INTERNAL, detail=str(error)) from error

    async def hasten(
        self, job_id: UUID, provider: str, request_id: str, token: str | None
    ) -> Hastened:
        """Make the order's row due now, if it waits."""
        try:
            row = await self.db.fetchrow(_HASTEN, job_id, provider, request_id, token)
        except TRANSIENT_ERRORS as error:
            raise Transient(ErrorCode.INTERNAL, detail=str(error)) from error
        if row is None:
            return Hastened.NOTHING
        if row["at_work"]:
            return Hastened.AT_WORK
        return Hastened.DUE if row["due"] else Hastened.NOTHING
