"""How much a client may send, and how often."""

import math
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from contracts.errors import ErrorCode, Transient
from fastapi import HTTPException
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_TOO_LARGE: Final = 413
_SWEEP_AT: Final = 10_000


@dataclass(slots=True)
class Buckets:
    """A token bucket per user: ``burst`` requests at once, ``per_second`` in the long run."""

    per_second: float
    burst: int
    now: Callable[[], float] = time.monotonic
    _levels: dict[UUID, tuple[float, float]] = field(
        default_factory=dict[UUID, tuple[float, float]], repr=False
    )

    def take(self, user_id: UUID) -> None:
        """Take a token. Raises ``Transient(RATE_LIMITED)`` with the wait until there is one."""
        now = self.now()
        level, since = self._levels.get(user_id, (float(self.burst), now))
        level = min(self.burst, level + (now - since) * self.per_second)
        if level < 1:
            wait = (1 - level) / self.per_second
            raise Transient(ErrorCode.RATE_LIMITED, retry_after=math.ceil(wait))
        self._levels[user_id] = (level - 1, now)
        if len(self._levels) > _SWEEP_AT:
            self._sweep(now)

    def _sweep(self, now: float) -> None:
        """Forget buckets that are full again: they say no more than a missing one."""
        refill = self.burst / self.per_second
        self._levels = {k: v for k, v in self._levels.items() if now - v[1] < refill}


class BodyLimit:
    """ASGI middleware: a body above its path's limit is refused as it streams in.

    ``larger`` gives the limits of paths, as patterns, that take more than ``limit`` bytes.
    """

    def __init__(self, app: ASGIApp, *, limit: int, larger: Mapping[str, int]) -> None:
        self._app = app
        self._limit = limit
        self._larger = [(re.compile(path), most) for path, most in larger.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count what the app reads; raise where it is too much."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._limit_of(scope["path"])
        said = Headers(scope=scope).get("content-length", "")
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            if said.isdecimal() and int(said) > limit:
                raise too_large(limit)
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise too_large(limit)
            return message

        await self._app(scope, counted, send)

    def _limit_of(self, path: str) -> int:
        return next((most for form, most in self._larger if form.fullmatch(path)), self._limit)


def too_large(limit: int) -> HTTPException:
    """The refusal of more than ``limit`` bytes."""
    size = f"{limit // 1_048_576} MB" if limit >= 1_048_576 else f"{limit // 1024} KB"  # noqa: PLR2004
    return HTTPException(_TOO_LARGE, f"The request is larger than {size}. Send less, or split it.")
