"""The replicas of every service as processes, each started again when it ends, as a cluster would.

What is killed here is always a process of ours, by its own number.
"""

import asyncio
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from contracts.topics import SERVICES
from studio.process import Child, Command, how_it_ended
from studio.services import last_words

from tests.chaos.timeline import Timeline

PER_SERVICE = 2
GRACE_SECONDS = 25.0
"""Within this a replica has to end in order."""
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 8.0
"""Before a process that ended by itself is started again; it doubles, as a cluster's would."""

Environment = Callable[[str, int], Mapping[str, str]]
"""The environment of a service's process that listens on a port."""


@dataclass(eq=False)
class Replica:
    """One place for a process of a service: kept filled while it is wanted."""

    name: str
    service: str
    port: int
    command: Command
    timeline: Timeline
    child: Child | None = None
    paused: bool = False
    _wanted: asyncio.Event = field(default_factory=asyncio.Event)
    _keeper: asyncio.Task[None] | None = None

    @property
    def runs(self) -> bool:
        """Whether there is a process, and it is not stopped by a signal."""
        return self.child is not None and not self.child.ended and not self.paused

    def want(self) -> None:
        """From now on there is a process here, whatever happens to it."""
        self._wanted.set()
        if self._keeper is None:
            self._keeper = asyncio.create_task(self._keep(), name=self.name)

    async def kill(self) -> bool:
        """SIGKILL, and no new process until it is wanted; whether there was one."""
        self._wanted.clear()
        child = self.child
        if child is None or child.ended:
            return False
        os.kill(child.pid, signal.SIGKILL)
        self.timeline.note(self.name, f"killed (pid {child.pid})", count="kills")
        await child.wait()
        self.paused = False
        return True

    async def stop(self) -> str:
        """SIGTERM; what was wrong with how it ended, or nothing."""
        self._wanted.clear()
        child = self.child
        if child is None or child.ended:
            return ""
        started = self.timeline.seconds
        in_time = await child.stop(GRACE_SECONDS)
        took = self.timeline.seconds - started
        code = await child.wait()
        self.timeline.note(self.name, f"stopped in {took:.1f} s, {how_it_ended(code)}")
        if in_time and code == 0:
            return ""
        return f"{self.name} did not stop in order: {how_it_ended(code)} after {took:.1f} s"

    def pause(self) -> bool:
        """SIGSTOP; whether there was something to stop."""
        if not self.runs or self.child is None:
            return False
        os.kill(self.child.pid, signal.SIGSTOP)
        self.paused = True
        return True

    def resume(self) -> None:
        """SIGCONT, if it is still the process that was stopped."""
        if self.paused and self.child is not None and not self.child.ended:
            os.kill(self.child.pid, signal.SIGCONT)
        self.paused = False

    async def trouble(self) -> str:
        """Why it is not ready, or nothing."""
        if not self.runs:
            return "not running"
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=5) as http:
                reply = await http.get(f"http://127.0.0.1:{self.port}/readyz")
        except httpx.HTTPError as error:
            return f"no answer ({type(error).__name__})"
        return "" if reply.is_success else reply.text

    async def well(self, seconds: float) -> bool:
        """Whether it is ready within a time."""
        return await _within(seconds, self.trouble)

    async def end(self) -> None:
        """Fill the place no longer, and kill what is in it."""
        self._wanted.clear()
        if self._keeper is not None:
            self._keeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeper
        if self.child is not None:
            await self.child.stop(0)

    async def _keep(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            await self._wanted.wait()
            self.child = await Child.start(self.command)
            self.timeline.note(self.name, f"starts (pid {self.child.pid})")
            code = await self.child.wait()
            if self._wanted.is_set():
                how = how_it_ended(code)
                self.timeline.note(self.name, f"ended by itself: {how}", count="ended_by_itself")
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
            else:
                pause = _FIRST_PAUSE


class Crew:
    """All replicas. ``environment`` says what a process is told, ``free`` has ports for them."""

    def __init__(
        self, logs: Path, environment: Environment, timeline: Timeline, free: Iterator[int]
    ) -> None:
        self.replicas: list[Replica] = []
        self._logs = logs
        self._environment = environment
        self._timeline = timeline
        self._free = free
        self._numbers: Counter[str] = Counter()
        for service in SERVICES:
            for _ in range(PER_SERVICE):
                self.replicas.append(self.new(service))

    def new(self, service: str) -> Replica:
        """A place for one replica more; not yet wanted."""
        self._numbers[service] += 1
        name = f"{service}.{self._numbers[service]}"
        port = next(self._free)
        command = Command(
            name=name,
            argv=(sys.executable, "-m", f"{service}.main"),
            log=self._logs / f"{name}.log",
            env=self._environment(service, port),
            stop_signal=signal.SIGTERM,
        )
        return Replica(name, service, port, command, self._timeline)

    def of(self, service: str) -> Sequence[Replica]:
        """The replicas of a service, guests included."""
        return [replica for replica in self.replicas if replica.service == service]

    def gateways(self) -> Sequence[str]:
        """The addresses of the API."""
        return [f"http://127.0.0.1:{replica.port}" for replica in self.of("gateway")]

    def want_all(self) -> None:
        for replica in self.replicas:
            replica.want()

    async def kill_all(self) -> None:
        await asyncio.gather(*(replica.kill() for replica in self.replicas))

    async def troubles(self) -> dict[str, str]:
        """Each replica that is not ready, and why."""
        said = await asyncio.gather(*(replica.trouble() for replica in self.replicas))
        named = zip(self.replicas, said, strict=True)
        return {replica.name: trouble for replica, trouble in named if trouble}

    async def well(self, seconds: float) -> bool:
        """Whether every replica is ready within a time."""
        return await _within(seconds, self.troubles)

    async def last_words(self) -> str:
        """The last line that each replica wrote that is not ready."""
        troubles = await self.troubles()
        missing = [replica for replica in self.replicas if replica.name in troubles]
        return "\n".join(
            f"{replica.name}: {last_words(replica.command.log)}" for replica in missing
        )

    async def end(self) -> None:
        await asyncio.gather(*(replica.end() for replica in self.replicas))


async def _within(seconds: float, trouble: Callable[[], Awaitable[object]]) -> bool:
    """Whether trouble is over within a time."""
    deadline = time.monotonic() + seconds
    while await trouble():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.5)
    return True
