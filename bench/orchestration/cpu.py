"""CPU seconds of processes with everything they started, and of the whole machine."""

from collections.abc import Iterable
from contextlib import suppress

import psutil


def seconds(pids: Iterable[int]) -> float:
    """User and system time of process trees so far; ended children count with their parents."""
    total = 0.0
    for pid in pids:
        with suppress(psutil.NoSuchProcess):
            root = psutil.Process(pid)
            for process in (root, *root.children(recursive=True)):
                with suppress(psutil.NoSuchProcess):
                    total += sum(process.cpu_times()[:4])
    return total


def busy() -> float:
    """Seconds all cores have been busy since the machine started."""
    times = psutil.cpu_times()
    return times.user + times.nice + times.system
