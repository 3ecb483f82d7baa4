"""Folders for files at work: gone when the work is, and swept up if its process was killed."""

import asyncio
import fcntl
import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

PREFIX: Final = "film-"
LOCK: Final = "at-work.lock"
TRIES: Final = 100


@dataclass(frozen=True, slots=True)
class ScratchFolders:
    """Implements the ``Scratch`` port below ``root`` (the system's place if not given).

    A folder in use is locked, and the lock dies with its process. As a resource of the service it
    sweeps at the start.
    """

    root: Path | None = None

    @contextmanager
    def folder(self) -> Generator[Path, None, None]:
        """A folder that is gone afterwards, whatever happens."""
        path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=self.root))
        handle = os.open(path / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield path
        finally:
            _remove(path)
            os.close(handle)

    def sweep(self) -> int:
        """Remove what killed processes left; how many folders."""
        root = self.root or Path(tempfile.gettempdir())
        return sum(_removed(path) for path in root.glob(f"{PREFIX}*") if (path / LOCK).is_file())

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self.sweep)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None


def _remove(path: Path) -> None:
    """Remove a folder. A thread that was given up may put one more file into it meanwhile."""
    for _ in range(TRIES):
        shutil.rmtree(path, ignore_errors=True)
        if not path.exists():
            return


def _removed(path: Path) -> bool:
    try:
        handle = os.open(path / LOCK, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _remove(path)
    except OSError:
        return False
    else:
        return True
    finally:
        os.close(handle)
