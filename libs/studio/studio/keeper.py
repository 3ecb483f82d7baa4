"""Keeps one process running: starts it, starts it again when it ends, says so in one line."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from studio.process import Child, Command, how_it_ended
from studio.trouble import Trouble

Say = Callable[[str], None]
Hook = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class RestartPolicy:
    """How long to wait before a restart. Times are seconds.

    A process that ended sooner than ``fast`` after its start died fast. The first death is
    followed at once; each further fast one doubles the wait from ``first`` up to ``longest``.
    After ``patience`` fast ones in a row the line says where the log is.
    """

    fast: float = 10.0
    first: float = 0.5
    longest: float = 30.0
    patience: int = 3

    def delay(self, fast_deaths: int) -> float:
        """The wait after so many fast deaths in a row."""
        if fast_deaths <= 1:
            return 0.0
        return min(self.longest, self.first * 2.0 ** (fast_deaths - 2))


async def _nothing() -> None:
    return


@dataclass(slots=True)
class Keeper:
    """One process that is to run.

    ``command`` is asked at each start, because addresses change. ``before`` runs before each
    start, ``back`` after each restart.
    """

    name: str
    command: Callable[[], Command]
    say: Say
    policy: RestartPolicy = field(default_factory=RestartPolicy)
    before: Hook = _nothing
    back: Hook = _nothing
    changed: Callable[[], object] = lambda: None
    now: Callable[[], float] = time.monotonic
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    child: Child | None = None
    fast_deaths: int = 0
    _task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start it and keep it. Raises Trouble when the first start is impossible."""
        self.fast_deaths = 0
        await self._begin()
        self._task = asyncio.create_task(self._keep(), name=f"keep {self.name}")

    async def halt(self) -> None:
        """Keep it no longer; it goes on running until it ends or is stopped."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def stop(self, grace: float) -> None:
        """Keep it no longer and end it; it is killed after ``grace`` seconds."""
        await self.halt()
        if self.child is not None and not await self.child.stop(grace):
            self.say(f"{self.name} did not stop within {grace:.0f} s; killed")
        self.child = None

    async def _begin(self) -> None:
        await self.before()
        starting = asyncio.ensure_future(Child.start(self.command()))
        try:
            self.child = await asyncio.shield(starting)
        except asyncio.CancelledError:
            self.child = await starting  # so that stop() finds it
            raise
        self.changed()

    async def _drop(self) -> None:
        if self.child is not None:
            await self.child.stop(grace=0)

    async def _keep(self) -> None:
        while self.child is not None:
            began = self.now()
            ended = how_it_ended(await self.child.wait())
            await self._again(ended, self.now() - began)

    async def _again(self, ended: str, lived: float) -> None:
        """Start it until it starts. ``ended`` says how the last one did, after ``lived`` s."""
        self.fast_deaths = self.fast_deaths + 1 if lived < self.policy.fast else 1
        while True:
            delay = self.policy.delay(self.fast_deaths)
            if self.fast_deaths >= self.policy.patience:
                times = f"{self.name} ended {self.fast_deaths} times in a row ({ended})"
                self.say(f"{times}; trying again in {delay:g} s. Its log: {self.command().log}")
            await self.pause(delay)
            try:
                await self._begin()
                await self.back()
            except Trouble as trouble:
                await self._drop()
                ended = trouble.line
                self.fast_deaths += 1
                continue
            if self.fast_deaths < self.policy.patience:
                self.say(f"{self.name} ended ({ended}); restarted")
            return
