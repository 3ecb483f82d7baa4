"""Forgets paid orders of long ago: only those that have ended, and only after their time."""

import asyncio
import contextlib
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

import structlog
from runtime.db import TRANSIENT_ERRORS, Database

log = structlog.get_logger()

BATCH: Final = 5_000
EVERY_SECONDS: Final = 3_600.0

_FORGET: Final = f"""
delete from generator.attempts where token in (
  select token from generator.attempts
  where state not in ('sending', 'uncertain', 'taken')
    and updated_at < now() - make_interval(secs => $1)
  limit {BATCH})
"""  # noqa: S608


@dataclass(slots=True)
class AttemptsRetention:
    """Keeps entries of ``generator.attempts`` for ``days`` after their end, while it is entered.

    What may still be out stays, however old it is.
    """

    db: Database
    days: float
    _task: asyncio.Task[None] | None = field(default=None, init=False)

    async def sweep(self) -> int:
        """Delete one batch; how many rows."""
        gone = int((await self.db.execute(_FORGET, self.days * 86_400)).rsplit(" ", 1)[1])
        if gone:
            log.info("attempts.swept", rows=gone)
        return gone

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._loop())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _loop(self) -> None:
        while True:
            with contextlib.suppress(*TRANSIENT_ERRORS):
                while await self.sweep():
                    pass
            await asyncio.sleep(EVERY_SECONDS)
