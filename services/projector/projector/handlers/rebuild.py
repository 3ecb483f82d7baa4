"""The read model made anew from what is kept of the past, while readers see the old rows."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Final, Protocol
from uuid import UUID

from projector.domain.rebuild import differs, rebuild
from projector.domain.state import Applied, Arrived, Change, JobState

BATCH: Final = 50


class PastJobs(Protocol):
    """Some jobs in one transaction."""

    @property
    def jobs(self) -> Mapping[UUID, JobState]:
        """Their rows as they are, locked."""
        ...

    @property
    def written(self) -> Mapping[UUID, Sequence[Applied]]:
        """Their rows of ``job_events`` by seq."""
        ...

    @property
    def kept(self) -> Mapping[UUID, Sequence[Arrived]]:
        """Their events, the oldest first."""
        ...

    async def replace(self, changes: Sequence[Change]) -> None:
        """Put rebuilt rows in the place of the old ones."""
        ...


class Past(Protocol):
    """The kept events of all jobs."""

    async def collect(self) -> int:
        """How many jobs have kept events."""
        ...

    async def jobs_in_all(self) -> int:
        """How many jobs there are."""
        ...

    async def next_jobs(self, after: UUID | None, limit: int) -> list[UUID]:
        """Ids behind ``after``, in order."""
        ...

    def batch(self, job_ids: Sequence[UUID]) -> AbstractAsyncContextManager[PastJobs]:
        """One transaction over these jobs."""
        ...


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a rebuild is: jobs looked at, with other rows than before, left as they are.

    A job is left as it is when its events are no longer all kept.
    """

    of: int
    looked_at: int = 0
    changed: int = 0
    left: int = 0

    def plus(self, looked_at: int, changed: int, left: int) -> "Progress":
        """After one more batch."""
        return Progress(
            self.of, self.looked_at + looked_at, self.changed + changed, self.left + left
        )


@dataclass(frozen=True, slots=True)
class RebuildReadModel:
    """Folds every job's kept events anew and writes what differs, batch by batch.

    Safe beside a running projector (both lock the job first) and safe to repeat or to stop.
    """

    past: Past

    async def __call__(self) -> AsyncGenerator[Progress, None]:
        """How far it is, after every batch; the last one also counts jobs without kept events."""
        progress = Progress(await self.past.collect())
        yield progress
        after: UUID | None = None
        known = 0
        while ids := await self.past.next_jobs(after, BATCH):
            after = ids[-1]
            async with self.past.batch(ids) as past:
                changes = [_rebuilt(past, job) for job in past.jobs.values()]
                fresh = [c for c in changes if c and differs(c, past.written[c.after.id])]
                await past.replace(fresh)
            known += len(changes)
            progress = progress.plus(len(ids), len(fresh), sum(c is None for c in changes))
            yield progress
        yield progress.plus(0, 0, max(0, await self.past.jobs_in_all() - known))


def _rebuilt(past: PastJobs, job: JobState) -> Change | None:
    return rebuild(job, past.written[job.id], past.kept[job.id])
