"""Runs an ASGI application on a free loopback port, in a thread, for as long as a block lasts."""

import socket
from collections.abc import Generator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import uvicorn

__all__ = ["serving"]

_LONGEST_STOP = 10.0


@contextmanager
def serving(app: Any) -> Generator[str]:
    """The base URL (``http://127.0.0.1:port``) of ``app`` while the block runs.

    The socket listens before the thread starts, so the first request may come at once.
    """
    with socket.socket(proto=socket.IPPROTO_TCP) as listener:  # else asyncio sets no TCP_NODELAY
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        config = uvicorn.Config(
            app, log_config=None, ws="none", access_log=False, timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        thread = Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(_LONGEST_STOP)
