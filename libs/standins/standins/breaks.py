"""Breaking connections on purpose: what ASGI has no word for."""

from collections.abc import AsyncIterator
from typing import Any

from starlette.requests import Request

__all__ = ["cut", "gone", "reset"]


async def gone(request: Request) -> None:
    """Wait until the client hangs up."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def reset(request: Request) -> None:
    """Cut the connection. uvicorn's transport hangs on ``receive``."""
    cycle: Any = getattr(request.receive, "__self__", None)
    cycle.transport.abort()
    await gone(request)


async def cut(request: Request, data: bytes) -> AsyncIterator[bytes]:
    """Some bytes, then a cut connection."""
    yield data
    await reset(request)
