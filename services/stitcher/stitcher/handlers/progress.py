"""How a user hears how far a film is: from ffmpeg's own reports, summed over the film's steps."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from contracts.events import ScenesPlanned, StitchProgressed
from runtime.work import Work

from stitcher.domain.steps import OnShare, Steps

SAY_SECONDS = 2.0
SOUNDED, CUT = 0.05, 0.97
"""Shares of a film's progress: after its voices and music are there, and after it is joined."""


async def untold(_: float) -> None:
    """Nobody listens."""


@dataclass(slots=True)
class Teller:
    """Says how far a film is: never backwards, and at most every two seconds."""

    event: ScenesPlanned
    work: Work
    now: Callable[[], float]
    export_id: UUID | None = None
    _said: float = 0.0
    _at: float = field(default=float("-inf"))

    async def __call__(self, share: float) -> None:
        """``share`` of the whole film is done."""
        if share <= self._said or self.now() - self._at < SAY_SECONDS:
            return
        self._said, self._at = share, self.now()
        fact = StitchProgressed.caused_by(self.event, progress=share, export_id=self.export_id)
        await self.work.say(fact)

    def part(self, first: float, last: float) -> OnShare:
        """A teller for a part of the work, which knows only its own 0 to 1."""

        async def tell(share: float) -> None:
            await self(first + (last - first) * share)

        return tell


@dataclass(slots=True)
class Meter:
    """Sums up the steps of a film as they go on beside each other."""

    tell: OnShare = untold
    steps: Steps = field(default_factory=Steps)

    def expect(self, costs: Mapping[str, float]) -> None:
        """These are all the steps there will be."""
        self.steps = Steps(costs)

    def of(self, step: str) -> OnShare:
        """Where a step tells how far it is, 0 to 1."""

        async def tell(share: float) -> None:
            await self.tell(self.steps.reached(step, share))

        return tell

    async def ended(self, step: str) -> None:
        """A step is done, by whomever."""
        await self.tell(self.steps.reached(step, 1.0))
