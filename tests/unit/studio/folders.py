"""A data folder for a test, outside pytest's own: as root, the database's user must get through."""

import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def folder_for_all() -> Generator[Path, None, None]:
    with tempfile.TemporaryDirectory(prefix="filmstudio-") as name:
        yield Path(name)
