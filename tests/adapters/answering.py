"""A paid provider's adapter whose server is a function."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import httpx
from generator.adapters.wire import Account, Terms
from pydantic import SecretStr

P = TypeVar("P")
Handle = Callable[[httpx.Request], httpx.Response]
HOME = "https://api.example.com"
KEY = "secret-key"
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
QUICK = Terms(connect=2, create=2, read=2, download=2)


def answering(
    make: Callable[[httpx.AsyncClient, Account], P],
    handle: Handle | httpx.Response,
    *,
    model: str = "",
    terms: Terms = QUICK,
) -> P:
    """The adapter of ``make``, answered by ``handle``."""

    def answer(asked: httpx.Request) -> httpx.Response:
        return handle if isinstance(handle, httpx.Response) else handle(asked)

    client = httpx.AsyncClient(transport=httpx.MockTransport(answer), trust_env=False)
    return make(client, Account(SecretStr(KEY), HOME, model, f"{HOME}/v1", terms))


def body(asked: httpx.Request) -> dict[str, Any]:
    """The JSON of a request."""
    found: dict[str, Any] = json.loads(asked.content)
    return found
