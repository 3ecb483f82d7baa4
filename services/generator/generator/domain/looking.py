"""When an order that is out is looked at next: rarely, but near its expected end."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

FAR: Final = 20.0
"""Most seconds between two looks at an order that is not late."""

LATE: Final = 30.0
"""The same for one that is."""

HEARD: Final = 60.0
"""Least seconds between two looks where webhooks are known to come; the most is twice as long."""

ENOUGH: Final = 3
"""So many orders tell how long the next will take."""


@dataclass(frozen=True, slots=True)
class Usual:
    """How long orders took lately: a tenth less than ``soon``, a tenth over ``late`` seconds."""

    soon: float
    late: float

    @classmethod
    def of(cls, took: Sequence[float]) -> Self | None:
        """From what the last ones took; ``None`` from too few."""
        if len(took) < ENOUGH:
            return None
        rising = sorted(took)
        most = len(rising) - 1
        return cls(rising[most // 10], rising[most - most // 10])


@dataclass(frozen=True, slots=True)
class Pace:
    """What bounds the looks at one order, in seconds.

    ``floor`` is the least its provider allows, ``crowd`` how long a look at every order that is
    out takes at the rate that is allowed for all.
    """

    floor: float
    crowd: float = 0.0
    hears: bool = False


def pause(age: float, usual: Usual | None, pace: Pace, chance: float) -> float:
    """Seconds until the next look at an order that has been out for ``age``.

    ``chance`` is in [0, 1): many orders do not all come at once. What is usual is learned from
    what was seen, so the first look falls well before the soonest end.
    """
    if pace.hears:
        left = 0.0 if usual is None else usual.late - age
        return max(pace.floor, _spread(max(pace.crowd, min(2 * HEARD, max(HEARD, left))), chance))
    wanted = _spread(max(_wanted(age, usual), pace.crowd), chance)
    return max(pace.floor, wanted)


def _wanted(age: float, usual: Usual | None) -> float:
    if usual is None:
        return min(LATE, age / 10)
    if age < 0.8 * usual.soon:
        return min(FAR, 0.8 * usual.soon - age)
    # A look per twentieth of its time is late by a fortieth on average.
    return min(FAR, age / 20) if age <= usual.late else min(LATE, age / 10)


def _spread(seconds: float, chance: float) -> float:
    return seconds * (0.85 + 0.3 * chance)
