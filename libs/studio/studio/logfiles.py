"""Keeps the log files of the children small while they are being written."""

import asyncio
import shutil
from pathlib import Path

from runtime.upkeep import Upkeep

_LIMIT = 10 * 1024 * 1024  # bytes per log; one older one is kept beside it
_EVERY = 10.0  # seconds


def rotate(folder: Path, limit: int = _LIMIT) -> list[Path]:
    """Move what is over the limit to ``<name>.log.1``; the files that were cut.

    The writers hold their files open and append, so a file is copied and emptied in place; a line
    written in between is lost.
    """
    cut: list[Path] = []
    for log in sorted(folder.glob("*.log")):
        if log.stat().st_size > limit:
            shutil.copyfile(log, log.with_suffix(".log.1"))
            with log.open("r+b") as file:
                file.truncate(0)
            cut.append(log)
    return cut


async def keep_small(folder: Path) -> None:
    """Rotate now and then, until cancelled."""
    await Upkeep("log files", _EVERY, lambda: asyncio.to_thread(rotate, folder)).run()
