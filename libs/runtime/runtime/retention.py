"""Deletes what is kept only for a time: closed work, published outbox rows, old cancellations."""

from dataclasses import dataclass

import structlog
from contracts.topics import DEAD_LETTER_RETENTION_DAYS

from runtime.db import Database, rows_of

log = structlog.get_logger()

BATCH = 5_000

# A dead letter nobody has looked at yet outlives its copy on the bus.
_KEPT = (
    "topic like '%.dlq' and redriven_at is null and dropped_at is null"
    f" and created_at > now() - interval '{DEAD_LETTER_RETENTION_DAYS} days'"
)


@dataclass(frozen=True, slots=True)
class Retention:
    """How long a service's delivery rows are kept, in days.

    ``work_days`` must outlast the topics and every replay: a row is what tells a repeated message
    from a new one. ``outbox_days`` is how far back the bus can be rebuilt.
    """

    db: Database
    service: str
    work_days: float
    outbox_days: float

    async def sweep(self) -> int:
        """Delete one batch of each table; how many rows."""
        swept = {
            "work": await self._delete("work", "id", "finished_at", self.work_days),
            "shared": await self._delete(
                "shared", "event_id", "created_at", self.work_days, self._worked_on()
            ),
            "cancelled": await self._delete("cancelled", "job_id", "cancelled_at", self.work_days),
            "withdrawn": await self._delete(
                "withdrawn", "event_id", "withdrawn_at", self.work_days
            ),
            "outbox": await self._delete("outbox", "seq", "published_at", self.outbox_days, _KEPT),
        }
        if total := sum(swept.values()):
            log.info("retention.swept", **swept)
        return total

    def _worked_on(self) -> str:
        return f'exists (select from "{self.service}".work w where w.job_id = kept.job_id)'

    async def _delete(
        self, table: str, key: str, time: str, days: float, unless: str = "false"
    ) -> int:
        name = f'"{self.service}".{table}'
        tag = await self.db.execute(
            f"delete from {name} where {key} in (select {key} from {name} kept"  # noqa: S608
            f" where {time} < now() - make_interval(secs => $1) and not ({unless})"
            f" limit {BATCH})",
            days * 86_400,
        )
        return rows_of(tag)
