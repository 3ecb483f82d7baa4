"""The data folder: its layout, its lock, and the note that tells where the running stack is."""

import errno
import fcntl
import json
import os
import stat
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from studio.keys import Keys
from studio.process import alive
from studio.trouble import Exit, Trouble

_PRIVATE = 0o700
_FOLDERS = ("postgres", "objects", "keys", "logs", "run", "channel")


@dataclass(frozen=True, slots=True)
class Running:
    """``run/stack.json``: the running stack as other commands find it.

    ``born`` is the process's creation time (Unix seconds), because numbers are used again;
    ``processes`` are the children's numbers with theirs.
    """

    pid: int
    born: float
    ready: bool
    api_url: str
    docs_url: str
    issuer_url: str
    kafka: str
    ports: dict[str, int]
    processes: dict[str, tuple[int, float]] = field(default_factory=dict[str, tuple[int, float]])

    @property
    def alive(self) -> bool:
        """Whether the very process that wrote it still runs."""
        return alive(self.pid, self.born)


@dataclass(frozen=True, slots=True)
class Home:
    """One data folder. Everything the embedded stack keeps is in it."""

    folder: Path

    @classmethod
    def open(cls, folder: Path) -> Self:
        """The folder, made 0700 with its parts. Raises Trouble when that cannot be done."""
        home = cls(folder.absolute())
        try:
            for path in (home.folder, *(home.folder / name for name in _FOLDERS)):
                path.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
            home._check_private()
            probe = home.folder / "run" / f".probe-{os.getpid()}"
            probe.write_bytes(b"")
            probe.unlink()
        except OSError as error:
            raise _unusable(home.folder, error) from error
        return home

    def _check_private(self) -> None:
        # Passage for others stays: as root, the database's own user has to get through.
        mode = stat.S_IMODE(self.folder.stat().st_mode)
        if mode & (stat.S_IRWXG | stat.S_IROTH | stat.S_IWOTH):
            self.folder.chmod(mode & (stat.S_IRWXU | stat.S_IXOTH))

    @property
    def objects(self) -> Path:
        """The object store's directory."""
        return self.folder / "objects"

    @property
    def channel(self) -> Path:
        """Where published films go."""
        return self.folder / "channel"

    @property
    def postgres(self) -> Path:
        """The database's folder."""
        return self.folder / "postgres"

    @property
    def logs(self) -> Path:
        """One log file per process."""
        return self.folder / "logs"

    @property
    def keys(self) -> Keys:
        """The secrets."""
        return Keys(self.folder / "keys")

    @property
    def broker_address(self) -> Path:
        """The file the broker's process writes its address into."""
        return self.folder / "run" / "broker"

    @property
    def _note(self) -> Path:
        return self.folder / "run" / "stack.json"

    @contextmanager
    def locked(self) -> Generator[None, None, None]:
        """Hold the folder for this process. Raises Trouble when another stack holds it."""
        path = self.folder / "run" / "lock"
        with path.open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if error.errno not in {errno.EWOULDBLOCK, errno.EACCES}:
                    raise _unusable(self.folder, error) from error
                raise self._already_running(file.name) from error
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            yield

    def _already_running(self, lock: str) -> Trouble:
        running = self.running()
        if running is not None and running.ready:
            line = f"already running, pid {running.pid}, API {running.api_url}"
        else:
            line = f"already starting or stopping, pid {Path(lock).read_text() or 'unknown'}"
        return Trouble(
            line,
            next_step="Use it ('studio make …'), or stop it with Ctrl-C where it runs.",
            code=Exit.ALREADY_RUNNING,
        )

    def running(self) -> Running | None:
        """The running stack, or None; a note of a dead process does not count."""
        note = self.last_note()
        return note if note is not None and note.alive else None

    def last_note(self) -> Running | None:
        """What the last stack wrote, dead or alive; None when there is nothing readable."""
        try:
            fields: dict[str, Any] = json.loads(self._note.read_text())
            fields["processes"] = {
                name: (int(pid), float(born)) for name, (pid, born) in fields["processes"].items()
            }
            return Running(**fields)
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def write_note(self, running: Running) -> None:
        """Tell other commands where the stack is; 0600, replaced whole."""
        _write_private(self._note, json.dumps(asdict(running), indent=1))

    def remove_note(self) -> None:
        """The stack has ended."""
        self._note.unlink(missing_ok=True)

    def remembered_ports(self) -> dict[str, int]:
        """The ports of the last start; empty when there was none."""
        with suppress(OSError, ValueError, AttributeError):
            kept: dict[str, int] = json.loads((self.folder / "run" / "ports.json").read_text())
            return {name: int(port) for name, port in kept.items()}
        return {}

    def remember_ports(self, ports: Mapping[str, int]) -> None:
        """Keep the ports for the next start."""
        _write_private(self.folder / "run" / "ports.json", json.dumps(dict(ports), indent=1))


def _write_private(path: Path, text: str) -> None:
    fresh = path.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    fresh.replace(path)


_REASONS = {
    errno.EEXIST: "there is a file of that name",
    errno.ENOTDIR: "a part of that path is a file",
    errno.EACCES: "this user may not write there",
    errno.EPERM: "this user may not write there",
    errno.EROFS: "that disk is read-only",
    errno.ENOSPC: "the disk is full",
}


def _unusable(folder: Path, error: OSError) -> Trouble:
    reason = _REASONS.get(error.errno or 0, error.strerror or type(error).__name__)
    return Trouble(
        f"The data folder {folder} cannot be used: {reason}.",
        next_step="Set STUDIO_HOME to a folder you can write to.",
        code=Exit.HOME,
    )
