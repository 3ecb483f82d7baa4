"""What becomes of a scene when an order has come to nothing: another order, or the end.

What was paid for nothing, or may have been, is told to the user as it is known.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import structlog
from contracts.errors import ErrorCode, FilmError
from contracts.events import Event
from runtime.work import Failed, Outcome, Waiting

from generator.domain.attempt import Attempt, Patience
from generator.domain.clip import Unusable
from generator.domain.ledger import State
from generator.domain.provider import Phase, Status
from generator.handlers.books import Books
from generator.handlers.job import Job
from generator.handlers.routing import Routing

log = structlog.get_logger()

LEAST_PAUSE: Final = 0.1
ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class Endings:
    """Ends of orders that were out. ``now`` is seconds since the epoch."""

    now: Callable[[], float]
    patience: Patience
    books: Books
    routing: Routing

    async def lost(self, job: Job, attempt: Attempt, status: Status, cost: Decimal) -> Outcome:
        """The provider gave up."""
        ours = status.phase is Phase.CANCELLED and self.patience.over(attempt, self.now())
        if ours or attempt.ending_at is not None or status.code is ErrorCode.SCENE_TIMEOUT:
            return await self.too_long(job, attempt, status, cost)
        await self.books.note(job, attempt, State.FAILED, cost=cost, status=status)
        error = FilmError(status.code, detail=status.message)
        if status.code is not ErrorCode.AI_PROVIDER_FAILURE:
            return await self.over(job, status.code, attempt.paid(cost), status.message)
        return await self.following(job, attempt, error, cost, status.poll_after)

    async def following(
        self, job: Job, attempt: Attempt, error: FilmError, cost: Decimal, pause: float
    ) -> Outcome:
        """A new order after one that is surely over; it is paid for anew, so they are counted."""
        await self.routing.failed(job, error.code)
        if attempt.number >= self.patience.orders:
            said = error.message if isinstance(error, Unusable) else ""
            return await self.over(job, error.code, attempt.paid(cost), error.detail, said)
        log.warning("order.lost", order=attempt.request_id, detail=error.detail[:500])
        following = attempt.after_failure(str(job.work.id), cost)
        return Waiting(pause, following.checkpoint(), costs_of(job, following.paid(ZERO)))

    async def too_long(self, job: Job, attempt: Attempt, status: Status, cost: Decimal) -> Outcome:
        """One that took too long is surely over: another provider is asked, if there is one."""
        late = FilmError(ErrorCode.SCENE_TIMEOUT, detail=status.message)
        await self.books.note(job, attempt, State.FAILED, cost=cost, error=late)
        following = self.routing.after_timeout(job, attempt, cost)
        if following is None:
            return await self.over(job, ErrorCode.SCENE_TIMEOUT, attempt.paid(cost))
        log.warning("order.elsewhere", token=attempt.token, code=late.code)
        events = costs_of(job, following.paid(ZERO))
        return Waiting(LEAST_PAUSE, following.checkpoint(), events)

    async def over(
        self, job: Job, code: ErrorCode, cost: Decimal, detail: str = "", message: str = ""
    ) -> Failed:
        """The scene has failed, and what was paid for it, or may have been, is told."""
        if cost:
            await job.work.say(*costs_of(job, cost))
        return Failed(code, message, detail)


def cost_of(job: Job, status: Status) -> Decimal:
    """What an order took, as its provider says, else its price."""
    price = job.provider.capabilities.price(job.request)
    return price if status.cost_usd is None else status.cost_usd


def costs_of(job: Job, cost: Decimal) -> Sequence[Event]:
    """That orders came to nothing and cost this much, in US dollars."""
    return (job.teller.fact(job.teller.said, cost),) if cost else ()
