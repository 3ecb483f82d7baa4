"""Deletes the events of jobs that ended long ago. Jobs and scenes stay."""

from dataclasses import dataclass
from typing import Final

import structlog
from runtime.db import Database, rows_of

from projector.domain.state import TERMINAL

log = structlog.get_logger()

BATCH: Final = 5_000


@dataclass(frozen=True, slots=True)
class EventRetention:
    """How many days rows of ``job_events`` are kept after their job has ended.

    They recognise a repeated event, so ``days`` must outlast the topics and the outboxes.
    """

    db: Database
    days: float

    async def sweep(self) -> int:
        """Delete one batch; how many rows."""
        tag = await self.db.execute(
            "delete from public.job_events e using"
            " (select e.job_id, e.seq from public.job_events e"
            " join public.jobs j on j.id = e.job_id"
            " where e.created_at < now() - make_interval(secs => $1)"
            " and j.updated_at < now() - make_interval(secs => $1) and j.status = any($2)"
            " limit $3) old"
            " where e.job_id = old.job_id and e.seq = old.seq",
            self.days * 86_400,
            [status.value for status in TERMINAL],
            BATCH,
        )
        swept = rows_of(tag)
        if swept:
            log.info("retention.swept", job_events=swept)
        return swept
