"""What every provider was paid for, by its own books, and what our books say of it."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from contracts.errors import ErrorCode

from tests.chaos.providers import VENDORS

Life = tuple[float, float]
"""When an order began and ended, in seconds of one clock for all providers."""


@dataclass(frozen=True, slots=True)
class Bill:
    """What a provider was asked for, by prompt; ``lost`` of them never gave a clip."""

    creates: Mapping[str, int]
    lost: Mapping[str, int]
    twice_live: Sequence[str] = ()
    cancelled: int = 0
    usd: float = 0.0
    lives: Mapping[str, Sequence[Life]] = field(default_factory=dict[str, Sequence[Life]])


@dataclass(frozen=True, slots=True)
class Booked:
    """An order in ``generator.attempts``."""

    provider: str
    job_id: UUID
    scene_index: int
    sends: int
    state: str
    code: str | None = None
    usd: float = 0.0

    @property
    def held(self) -> bool:
        """Lost where nobody can look for it: held for its window, and then given up."""
        unlisted = self.provider in VENDORS and not VENDORS[self.provider].lists
        return unlisted and self.state == "given_up" and self.code == ErrorCode.PROVIDER_UNCERTAIN


def bill_of(ledger: Mapping[str, Any], now: float | None = None) -> Bill:
    """A stand-in's ledger, read ``now``."""
    now = time.monotonic() if now is None else now
    return Bill(
        creates=ledger["by_prompt"],
        lost=ledger["failed_by_prompt"],
        twice_live=ledger["twice_live"],
        cancelled=ledger["statuses"]["cancelled"],
        usd=ledger["paid_usd"],
        lives={
            prompt: [(now - began, now - ended) for began, ended in ages]
            for prompt, ages in ledger["ages"].items()
        },
    )


async def booked(conn: Any) -> list[Booked]:
    """The generator's books."""
    rows = await conn.fetch(
        "select provider, job_id, scene_index, sends, state, error_code, cost_usd"
        " from generator.attempts"
    )
    return [
        Booked(
            provider=row["provider"],
            job_id=row["job_id"],
            scene_index=row["scene_index"],
            sends=row["sends"],
            state=row["state"],
            code=row["error_code"],
            usd=float(row["cost_usd"] or 0),
        )
        for row in rows
    ]
