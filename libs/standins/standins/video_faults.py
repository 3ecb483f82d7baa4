"""What goes wrong in the video stand-in: by rates drawn from a seed, or by a script."""

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Self

_KINDS: dict[str, tuple[str, ...]] = {
    "create": (
        "create_429",
        "create_500_before",
        "create_500_after",
        "create_hang",
        "create_reset_after",
        "create_reset_before",
        "create_402",
        "create_200_error",
        "create_half",
    ),
    "get": ("get_500", "get_429", "get_garbage"),
    "job": ("job_failed", "job_refused", "job_aborted", "job_empty", "job_strange"),
    "download": (
        "download_truncated",
        "download_500",
        "download_expired",
        "download_html",
        "download_empty",
        "download_huge",
        "download_private",
    ),
    "hook": ("hook_twice", "hook_early", "hook_forged", "hook_lost"),
}
"""What is drawn once per request of a kind; a job is drawn for once, when it is created.

The stand-in of the generic API knows the first of each kind, up to those with a number of their
own; all others know all.
"""

_NAMES = {name for names in _KINDS.values() for name in names}


@dataclass(slots=True)
class Faults:
    """Every draw depends on the seed, the kind and how many of the kind came before it alone.

    ``rates`` are shares of requests, 0..1; those of one kind add up to 1 at most. ``script`` says
    per kind what becomes of the first requests, ``None`` for no fault; the rates rule afterwards.
    ``make_seconds`` bounds how long a job takes, ``list_lag`` is how long a new job is missing in
    lists, ``hang_seconds`` bounds a hanging answer, ``retry_after`` goes with a 429; seconds.
    """

    seed: int = 0
    rates: dict[str, float] = field(default_factory=dict[str, float])
    script: dict[str, list[str | None]] = field(default_factory=dict[str, list[str | None]])
    make_seconds: tuple[float, float] = (0.2, 1.0)
    list_lag: float = 0.0
    hang_seconds: float = 120.0
    retry_after: float = 1.0
    _seen: Counter[str] = field(default_factory=Counter[str])

    @classmethod
    def of(cls, told: dict[str, Any]) -> Self:
        """From JSON. Raises ``ValueError`` for names and rates that mean nothing."""
        known = {f for f in cls.__dataclass_fields__ if not f.startswith("_")}
        if strange := set(told) - known:
            raise ValueError(f"unknown: {sorted(strange)}")
        faults = cls(**told)
        faults.make_seconds = (float(faults.make_seconds[0]), float(faults.make_seconds[1]))
        scripted = {name for names in faults.script.values() for name in names if name}
        if strange := (set(faults.rates) | scripted) - _NAMES | (set(faults.script) - set(_KINDS)):
            raise ValueError(f"unknown faults: {sorted(strange)}")
        for kind, names in _KINDS.items():
            total = sum(faults.rates.get(name, 0.0) for name in names)
            if not 0 <= total <= 1:
                raise ValueError(f"rates of {kind} add up to {total}")
        return faults

    def draw(self, kind: str) -> str | None:
        """The fault of the next request of ``kind``, if it has one."""
        number = self._seen[kind]
        self._seen[kind] += 1
        scripted = self.script.get(kind, [])
        if number < len(scripted):
            return scripted[number]
        chance = self._chance(kind, number)
        for name in _KINDS[kind]:
            chance -= self.rates.get(name, 0.0)
            if chance < 0:
                return name
        return None

    def making(self, number: int) -> float:
        """How long the job with this number takes, in seconds."""
        low, high = self.make_seconds
        return low + (high - low) * self._chance("make", number)

    def even(self, number: int) -> bool:
        """A coin for the request with this number."""
        return self._chance("coin", number) < 0.5  # noqa: PLR2004

    def _chance(self, kind: str, number: int) -> float:
        return random.Random(f"{self.seed}:{kind}:{number}").random()  # noqa: S311
