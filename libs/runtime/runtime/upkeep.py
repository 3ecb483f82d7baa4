"""Upkeep: what a process does beside its work, again and again, through errors that pass."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import structlog

from runtime.db import TRANSIENT_ERRORS

log = structlog.get_logger()

SWEEP_SECONDS: Final = 3_600.0
"""Between two sweeps of what is kept only for a time."""


@dataclass(frozen=True, slots=True)
class Upkeep:
    """A turn at once, then one every ``seconds``; one that leaves more to do is followed at once.

    A turn answers something true if it leaves more to do: how many rows it swept, say. ``passing``
    errors put it off until the next turn. Any other is a bug and is raised by ``run``.
    """

    name: str
    seconds: float
    turn: Callable[[], Awaitable[object]]
    passing: tuple[type[BaseException], ...] = TRANSIENT_ERRORS
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def run(self) -> None:
        """Go on for ever, until cancelled."""
        while True:
            try:
                while await self.turn():
                    pass
            except self.passing as error:
                log.warning("upkeep.put_off", upkeep=self.name, error=type(error).__name__)
            await self.pause(self.seconds)
