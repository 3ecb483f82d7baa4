"""Which ports the stack listens on: those asked for, else those of last time, else free ones."""

import errno
import socket
import sys
from collections.abc import Callable, Mapping, Sequence

import psutil

from studio.trouble import Exit, Trouble

HOST = "127.0.0.1"
_ANY = 0


class Reservations:
    """Ports this stack has chosen, known to other stacks before anything listens there.

    A name in Linux's abstract socket space is taken by one process at a time and given back when
    it dies. Elsewhere nothing is reserved, and two stacks that start together may collide.
    """

    def __init__(self) -> None:
        self._held: list[socket.socket] = []

    def take(self, port: int) -> bool:
        """Whether the port is free and ours now."""
        if not is_free(port):
            return False
        if sys.platform != "linux":
            return True
        name = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            name.bind(f"\0filmstudio-port-{port}")
        except OSError:
            name.close()
            return False
        self._held.append(name)
        return True

    def close(self) -> None:
        """Give them back."""
        for name in self._held:
            name.close()
        self._held.clear()


def choose(
    names: Sequence[str],
    *,
    asked: Mapping[str, int],
    remembered: Mapping[str, int],
    first: int,
    take: Callable[[int], bool],
) -> tuple[dict[str, int], list[str]]:
    """A free port for each name, and a line for each that had to move.

    ``first`` is where the defaults begin, one after the other; ``take`` says whether a port can
    be had. Raises Trouble when a port that was asked for is taken.
    """
    chosen: dict[str, int] = {}
    moved: list[str] = []
    for offset, name in enumerate(names):
        if name in asked:
            if not take(asked[name]):
                raise _taken(name, asked[name])
            chosen[name] = asked[name]
            continue
        wanted = remembered.get(name, first + offset)
        if wanted not in chosen.values() and wanted not in asked.values() and take(wanted):
            chosen[name] = wanted
            continue
        chosen[name] = _any_port(take)
        moved.append(f"port {wanted} ({name}) is taken{_by(wanted)}; using {chosen[name]}")
    return chosen, moved


def listen(port: int) -> socket.socket:
    """A listening socket. Raises OSError when the port is taken."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


def claim(name: str, port: int) -> socket.socket:
    """A listening socket. Raises Trouble when the port is taken."""
    try:
        return listen(port)
    except OSError as error:
        raise _taken(name, port) from error


def is_free(port: int) -> bool:
    """Whether we could listen there now."""
    try:
        listen(port).close()
    except OSError as error:
        if error.errno in {errno.EADDRINUSE, errno.EACCES}:
            return False
        raise
    return True


def listens(pid: int, port: int) -> bool:
    """Whether that process, or one it started, is who listens on the port."""
    try:
        process = psutil.Process(pid)
        return any(
            at.status == psutil.CONN_LISTEN and at.laddr and at.laddr.port == port
            for member in (process, *process.children(recursive=True))
            for at in member.net_connections(kind="tcp")
        )
    except psutil.Error:
        return False


def _any_port(take: Callable[[int], bool]) -> int:
    while True:
        with listen(_ANY) as listener:
            port = int(listener.getsockname()[1])
        if take(port):
            return port


def _taken(name: str, port: int) -> Trouble:
    return Trouble(
        f"Port {port} ({name}) is taken{_by(port)}.",
        next_step="Choose another one, or leave it out and a free one is taken.",
        code=Exit.PORT,
    )


def _by(port: int) -> str:
    """Who listens there, as far as this user may know."""
    try:
        listening = (
            connection.pid
            for connection in psutil.net_connections(kind="tcp")
            if connection.status == psutil.CONN_LISTEN
            and connection.laddr
            and connection.laddr.port == port
        )
        pid = next(listening, None)
        return "" if pid is None else f" by pid {pid} ({psutil.Process(pid).name()})"
    except psutil.Error:
        return ""
