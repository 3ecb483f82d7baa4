"""Providers tell that an order has changed. It is taken for a hint to look, never for news."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID, uuid5

import httpx
import structlog
from contracts.callbacks import Callback
from contracts.errors import ErrorCode, Rejected, Transient
from contracts.events import ProviderCalledBack
from fastapi import APIRouter, Request, Response
from pydantic import SecretStr
from runtime import outbox
from runtime.db import Database
from runtime.outbox import Offer

from gateway import webhooks
from gateway.parts import SCHEMA
from gateway.webhooks import Notice

router = APIRouter(prefix="/webhooks", include_in_schema=False)
log = structlog.get_logger()

PATHS: Final = ("/webhooks/replicate", "/webhooks/fal")
LONGEST_BODY: Final = 1_048_576
KEYS_SECONDS: Final = 86_400.0
REFETCH_SECONDS: Final = 60.0
_NAMESPACE: Final = UUID("0d6a1b53-0f4e-5a55-9c2f-6f0b7a6f3c11")


class FalKeys:
    """The keys that fal publishes: kept for a day at most, and looked for again when none fits."""

    def __init__(
        self, url: str, http: httpx.AsyncClient, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._url = url
        self._http = http
        self._now = now
        self._keys: Sequence[bytes] = ()
        self._asked: float | None = None
        self._fetched: float | None = None
        self._lock = asyncio.Lock()

    async def get(self, *, fresh: bool = False) -> Sequence[bytes]:
        """The keys; ``fresh`` asks anew, once a minute at most. Raises ``Transient``."""
        async with self._lock:
            now = self._now()
            if self._fetched is not None and now - self._fetched >= KEYS_SECONDS:
                self._keys = ()
            recent = self._asked is not None and now - self._asked < REFETCH_SECONDS
            if (fresh or not self._keys) and not recent:
                self._asked = now
                await self._fetch(now)
            if not self._keys:
                raise Transient(ErrorCode.INTERNAL, retry_after=REFETCH_SECONDS)
            return self._keys

    async def _fetch(self, now: float) -> None:
        try:
            reply = await self._http.get(self._url)
            reply.raise_for_status()
            keys = webhooks.fal_keys(reply.json())
        except (httpx.HTTPError, ValueError, TypeError) as error:
            log.warning("webhook.keys_not_fetched", error=type(error).__name__)
            return
        self._keys, self._fetched = keys, now


@dataclass(frozen=True, slots=True)
class Desk:
    """What webhooks are checked with. Without ``seal`` none of them can be ours."""

    db: Database
    offer: Offer
    seal: SecretStr | None
    replicate_secret: SecretStr | None
    fal: FalKeys
    now: Callable[[], float] = field(default=time.time)

    async def hear(self, hook: str, notice: Notice, about: str) -> None:
        """Pass a hint on, once. One about no order of ours changes nothing."""
        key = b"" if self.seal is None else self.seal.get_secret_value().encode()
        ours = Callback.opened(about, key)
        if ours is None:
            log.warning("webhook.foreign", hook=hook, request_id=notice.request_id)
            return
        event = ProviderCalledBack(
            job_id=ours.job_id,
            user_id=ours.user_id,
            project_id=ours.project_id,
            provider=ours.provider,
            provider_request_id=notice.request_id,
            attempt_token=ours.attempt_token,
        )
        # The same webhook has the same event id however often it comes, and is kept once.
        cause = uuid5(_NAMESPACE, f"{hook}:{notice.key}:{ours.attempt_token}")
        async with self.db.transaction() as conn:
            told = await outbox.put(conn, SCHEMA, [event], cause_id=cause)
        self.offer(told)


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.webhooks
    return desk


@router.post("/replicate", status_code=204)
async def replicate(request: Request, about: str = "") -> Response:
    """A prediction has begun or ended."""
    desk = _desk(request)
    if desk.replicate_secret is None:
        raise Rejected(ErrorCode.NOT_FOUND)
    secret = desk.replicate_secret.get_secret_value()
    body = await request.body()
    notice = webhooks.from_replicate(request.headers, body, secret, desk.now())
    await desk.hear("replicate", notice, about)
    return Response(status_code=204)


@router.post("/fal", status_code=204)
async def fal(request: Request, about: str = "") -> Response:
    """A request has ended."""
    desk, body = _desk(request), await request.body()
    try:
        notice = webhooks.from_fal(request.headers, body, await desk.fal.get(), desk.now())
    except Rejected:
        newer = await desk.fal.get(fresh=True)
        notice = webhooks.from_fal(request.headers, body, newer, desk.now())
    await desk.hear("fal", notice, about)
    return Response(status_code=204)
