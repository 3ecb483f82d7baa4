"""The parts of a process that run until it stops, and what becomes known when one ends too soon."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, Final

import structlog

from runtime.pulse import Pulse

log = structlog.get_logger()

SILENT_SECONDS: Final = 60.0


class Loops:
    """Named background tasks. One that ends by itself is a bug: ``dead`` is set, and why."""

    def __init__(self) -> None:
        self.dead = asyncio.Event()
        self.died: str | None = None
        self._tasks: dict[str, asyncio.Task[Any]] = {}
        self._stopping = False

    def spawn(self, name: str, work: Coroutine[Any, Any, Any]) -> None:
        """Run ``work`` beside everything else."""
        task = asyncio.create_task(work, name=name)
        task.add_done_callback(self._ended)
        self._tasks[name] = task

    def trouble(self, name: str, pulse: Pulse) -> str | None:
        """What is wrong with a loop that beats a pulse, or ``None``."""
        task = self._tasks.get(name)
        if task is None:
            return "not started"
        if task.done() and not self._stopping:
            return "its loop has ended"
        return "its loop is stuck" if pulse.age() > SILENT_SECONDS else None

    def die(self, why: str, error: BaseException | None = None) -> None:
        """The process should end: a part of it has, for good."""
        self.died = why
        log.critical("service.part_died", why=why, exc_info=error)
        self.dead.set()

    def stopping(self) -> None:
        """From now on a loop may end."""
        self._stopping = True

    async def join(self, name: str, seconds: float | None = None) -> None:
        """Wait for a loop that was told to end."""
        if name in self._tasks:
            await asyncio.wait([self._tasks[name]], timeout=seconds)

    async def cancel(self, names: Iterable[str] | None = None) -> None:
        """End loops at once, by default all, and wait until they have."""
        self._stopping = True
        tasks = [self._tasks[name] for name in (self._tasks if names is None else names)]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        if not task.cancelled() and not self._stopping:
            self.die(f"{task.get_name()} has ended", task.exception())
