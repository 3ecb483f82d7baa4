"""Accept: a batch of records becomes rows in one transaction. Nothing is worked on here."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog
from contracts.envelope import BadEnvelopeError, Envelope
from contracts.events import Event, JobCancelled

from runtime import metrics
from runtime.bus import Record
from runtime.cancelling import Withdrawn
from runtime.letters import dead_letter
from runtime.outbox import Message
from runtime.store import NewWork, WorkStore
from runtime.work import Route

log = structlog.get_logger()


class TooManyDeadLettersError(Exception):
    """A run of messages none of which is an event: more likely a bad deploy than bad messages.

    The consumer stops with its offsets where they were, instead of draining a topic.
    """


@dataclass(slots=True)
class Accept:
    """Routes decide which event becomes which rows; what is no event is a dead letter.

    ``take`` makes rows, and may begin with the work at once.

    ``dead_letter_limit`` is the longest run of dead letters; 0 is no limit.
    """

    store: WorkStore
    routes: Sequence[Route]
    take: Callable[[Sequence[NewWork]], Awaitable[int]]
    wake_workers: Callable[[], None]
    dead_letter_limit: int = 0
    _run: int = 0

    async def __call__(self, records: Sequence[Record]) -> None:
        """Make rows for a batch. Raises when the database is away, or past the limit."""
        run = self._run
        rows: list[NewWork] = []
        dead: list[tuple[UUID, Message]] = []
        cancelled: list[UUID] = []
        withdrawn: list[Withdrawn] = []
        service = self.store.service
        for record in records:
            try:
                envelope = record.envelope()
            except BadEnvelopeError as error:
                run += 1
                if self.dead_letter_limit and run > self.dead_letter_limit:
                    raise TooManyDeadLettersError(f"{run} in a row on {record.topic}") from error
                dead.append(dead_letter(service, record, error.reason, error.error))
                metrics.DEAD_LETTERS.labels(service, error.reason).inc()
                log.warning("accept.dead_letter", reason=error.reason, topic=record.topic)
                continue
            run = 0
            if isinstance(envelope.event, JobCancelled):
                cancelled.append(envelope.event.job_id)
            else:
                rows.extend(self._rows(envelope))
                withdrawn.extend(self._withdrawn(envelope.event))
        if dead or cancelled or withdrawn or not rows:
            new = await self.store.accept(rows, dead, cancelled, withdrawn)
            self.wake_workers()
        else:
            new = await self.take(rows)
        self._run = run
        for row in rows:
            metrics.ACCEPTED.labels(service, row.step).inc()
        metrics.DUPLICATES.labels(service).inc(len(rows) - new)

    def _rows(self, envelope: Envelope) -> list[NewWork]:
        event = envelope.event
        return [
            row
            for route in self.routes
            if isinstance(event, route.event)
            for row in NewWork.accepted(
                envelope, route.step, _ordinals(route, event), _lane(route, event)
            )
        ]

    def _withdrawn(self, event: Event) -> list[Withdrawn]:
        return [
            Withdrawn(event.job_id, route.withdraws(event))
            for route in self.routes
            if isinstance(event, route.event) and route.withdraws is not None
        ]


def _ordinals(route: Route, event: Event) -> Sequence[int | None]:
    return (None,) if route.fan_out is None else route.fan_out(event)


def _lane(route: Route, event: Event) -> str:
    return "" if route.lane is None else route.lane(event)
