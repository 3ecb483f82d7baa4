"""Keeps the books of paid orders: one entry per order, as it stands."""

from dataclasses import dataclass
from decimal import Decimal

from contracts.errors import FilmError

from generator.domain.attempt import Attempt
from generator.domain.ledger import Entry, State
from generator.domain.provider import Phase, Status
from generator.handlers.job import Job
from generator.handlers.meters import count
from generator.handlers.ports import AttemptLog

DETAIL = 2_000


@dataclass(frozen=True, slots=True)
class Books:
    """Writes entries; what is free is not kept. They never decide anything: checkpoints do."""

    log: AttemptLog

    async def note(
        self,
        job: Job,
        attempt: Attempt,
        state: State,
        *,
        cost: Decimal | None = None,
        status: Status | None = None,
        error: FilmError | None = None,
    ) -> None:
        """Where an order stands now. Raises ``Transient`` if that cannot be kept."""
        if job.free:
            return
        entry = self.entry(job, attempt, state, cost=cost, status=status, error=error)
        if await self.log.record(entry):
            count(job.name, state, cost)

    def entry(
        self,
        job: Job,
        attempt: Attempt,
        state: State,
        *,
        cost: Decimal | None = None,
        status: Status | None = None,
        error: FilmError | None = None,
    ) -> Entry:
        """An order as it is written down."""
        code, detail = (None, "") if error is None else (error.code, error.detail)
        if status is not None and status.phase in {Phase.FAILED, Phase.CANCELLED}:
            code, detail = status.code, status.message
        event, work = job.event, job.work
        return Entry(
            token=attempt.token,
            work_id=work.id,
            job_id=event.job_id,
            user_id=event.user_id,
            project_id=event.project_id,
            scene_index=job.teller.index,
            provider=job.name,
            model=job.provider.capabilities.model,
            request_hash=attempt.request_hash,
            number=attempt.number,
            sends=attempt.sends,
            ordered_at=attempt.ordered_at or attempt.submitted_at or 0.0,
            state=state,
            request_id=attempt.request_id,
            cost_usd=cost,
            code=code,
            detail=detail[:DETAIL],
        )
