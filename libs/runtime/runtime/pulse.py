"""Signs of life: a loop beats its pulse, health asks how long ago that was."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Pulse:
    """The time of a loop's last turn, in seconds of ``now``."""

    now: Callable[[], float] = time.monotonic
    last: float = field(init=False)

    def __post_init__(self) -> None:
        self.last = self.now()

    def beat(self) -> None:
        """The loop made a turn."""
        self.last = self.now()

    def age(self) -> float:
        """Seconds since the last turn."""
        return self.now() - self.last
