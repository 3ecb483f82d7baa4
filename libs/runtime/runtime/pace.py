"""Pace: turns of a loop keep a short distance, so that what arrives meanwhile goes together."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

GAP_SECONDS = 0.005


def _now() -> float:
    return asyncio.get_running_loop().time()


@dataclass(slots=True)
class Pace:
    """A loop that was idle goes on at once; a busy one at most every ``gap`` seconds.

    ``share`` is the most of its time a loop may be busy: the rest is left to the other loops.
    """

    gap: float = GAP_SECONDS
    share: float = 1.0
    now: Callable[[], float] = _now
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    _last: float = field(default=float("-inf"), init=False)

    async def __call__(self) -> None:
        """Wait until the next turn may begin."""
        busy = self.now() - self._last
        rest = max(self.gap, busy / self.share) - busy
        if rest > 0:
            await self.sleep(rest)
        self._last = self.now()

    def begin(self) -> None:
        """The turn's work begins only now; until here it waited for some."""
        self._last = self.now()
