"""How far a film is: its steps, each with what it costs. Pure."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

OnShare: TypeAlias = Callable[[float], Awaitable[None]]
"""Is told how far a piece of work is, from 0 to 1."""


@dataclass(slots=True)
class Steps:
    """``costs`` are of steps by name, in any unit; a step that is not named costs nothing."""

    costs: Mapping[str, float] = field(default_factory=dict[str, float])
    _done: dict[str, float] = field(default_factory=dict[str, float])

    def reached(self, step: str, share: float) -> float:
        """A step is so far, 0 to 1, and never goes back; how far all of them are."""
        self._done[step] = max(self._done.get(step, 0.0), min(share, 1.0))
        whole = sum(self.costs.values())
        done = sum(cost * self._done.get(name, 0.0) for name, cost in self.costs.items())
        return done / whole if whole else 0.0
