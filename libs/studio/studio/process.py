"""One child process: started on a leash in a group of its own, and stopped for certain."""

import asyncio
import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import psutil

from studio.leash import leashed
from studio.trouble import Exit, Trouble


@dataclass(frozen=True, slots=True)
class Command:
    """What to run. ``ids`` are the (uid, gid) to run as; output is appended to ``log``."""

    name: str
    argv: tuple[str, ...]
    log: Path
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    stop_signal: int = signal.SIGTERM
    ids: tuple[int, int] | None = None
    folder: Path | None = None


class Child:
    """A running process. Its number is also its group's, so what it started ends with it."""

    def __init__(self, command: Command, process: asyncio.subprocess.Process) -> None:
        self.command = command
        self.pid = process.pid
        self.born = birth(process.pid)
        self._process = process

    @classmethod
    async def start(cls, command: Command) -> Self:
        """Run it. Raises Trouble when the program or its log cannot be opened."""
        argv = leashed(command.argv, signum=command.stop_signal, ids=command.ids)
        try:
            with command.log.open("ab") as log:
                process = await asyncio.create_subprocess_exec(
                    *argv,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=log,
                    stderr=asyncio.subprocess.STDOUT,
                    env=dict(command.env),
                    cwd=command.folder,
                    start_new_session=True,
                )
        except OSError as error:
            raise Trouble(
                f"{command.name} cannot be started: {error.strerror}: {error.filename}",
                code=Exit.STACK,
            ) from error
        return cls(command, process)

    @property
    def ended(self) -> bool:
        """Whether it runs no longer."""
        return self._process.returncode is not None

    async def wait(self) -> int:
        """The exit code when it has ended; minus the signal's number when one ended it."""
        code = await self._process.wait()
        self._signal_group(signal.SIGKILL)  # what it left behind
        return code

    async def stop(self, grace: float) -> bool:
        """Ask it to end, then end it; whether it ended by itself within ``grace`` seconds."""
        if not self.ended:
            with suppress(ProcessLookupError):
                self._process.send_signal(self.command.stop_signal)
        try:
            async with asyncio.timeout(grace):
                await self.wait()
        except TimeoutError:
            self._signal_group(signal.SIGKILL)
            await self.wait()
            return False
        return True

    def _signal_group(self, signum: int) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signum)


def birth(pid: int) -> float:
    """When the process was created, Unix seconds; 0.0 when it is gone."""
    try:
        return psutil.Process(pid).create_time()
    except psutil.Error:
        return 0.0


def alive(pid: int, born: float) -> bool:
    """Whether the very process still runs: a number that was given to another does not count."""
    now = birth(pid)
    return now > 0 and abs(now - born) < 1.0


def end_groups(groups: Mapping[int, float]) -> list[int]:
    """Kill what is left of process groups (leader's pid -> birth) of a dead supervisor.

    A member counts only if it is not older than its leader, because numbers are reused.
    """
    ended: list[int] = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, ProcessLookupError, PermissionError):
            group = os.getpgid(process.pid)
            if group in groups and process.create_time() >= groups[group] - 1.0:
                process.kill()
                ended.append(process.pid)
    return ended


def how_it_ended(code: int) -> str:
    """An exit code in words: ``exit code 3``, or ``killed by SIGKILL``."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"
