"""A batch of records, from every topic, into the read model."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from typing import Final, Protocol
from uuid import UUID

import structlog
from contracts.envelope import BadEnvelopeError
from prometheus_client import Counter
from runtime import metrics
from runtime.accept import TooManyDeadLettersError
from runtime.bus import Record

from projector.domain.fold import FOLDED, apply
from projector.domain.state import Arrived, Change, JobState, Place, UnstorableError
from projector.domain.text import without_nul

log = structlog.get_logger()

APPLIED: Final = Counter(
    "filmstudio_projector_applied_total", "Events folded into the read model", ["type"]
)
UNKNOWN_JOBS: Final = Counter(
    "filmstudio_projector_unknown_jobs_total", "Events of jobs that are not in the database"
)
UNSTORABLE: Final = "unstorable"
_REMEMBERED: Final = 10_000


class Batch(Protocol):
    """The read model in one transaction."""

    async def jobs(self, job_ids: Iterable[UUID]) -> dict[UUID, JobState]:
        """The jobs that exist, locked."""
        ...

    async def known(self, event_ids: Iterable[UUID]) -> set[UUID]:
        """Which of these events were applied before."""
        ...

    async def save(self, changes: Sequence[Change]) -> None:
        """Write what changed and announce it."""
        ...

    async def dead_letter(self, record: Record, reason: str, error: str) -> None:
        """Set a record aside."""
        ...

    async def save_offsets(self, next_offsets: Mapping[Place, int]) -> None:
        """Remember how far this batch has read."""
        ...


class ReadModel(Protocol):
    """What users see of their jobs."""

    def batch(self) -> AbstractAsyncContextManager[Batch]:
        """One transaction: everything of a batch, or nothing. Raises ``UnstorableError``."""
        ...


@dataclass(frozen=True, slots=True)
class _Read:
    """A batch sorted out: events by job, and records that go to the dead letters."""

    arrived: dict[UUID, list[Arrived]]
    bad: Sequence[tuple[Record, str, str]]
    run: int


@dataclass(slots=True)
class Project:
    """Folds a batch. Safe to repeat: an event that was applied is recognised by its id.

    ``dead_letter_limit`` is the longest run of dead letters; 0 is no limit.
    """

    read_model: ReadModel
    wake_relay: Callable[[], None]
    dead_letter_limit: int = 0
    _run: int = 0
    _strangers: set[UUID] = field(default_factory=set[UUID], repr=False)

    async def __call__(self, records: Sequence[Record]) -> None:
        """Apply a batch and its offsets.

        Raises when the database is away, or ``TooManyDeadLettersError`` past the limit.
        """
        try:
            await self._apply(records)
        except UnstorableError:
            for record in records:
                await self._apply_or_set_aside(record)

    async def _apply_or_set_aside(self, record: Record) -> None:
        """One event that does not fit the tables must not stop every job behind it."""
        try:
            await self._apply([record])
        except UnstorableError as error:
            await self._apply([record], unstorable=str(error))

    async def _apply(self, records: Sequence[Record], unstorable: str | None = None) -> None:
        read = self._read(records, unstorable)
        async with self.read_model.batch() as batch:
            jobs = await batch.jobs(read.arrived)
            known = await batch.known(i.id for items in read.arrived.values() for i in items)
            changes = [c for job in jobs.values() if (c := _change(job, read.arrived, known))]
            await batch.save(changes)
            for record, reason, error in read.bad:
                await batch.dead_letter(record, reason, error)
            await batch.save_offsets(_next_offsets(records))
        self._run = read.run
        self._count(changes, read.bad)
        strangers = read.arrived.keys() - jobs.keys()
        self._report({job_id: len(read.arrived[job_id]) for job_id in strangers})
        self.wake_relay()

    def _read(self, records: Sequence[Record], unstorable: str | None) -> _Read:
        arrived: dict[UUID, list[Arrived]] = {}
        bad: list[tuple[Record, str, str]] = []
        run = self._run
        for record in records:
            try:
                envelope = replace(record, value=without_nul(record.value)).envelope()
            except BadEnvelopeError as error:
                bad.append((record, error.reason, error.error))
                run = self._next_in_run(run, record)
                continue
            if unstorable is not None:
                bad.append((record, UNSTORABLE, unstorable))
                run = self._next_in_run(run, record)
                continue
            run = 0
            if type(envelope.event) in FOLDED:
                item = Arrived(envelope.id, envelope.event)
                arrived.setdefault(envelope.event.job_id, []).append(item)
        return _Read(arrived, bad, run)

    def _next_in_run(self, run: int, record: Record) -> int:
        if self.dead_letter_limit and run >= self.dead_letter_limit:
            raise TooManyDeadLettersError(f"{run + 1} in a row on {record.topic}")
        return run + 1

    def _count(self, changes: Sequence[Change], bad: Sequence[tuple[Record, str, str]]) -> None:
        for change in changes:
            for applied in change.applied:
                APPLIED.labels(applied.type).inc()
        for record, reason, error in bad:
            metrics.DEAD_LETTERS.labels("projector", reason).inc()
            log.warning(
                "projector.dead_letter", reason=reason, topic=record.topic, error=error[:200]
            )

    def _report(self, strangers: Mapping[UUID, int]) -> None:
        """A database restored from a backup can be behind the bus: count, and say so once."""
        for job_id, events in strangers.items():
            UNKNOWN_JOBS.inc(events)
            if job_id not in self._strangers and len(self._strangers) < _REMEMBERED:
                self._strangers.add(job_id)
                log.warning("projector.unknown_job", job_id=str(job_id), events=events)


def _change(
    job: JobState, arrived: Mapping[UUID, Sequence[Arrived]], known: set[UUID]
) -> Change | None:
    after, applied = apply(job, arrived[job.id], known)
    return Change(job, after, applied) if applied else None


def _next_offsets(records: Sequence[Record]) -> dict[Place, int]:
    following: dict[Place, int] = {}
    for record in records:
        place = (record.topic, record.partition)
        following[place] = max(following.get(place, 0), record.offset + 1)
    return following
