"""Work: claims due rows, runs their handlers under a lease, and closes them by outcome."""

import asyncio
import contextlib
import random
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from uuid import UUID

import structlog
from contracts.errors import GUIDANCE, ErrorCode, Rejected, Transient
from contracts.events import BY_TYPE, Event, SceneRequested, StageFailed, StitchRequested

from runtime import metrics
from runtime.cancelling import UNDO
from runtime.claim import Claimer, Rules
from runtime.db import DATABASE_ERRORS, TRANSIENT_ERRORS
from runtime.pace import Pace
from runtime.pulse import Pulse
from runtime.store import Claimed, NewWork, WorkStore
from runtime.upkeep import Upkeep
from runtime.work import (
    Again,
    Done,
    Failed,
    FollowRoute,
    LeaseLostError,
    Outcome,
    Route,
    Waiting,
    Work,
)

log = structlog.get_logger()

WATCH_SECONDS = 1.0
STOP_SECONDS = 15.0


@dataclass(slots=True)
class Workers:
    """A pool of async workers over one service's rows. ``concurrency`` handlers run at once."""

    store: WorkStore
    routes: Mapping[str, Route | FollowRoute]
    owner: str
    concurrency: int
    lease: float
    poll: float
    rules: Rules = field(default_factory=Rules)
    chance: Callable[[], float] = random.random
    pulse: Pulse = field(default_factory=Pulse)
    _pace: Pace = field(default_factory=Pace)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _more: bool = False
    _asked: int = 0
    _running: dict[UUID, tuple[int, asyncio.Task[None]]] = field(
        default_factory=dict[UUID, tuple[int, asyncio.Task[None]]]
    )

    @property
    def _claimer(self) -> Claimer:
        return Claimer(self.owner, list(self.routes), self.lease, self.rules)

    def wake(self) -> None:
        """There may be due rows."""
        self._wake.set()

    def stop(self) -> None:
        """Claim nothing more; ``run`` ends when handlers finished or were handed back."""
        self._stopping.set()
        self._wake.set()

    async def run(self) -> None:
        """Claim and work until stopped."""
        watch = asyncio.create_task(self._watch().run())
        try:
            while not self._stopping.is_set():
                await self._pace()
                if watch.done():
                    watch.result()  # if it died, so does this: without leases all is done twice
                self._wake.clear()
                await self._claim()
                self.pulse.beat()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), self.poll)
            await self._drain()
        finally:
            watch.cancel()

    async def accept(self, rows: Sequence[NewWork]) -> int:
        """Make rows; with a place free, claim in the same call. How many rows are new."""
        with self._asking() as free:
            if free <= 0:
                return await self.store.accept(rows)
            fresh, claimed = await self.store.accept_and_claim(rows, free, self._claimer)
            if fresh:
                self._take(claimed, free)
        return fresh

    async def _claim(self) -> None:
        with self._asking() as free:
            if free <= 0:
                return
            try:
                claimed = await self.store.claim(free, self._claimer)
            except TRANSIENT_ERRORS as error:
                log.warning("work.database_away", error=type(error).__name__)
                claimed = []
            self._take(claimed, free)

    @contextlib.contextmanager
    def _asking(self) -> Generator[int, None, None]:
        """The free places, held for a claim, so that two claims at once do not fill them twice."""
        stopping = self._stopping.is_set()
        free = 0 if stopping else self.concurrency - len(self._running) - self._asked
        self._asked += max(0, free)
        try:
            yield free
        finally:
            self._asked -= max(0, free)

    def _take(self, claimed: Sequence[Claimed], free: int) -> None:
        # With a place or a lane that becomes free there may be something to claim.
        self._more = len(claimed) == free or bool(self.rules.lanes)
        for item in claimed:
            self._start(item)

    def _start(self, item: Claimed) -> None:
        task = asyncio.create_task(self._run_one(item))
        self._running[item.work.id] = (item.work.attempt, task)
        metrics.RUNNING.labels(self.store.service).set(len(self._running))

        def ended(_task: asyncio.Task[None]) -> None:
            self._running.pop(item.work.id, None)
            metrics.RUNNING.labels(self.store.service).set(len(self._running))
            if self._more:
                self._wake.set()

        task.add_done_callback(ended)

    def _held(self) -> dict[UUID, int]:
        return {row: attempt for row, (attempt, _) in self._running.items()}

    def _watch(self) -> Upkeep:
        return Upkeep("leases", min(WATCH_SECONDS, self.lease / 3), self._renew)

    async def _renew(self) -> None:
        """Renew leases; stop handlers whose row was cancelled or taken over."""
        held = self._held()
        kept = await self.store.renew(held, self.lease) if held else set[UUID]()
        for row in held.keys() - kept:
            attempt, task = self._running.get(row, (None, None))
            if task is None or task.cancelling():
                continue  # once is enough: a second time would cut short its cleaning up
            if attempt == held[row]:
                metrics.LEASES_LOST.labels(self.store.service).inc()
                task.cancel()

    async def _drain(self) -> None:
        tasks = [task for _, task in self._running.values()]
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=STOP_SECONDS)
        held = {row: a for row, (a, task) in self._running.items() if task in late}
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)
            await self.store.release(held)

    async def _run_one(self, item: Claimed) -> None:
        work, service = item.work, self.store.service
        route = self.routes[work.step]
        # The task has a context of its own, so nothing needs to be unbound.
        structlog.contextvars.bind_contextvars(
            job=str(work.job_id),
            scene=work.ordinal,
            event=str(work.event_id),
            correlation=work.traceparent,
            step=work.step,
            attempt=work.attempt,
        )
        with metrics.SECONDS.labels(service, work.step).time():
            try:
                event = _event(item.event_type, item.event)
                outcome = await self._handle(route, event, work)
                await self._close(route, event, work, outcome)
            except LeaseLostError:
                log.info("work.lease_lost")
            except TRANSIENT_ERRORS as error:
                # The lease runs out by itself, and the row is due again.
                log.warning("work.database_away", error=type(error).__name__)

    async def _handle(self, route: Route | FollowRoute, event: Event, work: Work) -> Outcome:
        try:
            return await route.handler(event, work)
        except Rejected as error:
            return Failed(error.code, error.message, error.detail)
        except Transient as error:
            reason = f"{error.message} {error.detail}".strip()
            return Again(reason, error.retry_after, error.code)
        except (LeaseLostError, *DATABASE_ERRORS):
            raise
        except Exception as error:
            log.exception("work.bug")
            if work.tries + 1 >= route.retry.bug_tries:
                return Failed(ErrorCode.INTERNAL, detail=repr(error)[:2000])
            return Again(repr(error))

    async def _close(
        self, route: Route | FollowRoute, event: Event, work: Work, outcome: Outcome
    ) -> None:
        if isinstance(outcome, Again) and work.tries + 1 >= route.retry.tries:
            outcome = Failed(outcome.code, detail=outcome.reason)
        match outcome:
            case Done():
                await self.store.done(work, outcome)
                if outcome.follow:
                    self.wake()
            case Waiting():
                await self.store.waiting(work, outcome)
                self._wake_in(outcome.seconds)
            case Again():
                pause = outcome.after
                if pause is None:
                    pause = route.retry.pause(work.tries, self.chance())
                await self.store.again(work, pause, outcome.reason)
                self._wake_in(pause)
            case Failed():
                await self.store.failed(work, outcome, self._stage_failed(event, work, outcome))
        metrics.FINISHED.labels(self.store.service, work.step, type(outcome).__name__).inc()
        log.info("work.closed", outcome=type(outcome).__name__, reason=_reason(outcome))

    def _wake_in(self, seconds: float) -> None:
        if seconds < self.poll:
            asyncio.get_running_loop().call_later(seconds, self.wake)

    def _stage_failed(self, event: Event, work: Work, outcome: Failed) -> StageFailed:
        return StageFailed.caused_by(
            event,
            stage=self.store.service,
            scene_index=work.ordinal,
            code=outcome.code,
            message=(outcome.message or GUIDANCE[outcome.code].title)[:500],
            attempt=work.attempt,
            **_asked_for(event),
        )


def _asked_for(event: Event) -> dict[str, Any]:
    """What a user had asked for by a number or an id, so that a failure takes nothing else away."""
    match event:
        case SceneRequested():
            return {"take": event.take}
        case StitchRequested(export=True):
            return {"export_id": event.export_id}
        case StitchRequested():
            return {"cut": event.cut}
        case _:
            return {}


@lru_cache(maxsize=64)
def _event(event_type: str, text: str) -> Event:
    """The event of a row; the rows of a fan-out share it."""
    return BY_TYPE[event_type].model_validate_json(text)


def _reason(outcome: Outcome) -> str | None:
    match outcome:
        case Failed():
            return f"{outcome.code} {outcome.message} {outcome.detail}".strip()
        case Again():
            return outcome.reason
        case _:
            return None


def by_step(routes: Sequence[Route | FollowRoute]) -> dict[str, Route | FollowRoute]:
    """Routes by step. Raises ``ValueError`` if two routes of a service share a step."""
    steps = {route.step: route for route in routes}
    if len(steps) != len(routes):
        raise ValueError("two routes share a step")
    undoing = (
        FollowRoute(f"{UNDO}{route.step}", route.event, route.undo, route.retry)
        for route in routes
        if isinstance(route, Route) and route.undo is not None
    )
    return steps | {route.step: route for route in undoing}
