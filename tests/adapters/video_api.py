"""Asking the provider ``http``: orders as tests place them, and answers without a server."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
from generator.adapters.http_video import HttpVideo
from generator.adapters.wire import Terms
from generator.domain.provider import SceneRequest
from pydantic import SecretStr
from standins.video import VideoStandin

from tests.unit.generator.making import request, ticket

Served = tuple[VideoStandin, str]
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
QUICK = Terms(connect=2, create=0.5, read=2, download=5, poll=3)


def now() -> bool:
    """An order may leave."""
    return True


def never() -> bool:
    """An order may not leave any more."""
    return False


class Shares(list[float]):
    """Progress as it was told."""

    async def __call__(self, share: float) -> None:
        self.append(share)


def asked(**changes: Any) -> SceneRequest:
    values: dict[str, Any] = {"frames": 24, "size": (320, 320)}
    return request(**(values | changes))


Handle = Callable[[httpx.Request], httpx.Response]
ELSEWHERE = "https://video.example.com"
PUBLIC = "93.184.215.14"


def answering(
    handle: Handle, base: str = ELSEWHERE, terms: Terms = QUICK, **more: Any
) -> HttpVideo:
    client = httpx.AsyncClient(transport=httpx.MockTransport(handle), trust_env=False)
    return HttpVideo(client, base, SecretStr("secret-key"), terms, now=lambda: NOW, **more)


TICKET = ticket(asked(), "t", "vid_1")
