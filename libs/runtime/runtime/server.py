"""One process: an ASGI app on its port until a signal, or until a part of it dies."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import uvicorn
from faststream.asgi import AsgiFastStream
from faststream.kafka import KafkaBroker

from runtime.health import Check, endpoint, metrics_endpoint
from runtime.settings import RuntimeSettings


def asgi(
    broker: KafkaBroker,
    live: Check,
    ready: Check,
    lifespan: Callable[..., AbstractAsyncContextManager[None]],
    stop: Callable[[], Awaitable[None]],
) -> AsgiFastStream:
    """The app of a process that consumes. It is stopped before its broker: a relay needs that."""
    return AsgiFastStream(
        broker,
        asgi_routes=[
            ("/healthz", endpoint(live)),
            ("/readyz", endpoint(ready)),
            ("/metrics", metrics_endpoint),
        ],
        lifespan=lifespan,
        on_shutdown=[stop],
        logger=None,
    )


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
