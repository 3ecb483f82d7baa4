"""A provider's webhook makes the row that waits for its order due now, and does nothing else."""

from collections.abc import Callable
from dataclasses import dataclass

from contracts.events import ProviderCalledBack
from runtime.work import Done, Outcome, Waiting, Work

from generator.domain.ledger import Hastened
from generator.handlers.ports import OrderRows

AT_WORK_SECONDS = 0.5
MOST_TIMES = 20


def _nobody() -> None:
    """Nobody sleeps."""


@dataclass(frozen=True, slots=True)
class HastenPoll:
    """ProviderCalledBack -> an earlier look at the order. What became of it only a look tells.

    A row that is at work just now may have looked too early, so it is hastened when it waits again.
    ``wake`` tells this process that there is a due row.
    """

    rows: OrderRows
    wake: Callable[[], None] = _nobody

    async def __call__(self, event: ProviderCalledBack, work: Work) -> Outcome:
        """Hasten the order's row, if there is one."""
        times = int(work.checkpoint.get("times", 0))
        done = await self.rows.hasten(
            event.job_id, event.provider, event.provider_request_id, event.attempt_token
        )
        if done is Hastened.AT_WORK and times < MOST_TIMES:
            return Waiting(AT_WORK_SECONDS, {"times": times + 1})
        if done is Hastened.DUE:
            self.wake()
        return Done()
