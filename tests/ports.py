"""Free TCP ports of this machine."""

import os
import socket

_LOWEST, _HIGHEST = 20_000, 32_000
"""Below what systems give to outgoing connections, which may take a port between two uses of it."""


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
        with socket.socket() as listener:
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free port")
