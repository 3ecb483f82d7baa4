"""A batch of records, from every topic, into the read model."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from typing import Final, Protocol
from uuid import UUID

import structlog
from contracts.envelope import BadEnvelopeError
from prometheus_client import Counter
from runtime import metrics
from runtime.bus import Record

from projector.domain.fold import FOLDED, apply
from projector.domain.state import Arrived, Change, JobState, Place

log = structlog.get_logger()

APPLIED: Final = Counter(
    "filmstudio_projector_applied_total", "Events folded into the read model", ["type"]
)
UNKNOWN_JOBS: Final = Counter(
    "filmstudio_projector_unknown_jobs_total", "Events of jobs that are not in the database"
)
_REMEMBERED: Final = 10_000
# An escape of JSON, not the text "\\u0000": an even number of backslashes stands before it.
_NUL: Final = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")


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

    async def dead_letter(self, record: Record, error: BadEnvelopeError) -> None:
        """Set bytes that are no event of ours aside."""
        ...

    async def save_offsets(self, next_offsets: Mapping[Place, int]) -> None:
        """Remember how far this batch has read."""
        ...


class ReadModel(Protocol):
    """What users see of their jobs."""

    def batch(self) -> AbstractAsyncContextManager[Batch]:
        """One transaction: everything of a batch, or nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Project:
    """Folds a batch. Safe to repeat: an event that was applied is recognised by its id."""

    read_model: ReadModel
    wake_relay: Callable[[], None]
    _strangers: set[UUID] = field(default_factory=set[UUID], repr=False)

    async def __call__(self, records: Sequence[Record]) -> None:
        """Apply a batch and its offsets. Raises only when the database is away."""
        async with self.read_model.batch() as batch:
            arrived = await self._read(batch, records)
            jobs = await batch.jobs(arrived)
            known = await batch.known(item.id for items in arrived.values() for item in items)
            changes = [change for job in jobs.values() if (change := _change(job, arrived, known))]
            await batch.save(changes)
            await batch.save_offsets(_next_offsets(records))
        self._count(changes)
        self._report({job_id: len(arrived[job_id]) for job_id in arrived.keys() - jobs.keys()})
        self.wake_relay()

    async def _read(self, batch: Batch, records: Sequence[Record]) -> dict[UUID, list[Arrived]]:
        arrived: dict[UUID, list[Arrived]] = {}
        for record in records:
            try:
                envelope = _without_nul(record).envelope()
            except BadEnvelopeError as error:
                await batch.dead_letter(record, error)
                metrics.DEAD_LETTERS.labels("projector", error.reason).inc()
                log.warning("projector.dead_letter", reason=error.reason, topic=record.topic)
                continue
            if type(envelope.event) in FOLDED:
                item = Arrived(envelope.id, envelope.event)
                arrived.setdefault(envelope.event.job_id, []).append(item)
        return arrived

    def _count(self, changes: Sequence[Change]) -> None:
        for change in changes:
            for applied in change.applied:
                APPLIED.labels(applied.type).inc()

    def _report(self, strangers: Mapping[UUID, int]) -> None:
        """A database restored from a backup can be behind the bus: count, and say so once."""
        for job_id, events in strangers.items():
            UNKNOWN_JOBS.inc(events)
            if job_id not in self._strangers and len(self._strangers) < _REMEMBERED:
                self._strangers.add(job_id)
                log.warning("projector.unknown_job", job_id=str(job_id), events=events)


def _without_nul(record: Record) -> Record:
    """PostgreSQL keeps no NUL characters, and one text must not stop every job behind it."""
    value = _NUL.sub(rb"\1", record.value)
    return record if value == record.value else replace(record, value=value)


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
