"""Ends a film half-way, as a machine that fails does: without a word, its children with it."""

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil

LOOK_SECONDS = 0.02


def finished(home: Path) -> int:
    """How many segments of a film are in the store below ``home``."""
    return sum(1 for _ in (home / "objects" / "meta").glob("**/segments/*.mp4"))


def until_made(command: Sequence[str], home: Path, log: Path, segments: int) -> int:
    """Run a command, and kill it as soon as so many segments are finished.

    Returns how many were. Raises ``RuntimeError`` if it ended before.
    """
    with log.open("wb") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said, stdin=subprocess.DEVNULL)
        while finished(home) < segments:
            if process.poll() is not None:
                raise RuntimeError(f"it ended with {process.returncode}: {log.read_text()[-500:]}")
            time.sleep(LOOK_SECONDS)
        children = psutil.Process(process.pid).children(recursive=True)
        for pid in (process.pid, *(child.pid for child in children)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()
    return finished(home)
