"""What a command costs: wall seconds, CPU seconds and peak memory, its children included."""

import json
import os
import statistics
import subprocess
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

LOOK_SECONDS = 0.03
MIB = 2**20


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds, seconds of all cores together, MiB."""

    wall: float
    cpu: float
    peak: float


def cost(command: Sequence[str], log: Path) -> Cost:
    """Run a command to its end.

    A command whose last line is a JSON object with ``wall`` and ``cpu`` has measured itself: what
    its interpreter needs to start does not count. Raises ``RuntimeError`` with the end of its log.
    """
    begun = time.perf_counter()
    with log.open("wb") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said, stdin=subprocess.DEVNULL)
        ended, peaks = threading.Event(), [0.0]
        watch = threading.Thread(target=_watch, args=(process.pid, ended, peaks))
        watch.start()
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
        ended.set()
        watch.join()
        process.returncode = os.waitstatus_to_exitcode(status)
    text = log.read_text(errors="replace")
    if process.returncode:
        raise RuntimeError(f"{command[0]} ended with {process.returncode}: {text[-2_000:]}")
    own = _own(text)
    cpu = used.ru_utime + used.ru_stime
    return Cost(own.get("wall", wall), own.get("cpu", cpu), peaks[0])


def median(costs: Sequence[Cost]) -> Cost:
    """Of each figure by itself."""
    return Cost(
        statistics.median(one.wall for one in costs),
        statistics.median(one.cpu for one in costs),
        statistics.median(one.peak for one in costs),
    )


def _own(text: str) -> dict[str, float]:
    lines = text.strip().splitlines()
    return json.loads(lines[-1]) if lines and lines[-1].startswith('{"wall"') else {}


def _watch(pid: int, ended: threading.Event, peaks: list[float]) -> None:
    """The most that the processes held together, as often as is looked.

    What they share is counted once: a process that is being started is its parent's for a moment.
    """
    while not ended.wait(LOOK_SECONDS):
        held = 0
        with suppress(psutil.Error):
            root = psutil.Process(pid)
            for process in (root, *root.children(recursive=True)):
                with suppress(psutil.Error):
                    held += process.memory_full_info().pss
        peaks[0] = max(peaks[0], held / MIB)
