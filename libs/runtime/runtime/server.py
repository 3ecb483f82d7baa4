"""One process: an ASGI app on its port until a signal, or until a part of it dies."""

import asyncio
import signal
from typing import Any

import uvicorn

from runtime.settings import RuntimeSettings


async def serve(app: Any, settings: RuntimeSettings, dead: asyncio.Event) -> int:
    """Serve until SIGTERM or SIGINT (0), or until ``dead`` is set or the start fails (1)."""
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host=settings.http_host,
            port=settings.http_port,
            log_config=None,
            access_log=False,
            lifespan="on",
            timeout_graceful_shutdown=3,
        )
    )

    async def end_when_dead() -> None:
        await dead.wait()
        server.should_exit = True

    watch = asyncio.create_task(end_when_dead())
    # Uvicorn raises the signal again after a clean stop; the exit code is to tell how it went.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _already_handled)
    await server.serve()
    watch.cancel()
    return 1 if dead.is_set() or not server.started else 0


def _already_handled(_number: int, _frame: object) -> None:
    pass
