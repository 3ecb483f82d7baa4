"""Who is asked, and when: leads a scene past ill providers, full accounts and empty purses."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

import structlog
from contracts.errors import ErrorCode, Rejected
from runtime.work import Failed, Outcome, Waiting

from generator.domain.attempt import Attempt, Patience
from generator.domain.ledger import State
from generator.domain.routing import (
    ACCOUNT_CODES,
    BARRED,
    ILL,
    PROVIDER_CODES,
    Blocked,
    Why,
    order_of,
    spread,
)
from generator.handlers import meters
from generator.handlers.books import Books
from generator.handlers.job import Job
from generator.handlers.ports import Gate, VideoProvider

log = structlog.get_logger()

LONGEST_REST = 60.0
"""Between two looks whether somebody is well again."""


@dataclass(frozen=True, slots=True)
class Routing:
    """Decides from what all replicas know. ``now`` is seconds since the epoch.

    A scene never fails because an account is busy. An order that may be out is never moved.
    """

    providers: Mapping[str, VideoProvider]
    gate: Gate
    books: Books
    patience: Patience
    now: Callable[[], float]

    async def pick(self, job: Job) -> Job | Outcome:
        """The scene with the provider to ask now; or why there is none."""
        if not job.attempt.movable:
            return job
        names = order_of(job.wish, job.prices, job.attempt.failures)
        paid = [name for name in names if job.prices[name] > 0]
        if not paid:
            return self._at(job, names[0]) if names else job
        ill = await self.gate.health(paid, job.attempt.token, self.now())
        well = next((name for name in names if name not in ill), None)
        if well is not None:
            return self._at(job, well)
        return self._nobody(job.attempt, [ill[name] for name in names])

    def _at(self, job: Job, name: str) -> Job:
        return job if name == job.name else job.at(name, self.providers[name])

    async def admit(self, job: Job, attempt: Attempt, sending: Attempt) -> Outcome | None:
        """Let ``attempt`` leave as ``sending``; or how long it waits.

        Raises ``Rejected(BUDGET_EXCEEDED)``.
        """
        if job.free:
            return None
        now, price = self.now(), job.provider.capabilities.price(job.request)
        entry = self.books.entry(job, sending, State.SENDING)
        try:
            blocked = await self.gate.admit(entry, price, now, job.budget)
        except Rejected as error:
            if attempt.resubmits:
                await self.books.note(job, attempt, State.GIVEN_UP, error=error)
            raise
        if blocked is None:
            since = now if attempt.waiting_at is None else attempt.waiting_at
            meters.WAITED.labels(job.name).observe(max(0.0, now - since))
            return None
        meters.BLOCKED.labels(job.name, blocked.why.value).inc()
        if blocked.why in ILL:
            return self._nobody(attempt, [blocked])
        pause = spread(attempt.token, attempt.waits)
        if blocked.why is not Why.FULL:
            pause = blocked.seconds + min(1.0, pause)
        return Waiting(pause, attempt.kept_back(now).checkpoint())

    async def failed(self, job: Job, code: ErrorCode) -> None:
        """Tell the others, if it was the provider's doing."""
        if code in PROVIDER_CODES and not job.free:
            await self.gate.failed(job.name, code, self.now())

    async def worked(self, job: Job, *, finished: bool) -> None:
        """Tell the others that it is well."""
        if not job.free:
            await self.gate.worked(job.name, finished=finished)

    async def pause(self, job: Job, seconds: float) -> None:
        """Leave the account alone for a while: all replicas do."""
        if not job.free:
            await self.gate.pause(job.name, self.now() + seconds)

    def elsewhere(self, job: Job, refused: Attempt, code: ErrorCode) -> Attempt | None:
        """The record of a clean refusal after which another provider is asked, if there is one."""
        bar = code in ACCOUNT_CODES or code is ErrorCode.PROVIDER_RATE_LIMITED
        if not (bar or code in PROVIDER_CODES) or not refused.movable:
            return None
        fallen = refused.fell(BARRED if bar else 1)
        names = order_of(job.wish, job.prices, fallen.failures)
        if fallen.falls > self.patience.orders or not names or names[0] == job.name:
            return None
        return fallen

    def after_timeout(self, job: Job, attempt: Attempt, cost: Decimal) -> Attempt | None:
        """The record of the order after one that took too long and is surely over.

        Its provider would take as long again and is asked no more; ``None`` if there is no other.
        """
        following = attempt.after_failure(str(job.work.id), cost, BARRED)
        names = order_of(job.wish, job.prices, following.failures)
        return following if names and following.number <= self.patience.orders else None

    def _nobody(self, attempt: Attempt, ill: list[Blocked]) -> Outcome:
        """All are ill. What only an operator can mend is said at once; the rest may pass."""
        code = ill[0].code or ErrorCode.AI_PROVIDER_FAILURE
        now = self.now()
        mend = all(one.why is Why.OPEN and one.code in ACCOUNT_CODES for one in ill)
        if attempt.movable and mend:
            return Failed(code)
        held = attempt.held(now)
        if self.patience.refused_too_long(held, now):
            return Failed(code)
        log.info("order.held", token=attempt.token, code=code)
        rest = min(LONGEST_REST, *(one.seconds for one in ill))
        return Waiting(rest + spread(attempt.token, 0) / 4, held.checkpoint())
