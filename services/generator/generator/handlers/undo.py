"""Gives up what a cancelled job has ordered: found if it is not known, cancelled, and booked."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic

import structlog
from contracts.documents import Plan
from contracts.errors import ErrorCode, FilmError, Rejected
from runtime.objects import ObjectStore, get_model
from runtime.work import Done, E_contra, Outcome, Waiting, Work

from generator.domain.attempt import Attempt, Verdict
from generator.domain.ledger import State
from generator.domain.provider import Phase, Status, Ticket
from generator.handlers.endings import costs_of
from generator.handlers.job import Job
from generator.handlers.orders import Orders, pause_of
from generator.handlers.ports import Gate, VideoProvider
from generator.handlers.stills import STILL
from generator.handlers.takes import SceneEvent, pictures_of

log = structlog.get_logger()

CANCELLED = FilmError(ErrorCode.CANCELLED)
MOST_TRIES = 8
"""Questions that a provider may leave unanswered before its order is left to end by itself."""


class GiveUp(ABC, Generic[E_contra]):
    """A row of cancelled work, with the last checkpoint of the one that did it.

    Nothing is ever ordered here, and it never fails: the user has cancelled already.
    """

    orders: Orders
    gate: Gate
    now: Callable[[], float]

    @abstractmethod
    async def job_of(self, event: E_contra, work: Work) -> Job:
        """What had been ordered. Raises ``Rejected`` if nobody here knows."""

    async def __call__(self, event: E_contra, work: Work) -> Outcome:
        """Cancel the order that is out, or may be."""
        attempt = Attempt.of(work.checkpoint)
        if STILL in work.checkpoint:
            return Done()  # a still ends by itself within seconds, and stays booked
        if attempt is None or attempt.submitted_at is None:
            await self.gate.release(event.job_id, work.ordinal or 0)
            return Done()
        try:
            job = await self.job_of(event, work)
        except Rejected as error:
            log.warning("undo.unknown", token=attempt.token, code=error.code)
            return Done()
        try:
            found = await self._found(job, attempt)
            return await self._cancel(job, found) if isinstance(found, Attempt) else found
        except FilmError as error:
            return await self._unanswered(job, attempt, error)

    async def _found(self, job: Job, attempt: Attempt) -> Attempt | Outcome:
        """An order of which nobody knows whether it arrived is looked for until that is sure."""
        if attempt.request_id is not None:
            return attempt
        asked, can = self.now(), job.provider.capabilities
        if can.can_reconcile:
            ticket = await job.provider.reconcile(self.orders.order(job, attempt))
            if ticket is not None:
                return attempt.taken(ticket.request_id, ticket.output, ticket.links)
            attempt = attempt.looked(asked)
            if self.orders.patience.verdict(attempt, asked, can) is Verdict.LOOK_AGAIN:
                return Waiting(self.orders.patience.look_pause(can), attempt.checkpoint())
        return await self._over(job, attempt, State.GIVEN_UP)

    async def _cancel(self, job: Job, attempt: Attempt) -> Outcome:
        ticket = Ticket(
            self.orders.order(job, attempt),
            attempt.request_id or "",
            attempt.output,
            attempt.links,
        )
        await job.provider.cancel(ticket)
        status = await job.provider.poll(ticket)
        if status.phase is Phase.SUCCEEDED:
            cost = job.provider.capabilities.price(job.request)
            return await self._over(job, attempt, State.SUCCEEDED, status, cost)
        return await self._over(job, attempt, State.GIVEN_UP, status)

    async def _over(
        self,
        job: Job,
        attempt: Attempt,
        state: State,
        status: Status | None = None,
        cost: Decimal | None = None,
    ) -> Outcome:
        """Booked. What an order took that was cancelled is what its provider says, if it does."""
        told = None if status is None else status.cost_usd
        paid = cost if told is None else told
        await self.orders.books.note(job, attempt, state, cost=paid, error=CANCELLED)
        log.info("undo.over", token=attempt.token, order=attempt.request_id, state=state)
        return Done(costs_of(job, attempt.paid(paid or Decimal(0))))

    async def _unanswered(self, job: Job, attempt: Attempt, error: FilmError) -> Outcome:
        attempt = attempt.missed()
        if attempt.misses >= MOST_TRIES:
            log.warning("undo.unanswered", token=attempt.token, detail=error.detail[:500])
            return await self._over(job, attempt, State.GIVEN_UP)
        return Waiting(pause_of(job, error, attempt.misses), attempt.checkpoint())


@dataclass(frozen=True)
class GiveUpScene(GiveUp[SceneEvent]):
    """What a cancelled scene has ordered."""

    providers: Mapping[str, VideoProvider]
    orders: Orders
    gate: Gate
    store: ObjectStore
    now: Callable[[], float]

    async def job_of(self, event: SceneEvent, work: Work) -> Job:
        """The scene as it was ordered."""
        plan = await get_model(self.store, event.plan, Plan)
        pictures = await pictures_of(plan, work.ordinal, self.providers, None)
        return Job.of(event, work, plan, self.providers, self.now, pictures=pictures)
