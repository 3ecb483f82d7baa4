"""Health, readiness and metrics over HTTP, beside the consumer.

Live = the consumer, the workers and the relay still turn. Ready = live, connected and assigned.
"""

import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from prometheus_client import REGISTRY, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

Check = Callable[[], Mapping[str, str | None]]
Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Endpoint = Callable[[Scope, Receive, Send], Awaitable[None]]


async def respond(send: Send, status: int, body: bytes, content_type: str) -> None:
    """Send one whole HTTP response."""
    headers = [(b"content-type", content_type.encode()), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def verdict(parts: Mapping[str, str | None]) -> tuple[int, dict[str, str]]:
    """The status and the body: 200 when no part names a trouble, else 503; every part is named."""
    status = 503 if any(parts.values()) else 200
    return status, {name: trouble or "ok" for name, trouble in parts.items()}


def endpoint(check: Check) -> Endpoint:
    """Answers with the verdict."""

    async def serve(_scope: Scope, _receive: Receive, send: Send) -> None:
        status, body = verdict(check())
        await respond(send, status, json.dumps(body).encode(), "application/json")

    return serve


async def metrics_endpoint(_scope: Scope, _receive: Receive, send: Send) -> None:
    """Every metric of this process in Prometheus' text format."""
    await respond(send, 200, generate_latest(REGISTRY), CONTENT_TYPE_LATEST)
