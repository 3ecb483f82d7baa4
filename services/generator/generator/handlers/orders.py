"""Paying once: places an order, finds it again after a lost answer, and waits for it.

At most one order leaves per run of a handler, after its record is durable. Whatever happens to an
order that may be out is decided from that record; no error of a provider makes it be forgotten.
The row of a cancelled job is never claimed again, so its order is left to end by itself.
"""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

import structlog
from contracts.errors import ErrorCode, FilmError, Transient
from runtime.work import Failed, Outcome, Retry, Waiting

from generator.domain.attempt import Attempt, Patience, Verdict
from generator.domain.provider import Phase, Status, Ticket
from generator.handlers.job import MADE, ORDERED, Job

log = structlog.get_logger()

FIRST_LOOK = 1.0
LEAST_PAUSE = 0.1
LONGEST_PAUSE = 300.0
PAUSES = Retry(first=1.0, cap=60.0, jitter=0.0)
"""Between questions that are not answered."""


@dataclass(frozen=True, slots=True)
class Made:
    """A finished order: where its clip is, and what the scene cost, in US dollars."""

    attempt: Attempt
    ticket: Ticket
    cost: Decimal


@dataclass(frozen=True, slots=True)
class Orders:
    """Orders of all providers. ``now`` is seconds since the epoch."""

    now: Callable[[], float]
    patience: Patience

    async def place(self, job: Job) -> Attempt | Outcome:
        """The order that is out, placing it if there surely is none; or why not now."""
        attempt = job.attempt
        if attempt.request_id is not None:
            return attempt
        if attempt.submitted_at is None:
            return await self._submit(job, attempt)
        return await self._find(job, attempt)

    async def look(self, job: Job, attempt: Attempt) -> Made | Outcome:
        """The finished order; or what to do instead."""
        ticket = Ticket(job.request, attempt.token, attempt.request_id)
        try:
            status = await job.provider.poll(ticket)
        except FilmError as error:
            return await self._unanswered(job, attempt, error)
        attempt = attempt.seen(status.phase, self.now())
        cost = job.provider.capabilities.price(job.request)
        cost = cost if status.cost_usd is None else status.cost_usd
        match status.phase:
            case Phase.SUCCEEDED:
                return Made(attempt, replace(ticket, output=status.output), attempt.paid(cost))
            case Phase.FAILED | Phase.CANCELLED:
                return self._lost(job, attempt, status, cost)
            case Phase.QUEUED | Phase.RUNNING:
                return await self._wait(job, attempt, status)

    def fetch_failed(self, attempt: Attempt, error: FilmError) -> Outcome:
        """A download is repeated as a download: the clip is paid for."""
        attempt = attempt.spoilt()
        if attempt.downloads >= self.patience.downloads:
            return Failed(error.code, error.message, error.detail)
        log.warning("order.fetch_failed", order=attempt.request_id, detail=error.detail[:500])
        return Waiting(_pause(error, attempt.downloads), attempt.checkpoint())

    async def _submit(self, job: Job, attempt: Attempt) -> Attempt | Outcome:
        begun = self.now()
        attempt = attempt.sending(begun)
        await job.work.save(attempt.checkpoint())

        def may_send() -> bool:
            return self.now() - begun <= self.patience.send

        try:
            ticket = await job.provider.submit(job.request, attempt.token, may_send)
        except FilmError as error:
            if error.code is ErrorCode.PROVIDER_UNCERTAIN:
                log.warning("order.uncertain", token=attempt.token, detail=error.detail[:500])
                return Waiting(FIRST_LOOK, attempt.checkpoint())
            return await self._refused(job, attempt, error)
        return await self._took(job, attempt, ticket)

    async def _refused(self, job: Job, attempt: Attempt, error: FilmError) -> Outcome:
        attempt = attempt.refused(self.now())
        if error.code is ErrorCode.PROVIDER_RATE_LIMITED:
            if self.patience.refused_too_long(attempt, self.now()):
                return Failed(error.code, detail=error.detail)
            return Waiting(_pause(error, attempt.misses), attempt.checkpoint())
        await job.work.save(attempt.checkpoint())
        raise error

    async def _took(self, job: Job, attempt: Attempt, ticket: Ticket) -> Attempt:
        attempt = attempt.taken(ticket.request_id or "").told(ORDERED)
        events = [job.teller.fact(ORDERED)] if job.teller.said < ORDERED else []
        await job.work.save(attempt.checkpoint(), *events)
        return attempt

    async def _find(self, job: Job, attempt: Attempt) -> Attempt | Outcome:
        """Look for an order of which nobody knows whether it arrived."""
        if not job.provider.capabilities.can_reconcile:
            return Failed(ErrorCode.PROVIDER_UNCERTAIN)
        asked = self.now()
        try:
            ticket = await job.provider.reconcile(job.request, attempt.token)
        except FilmError as error:
            return await self._unanswered(job, attempt, error)
        if ticket is not None:
            log.info("order.found", token=attempt.token, order=ticket.request_id)
            return await self._took(job, attempt, ticket)
        attempt = attempt.looked(asked)
        match self.patience.verdict(attempt, asked):
            case Verdict.LOOK_AGAIN:
                return Waiting(self.patience.look_pause, attempt.checkpoint())
            case Verdict.RESUBMIT:
                log.warning("order.resubmitted", token=attempt.token, looks=attempt.looks)
                return await self._submit(job, attempt.resubmitted())
            case Verdict.GIVE_UP:
                return Failed(ErrorCode.PROVIDER_UNCERTAIN)

    async def _unanswered(self, job: Job, attempt: Attempt, error: FilmError) -> Outcome:
        """A question was not answered. The order is paid for, so ask until patience ends."""
        attempt = attempt.missed()
        if self.patience.over(attempt, self.now()):
            await self._cancel(job, attempt)
            unknown = attempt.request_id is None
            code = ErrorCode.PROVIDER_UNCERTAIN if unknown else error.code
            return Failed(code, detail=error.detail)
        log.warning("order.unanswered", token=attempt.token, detail=error.detail[:500])
        return Waiting(_pause(error, attempt.misses), attempt.checkpoint())

    def _lost(self, job: Job, attempt: Attempt, status: Status, cost: Decimal) -> Outcome:
        """The provider gave up; a new order is paid for anew, so they are counted."""
        if status.phase is Phase.CANCELLED and self.patience.over(attempt, self.now()):
            return Failed(ErrorCode.SCENE_TIMEOUT)
        refused = status.code is not ErrorCode.AI_PROVIDER_FAILURE
        if refused or attempt.number >= self.patience.orders:
            return Failed(status.code, detail=status.message)
        log.warning("order.lost", order=attempt.request_id, detail=status.message[:500])
        following = attempt.after_failure(str(job.work.id), cost)
        return Waiting(status.poll_after, following.checkpoint())

    async def _wait(self, job: Job, attempt: Attempt, status: Status) -> Outcome:
        if self.patience.over(attempt, self.now()):
            await self._cancel(job, attempt)
            return Failed(ErrorCode.SCENE_TIMEOUT)
        share = ORDERED + (MADE - ORDERED) * status.progress
        events = [job.teller.fact(share)] if share > attempt.share else []
        return Waiting(status.poll_after, attempt.told(share).checkpoint(), events)

    async def _cancel(self, job: Job, attempt: Attempt) -> None:
        """Best effort: what it costs is paid already, and the scene has failed either way."""
        if attempt.request_id is None:
            return
        with contextlib.suppress(FilmError):
            await job.provider.cancel(Ticket(job.request, attempt.token, attempt.request_id))


def _pause(error: FilmError, times: int) -> float:
    asked = error.retry_after if isinstance(error, Transient) else None
    if asked is None:
        asked = PAUSES.pause(max(0, times - 1), 0.5)
    return min(max(asked, LEAST_PAUSE), LONGEST_PAUSE)
