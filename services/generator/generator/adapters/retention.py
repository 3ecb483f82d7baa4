"""Forgets paid orders of long ago: only those that have ended, and only after their time."""

from dataclasses import dataclass
from typing import Final

import structlog
from runtime.db import Database, rows_of

log = structlog.get_logger()

BATCH: Final = 5_000

_FORGET: Final = f"""
delete from generator.attempts where token in (
  select token from generator.attempts
  where state not in ('sending', 'uncertain', 'taken')
    and updated_at < now() - make_interval(secs => $1)
  limit {BATCH})
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class AttemptsRetention:
    """Keeps entries of ``generator.attempts`` for ``days`` after their end.

    What may still be out stays, however old it is.
    """

    db: Database
    days: float

    async def sweep(self) -> int:
        """Delete one batch; how many rows."""
        gone = rows_of(await self.db.execute(_FORGET, self.days * 86_400))
        if gone:
            log.info("attempts.swept", rows=gone)
        return gone
