"""What a language model was asked and answered, kept in the scripter's schema."""

from dataclasses import dataclass
from uuid import UUID

from contracts.errors import ErrorCode
from runtime.db import Database

from scripter.domain.model_plan import Answer, Claim, Finish

_CLAIM = """
insert into scripter.answers (request_hash, model, job_id, busy_until)
values ($1, $2, $3, now() + make_interval(secs => $4))
on conflict (request_hash) do update set
  asked = answers.asked + 1,
  unknown = case when answers.job_id = excluded.job_id then answers.unknown + 1 else 1 end,
  job_id = excluded.job_id,
  busy_until = excluded.busy_until,
  asked_at = now()
where answers.answer is null and answers.busy_until <= now()
  and (answers.job_id <> excluded.job_id or answers.unknown < $5)
returning true
"""
_STANDS = """
select answer is not null as answered, busy_until > now() as busy
from scripter.answers where request_hash = $1
"""
_KEEP = """
update scripter.answers set answer = $2, finish = $3, tokens_in = $4, tokens_out = $5,
  cost_usd = $6, unknown = greatest(unknown - 1, 0), busy_until = now(), failure = null,
  answered_at = now()
where request_hash = $1 and answer is null
"""
_GIVE_UP = """
update scripter.answers set failure = $2, busy_until = now(),
  unknown = case when $3 then unknown else greatest(unknown - 1, 0) end
where request_hash = $1 and answer is null
"""
_MOST_UNKNOWN = 2


@dataclass(frozen=True, slots=True)
class PostgresAnswers:
    """Table ``scripter.answers``. A dead worker's claim ends after ``claim_seconds``."""

    db: Database
    claim_seconds: float

    async def recall(self, digest: str) -> Answer | None:
        """The answer, if it has been given."""
        row = await self.db.fetchrow(
            "select answer, finish, tokens_in, tokens_out, cost_usd, job_id "
            "from scripter.answers where request_hash = $1 and answer is not null",
            digest,
        )
        if row is None:
            return None
        return Answer(
            row["answer"],
            Finish(row["finish"]),
            row["tokens_in"],
            row["tokens_out"],
            row["cost_usd"],
            row["job_id"],
        )

    async def claim(self, digest: str, model: str, job_id: UUID) -> Claim:
        """Put on record that the caller is about to ask, or say why it may not."""
        granted = await self.db.fetchval(
            _CLAIM, digest, model, job_id, self.claim_seconds, _MOST_UNKNOWN
        )
        if granted:
            return Claim.GRANTED
        row = await self.db.fetchrow(_STANDS, digest)
        if row is None or row["busy"]:
            return Claim.BUSY
        return Claim.GRANTED if row["answered"] else Claim.SPENT

    async def keep(self, digest: str, answer: Answer) -> None:
        """Remember the answer for good."""
        await self.db.execute(
            _KEEP,
            digest,
            answer.text,
            answer.finish.value,
            answer.tokens_in,
            answer.tokens_out,
            answer.cost_usd,
        )

    async def give_up(self, digest: str, code: ErrorCode, *, unknown: bool) -> None:
        """Give the claim back without an answer; ``unknown`` if it may have cost money."""
        await self.db.execute(_GIVE_UP, digest, code.value, unknown)
