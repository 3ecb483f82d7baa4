"""Free TCP ports of this machine."""

import os
import socket
from collections.abc import Iterator

_LOWEST, _HIGHEST = 20_000, 32_000
"""Below what systems give to outgoing connections, which may take a port between two uses of it."""

_MANY_FROM, _MANY_TO, _MANY = 10_000, 20_000, 64
"""Where a process finds many: another part, so that nobody takes one before its server listens."""


def free_port() -> int:
    """A port nobody listens on right now, for a server that starts at once."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def lasting_port() -> int:
    """A free port that stays free while its server is killed and started again."""
    first = _LOWEST + os.getpid() * 20 % (_HIGHEST - _LOWEST - 1_000)
    for port in range(first, _HIGHEST, 20):
        if _is_free(port):
            return port
    raise RuntimeError("no free port")


def lasting_ports() -> Iterator[int]:
    """Free ports that stay free, each another one, for many servers that start when they can."""
    first = _MANY_FROM + os.getpid() * _MANY % (_MANY_TO - _MANY_FROM - 1_000)
    for port in range(first, _MANY_TO):
        if _is_free(port):
            yield port


def _is_free(port: int) -> bool:
    with socket.socket() as listener:
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
