"""What this process has learned about looking at orders: how long they take, and who calls back."""

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from generator.domain.attempt import Attempt
from generator.domain.looking import Pace, Usual, pause
from generator.domain.provider import Phase, Status
from generator.handlers.job import Job

KEPT: Final = 40
"""So many of the last orders of a model are remembered."""

MISSED: Final = 3
"""After so many ends in a row that no webhook told of, webhooks are not relied upon."""

EARLY: Final = 1.0
"""A look so many seconds before its time was brought about by a webhook."""


def nobody(_: str) -> int:
    """How many orders are out is not known."""
    return 0


@dataclass(slots=True)
class Looks:
    """Decides when an order is looked at next. Nothing is lost with it: it learns again.

    ``crowd`` tells how many orders are out at a provider, over all replicas, and ``per_second`` how
    many looks they may take together. Webhooks are relied upon once they have come: an address that
    cannot be reached from outside costs nothing but its webhooks.
    """

    per_second: float = 30.0
    crowd: Callable[[str], int] = nobody
    chance: Callable[[], float] = random.random
    _took: dict[str, deque[float]] = field(default_factory=dict[str, deque[float]])
    _missed: dict[str, int] = field(default_factory=dict[str, int])

    def pause(self, job: Job, attempt: Attempt, status: Status, now: float) -> float:
        """Seconds until the next look at an order that is at work."""
        age = now - (now if attempt.submitted_at is None else attempt.submitted_at)
        pace = Pace(
            floor=max(status.poll_after, job.provider.capabilities.rest),
            crowd=self.crowd(job.name) / self.per_second,
            hears=self.hears(job.name) and bool(job.provider.capabilities.hook),
        )
        return pause(max(0.0, age), Usual.of(self._took.get(_kind(job), ())), pace, self.chance())

    def hears(self, provider: str) -> bool:
        """Whether a provider's webhooks have come lately."""
        return self._missed.get(provider, MISSED) < MISSED

    def looked(self, job: Job, attempt: Attempt, phase: Phase, now: float) -> None:
        """A look was answered; ``attempt`` is as it was before it."""
        if attempt.made:  # its end was known already
            return
        hastened = attempt.look_at is not None and now < attempt.look_at - EARLY
        if hastened:
            self._missed[job.name] = 0
        elif phase not in {Phase.QUEUED, Phase.RUNNING}:
            self._missed[job.name] = self._missed.get(job.name, MISSED) + 1
        if phase is Phase.SUCCEEDED and attempt.submitted_at is not None:
            seen = now if hastened or attempt.seen_at is None else (attempt.seen_at + now) / 2
            took = self._took.setdefault(_kind(job), deque(maxlen=KEPT))
            took.append(max(0.0, seen - attempt.submitted_at))


def _kind(job: Job) -> str:
    """Orders that take about as long as each other."""
    return f"{job.name} {job.provider.capabilities.model}"
