"""Paying once: places an order, finds it again after a lost answer, and waits for it.

At most one order leaves per run of a handler, after its record is durable. Whatever happens to an
order that may be out is decided from that record; no error of a provider makes it be forgotten.
What a cancelled job has ordered is given up by ``handlers.undo``.
"""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal

import structlog
from contracts.errors import ErrorCode, FilmError, Rejected, Transient
from runtime.work import Failed, Outcome, Retry, Waiting

from generator.domain.attempt import Attempt, Patience, Verdict
from generator.domain.clip import Unusable
from generator.domain.ledger import State
from generator.domain.provider import Order, Phase, Status, Ticket
from generator.handlers.books import Books
from generator.handlers.endings import LEAST_PAUSE, Endings, cost_of
from generator.handlers.job import MADE, ORDERED, Job
from generator.handlers.looks import Looks
from generator.handlers.ports import Callbacks
from generator.handlers.routing import Routing

log = structlog.get_logger()

FIRST_LOOK = 1.0
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
    books: Books
    callbacks: Callbacks
    routing: Routing
    looks: Looks = field(default_factory=Looks)

    @property
    def _endings(self) -> Endings:
        return Endings(self.now, self.patience, self.books, self.routing)

    def once(self, longest: float) -> "Orders":
        """The same for what may take ``longest`` seconds and is not paid for again by itself."""
        patience = replace(self.patience, queued=longest, running=longest, orders=1)
        routing = replace(self.routing, patience=patience)
        looks = Looks(self.looks.per_second, self.looks.crowd)
        return replace(self, patience=patience, routing=routing, looks=looks)

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
        ticket = self._ticket(job, attempt)
        try:
            status = await job.provider.poll(ticket)
        except FilmError as error:
            return await self._unanswered(job, attempt, error)
        self.looks.looked(job, attempt, status.phase, self.now())
        attempt = attempt.seen(status.phase, self.now())
        cost = cost_of(job, status)
        match status.phase:
            case Phase.SUCCEEDED:
                return await self._made(job, attempt, replace(ticket, output=status.output), cost)
            case Phase.FAILED | Phase.CANCELLED:
                return await self._endings.lost(job, attempt, status, cost)
            case Phase.QUEUED | Phase.RUNNING:
                return await self._wait(job, attempt, status)

    async def fetch_failed(self, job: Job, made: Made, error: FilmError) -> Outcome:
        """A download is repeated as a download: the clip is paid for.

        A file that is no clip however often it is fetched is the provider's failure.
        """
        bad = isinstance(error, Unusable)
        attempt = made.attempt.spoilt(unusable=bad)
        if bad and attempt.unusable >= self.patience.unusable:
            cost = made.cost - Decimal(attempt.spent)
            await self.books.note(job, attempt, State.UNUSABLE, cost=cost, error=error)
            return await self._endings.following(job, attempt, error, cost, LEAST_PAUSE)
        if attempt.downloads >= self.patience.downloads:
            return await self._endings.over(job, error.code, made.cost, error.detail, error.message)
        log.warning("order.fetch_failed", order=attempt.request_id, detail=error.detail[:500])
        return Waiting(pause_of(job, error, attempt.downloads), attempt.checkpoint())

    async def _made(self, job: Job, attempt: Attempt, ticket: Ticket, cost: Decimal) -> Made:
        """Where the clip lies is kept: a provider may forget it before it is fetched."""
        if ticket.output != attempt.output or not attempt.made:
            attempt = attempt.done(ticket.output)
            await job.work.save(attempt.checkpoint())
        await self.books.note(job, attempt, State.SUCCEEDED, cost=cost)
        await self.routing.worked(job, finished=True)
        return Made(attempt, ticket, attempt.paid(cost))

    async def _submit(self, job: Job, attempt: Attempt) -> Attempt | Outcome:
        begun = self.now()
        kept_back = await self.routing.admit(job, attempt, attempt.sending(begun))
        if kept_back is not None:
            return kept_back
        attempt = attempt.sending(begun)
        await job.work.save(attempt.checkpoint())

        def may_send() -> bool:
            return self.now() - begun <= self.patience.send

        try:
            ticket = await job.provider.submit(self.order(job, attempt), may_send)
        except FilmError as error:
            if error.code is ErrorCode.PROVIDER_UNCERTAIN:
                log.warning("order.uncertain", token=attempt.token, detail=error.detail[:500])
                await self.books.note(job, attempt, State.UNCERTAIN, error=error)
                await self.routing.failed(job, error.code)
                return Waiting(FIRST_LOOK, attempt.checkpoint())
            return await self._refused(job, attempt, error)
        return await self._took(job, attempt, ticket)

    async def _refused(self, job: Job, attempt: Attempt, error: FilmError) -> Outcome:
        """Surely not taken.

        Our account's trouble and the provider's are a reason to ask another; what is wrong with
        the scene is for the user to change.
        """
        refused = attempt.refused(self.now())
        await self.books.note(job, attempt, State.REFUSED, error=error)
        tired = False
        if error.code is ErrorCode.PROVIDER_RATE_LIMITED:
            pause = pause_of(job, error, refused.misses)
            await self.routing.pause(job, pause)
            tired = self.patience.refused_too_long(refused, self.now())
            if not tired:
                return Waiting(pause, refused.checkpoint())
        await self.routing.failed(job, error.code)
        if moved := self.routing.elsewhere(job, refused, error.code):
            log.warning("order.elsewhere", token=attempt.token, code=error.code)
            return Waiting(LEAST_PAUSE, moved.checkpoint())
        if tired:
            return Failed(error.code, detail=error.detail)
        await job.work.save(refused.checkpoint())
        raise error

    async def _took(self, job: Job, attempt: Attempt, ticket: Ticket) -> Attempt:
        attempt = attempt.taken(ticket.request_id, ticket.output, ticket.links).told(ORDERED)
        events = [job.teller.fact(ORDERED)] if job.teller.said < ORDERED else []
        await job.work.save(attempt.checkpoint(), *events)
        await self.books.note(job, attempt, State.TAKEN)
        await self.routing.worked(job, finished=False)
        return attempt

    def order(self, job: Job, attempt: Attempt) -> Order:
        """What is sent, and looked for."""
        hook = job.provider.capabilities.hook
        callback = self.callbacks(hook, job.name, job.event, attempt.token) if hook else ""
        since = attempt.ordered_at or attempt.submitted_at or 0.0
        return Order(job.request, attempt.token, since, callback)

    def _ticket(self, job: Job, attempt: Attempt) -> Ticket:
        name = attempt.request_id or ""
        return Ticket(self.order(job, attempt), name, attempt.output, attempt.links)

    async def _find(self, job: Job, attempt: Attempt) -> Attempt | Outcome:
        """Look for an order of which nobody knows whether it arrived.

        Where nobody can look, it is held as long as its provider may need, and then settled.
        """
        asked, can = self.now(), job.provider.capabilities
        try:
            order = self.order(job, attempt)
            ticket = await job.provider.reconcile(order) if can.can_reconcile else None
        except FilmError as error:
            return await self._unanswered(job, attempt, error)
        if ticket is not None:
            log.info("order.found", token=attempt.token, order=ticket.request_id)
            return await self._took(job, attempt, ticket)
        attempt = attempt.looked(asked)
        match self.patience.verdict(attempt, asked, can):
            case Verdict.LOOK_AGAIN:
                return Waiting(self.patience.look_pause(can), attempt.checkpoint())
            case Verdict.RESUBMIT:
                log.warning("order.resubmitted", token=attempt.token, looks=attempt.looks)
                return await self._submit(job, attempt.resubmitted())
            case Verdict.GIVE_UP:
                return await self._give_up(job, attempt, ErrorCode.PROVIDER_UNCERTAIN)

    async def _unanswered(self, job: Job, attempt: Attempt, error: FilmError) -> Outcome:
        """A question was not answered. The order is paid for, so ask until patience ends."""
        attempt, ending = attempt.missed(), attempt.ending_at is not None
        missing = isinstance(error, Rejected) and error.code is ErrorCode.OUTPUT_EXPIRED
        if missing and attempt.cancelled:
            gone = Status(Phase.CANCELLED, message=error.detail)
            return await self._endings.too_long(job, attempt, gone, cost_of(job, gone))
        hope = ending and self.patience.may_end(attempt, self.now())
        if self.patience.over(attempt, self.now()) and not hope:
            code = ErrorCode.SCENE_TIMEOUT if ending else error.code
            code = code if attempt.request_id is not None else ErrorCode.PROVIDER_UNCERTAIN
            return await self._give_up(job, attempt, code, error.detail)
        log.warning("order.unanswered", token=attempt.token, detail=error.detail[:500])
        return Waiting(pause_of(job, error, attempt.misses), attempt.checkpoint())

    async def _wait(self, job: Job, attempt: Attempt, status: Status) -> Outcome:
        now = self.now()
        if self.patience.over(attempt, now):
            return await self._end(job, attempt, status)
        share = ORDERED + (MADE - ORDERED) * status.progress
        events = [job.teller.fact(share)] if share > attempt.share else []
        pause = self.looks.pause(job, attempt, status, now)
        return Waiting(pause, attempt.told(share).due(now, pause).checkpoint(), events)

    async def _end(self, job: Job, attempt: Attempt, status: Status) -> Outcome:
        """It takes too long: it is cancelled, and looked at until that is sure or hopeless.

        While it may still be at work nobody else is asked.
        """
        if not self.patience.may_end(attempt, self.now()):
            return await self._give_up(job, attempt, ErrorCode.SCENE_TIMEOUT)
        told = attempt.cancelled
        if not told:
            log.warning("order.too_long", token=attempt.token, order=attempt.request_id)
            with contextlib.suppress(FilmError):
                await job.provider.cancel(self._ticket(job, attempt))
                told = True
        attempt = attempt.ending(self.now(), told=told)
        pause = max(FIRST_LOOK, status.poll_after, job.provider.capabilities.rest)
        return Waiting(min(pause, LONGEST_PAUSE), attempt.checkpoint())

    async def _give_up(self, job: Job, attempt: Attempt, code: ErrorCode, why: str = "") -> Outcome:
        """The scene has failed. Cancelling is a courtesy: what the order costs is paid already."""
        can, perhaps = job.provider.capabilities, Decimal(0)
        if attempt.request_id is not None or not can.can_reconcile:
            perhaps = can.price(job.request) * max(1, attempt.sends)
        if attempt.request_id is not None and not attempt.cancelled:
            with contextlib.suppress(FilmError):
                await job.provider.cancel(self._ticket(job, attempt))
        await self.books.note(job, attempt, State.GIVEN_UP, error=FilmError(code, detail=why))
        return await self._endings.over(job, code, attempt.paid(perhaps), why)


def pause_of(job: Job, error: FilmError, times: int) -> float:
    """How long to leave a provider alone that did not answer, or did not want to; seconds."""
    asked = error.retry_after if isinstance(error, Transient) else None
    if asked is None:
        asked = PAUSES.pause(max(0, times - 1), 0.5)
    least = max(LEAST_PAUSE, job.provider.capabilities.rest)
    return min(max(asked, least), LONGEST_PAUSE)
