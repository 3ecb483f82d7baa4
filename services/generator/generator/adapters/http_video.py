"""The provider ``http``: any server that speaks the generic asynchronous video API.

    POST /v1/videos, GET /v1/videos/{id}, GET /v1/videos?client_token=T, POST /v1/videos/{id}/cancel

A create is sent once: no transport retries it, and it leaves only while its record is fresh.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from contracts.errors import ErrorCode, FilmError, Transient
from pydantic import SecretStr

from generator.adapters.answers import CLEAN_REFUSALS, Answer, failure, id_of, status_of
from generator.adapters.downloads import Downloads, Resolve, resolve
from generator.domain.provider import (
    Capabilities,
    MaySend,
    OnShare,
    SceneRequest,
    SeedPolicy,
    Status,
    Ticket,
    request_hash,
)

NAME = "http"
LONGEST_ANSWER = 1024 * 1024
_FIRST_BYTE = "http11.send_request_headers.started"


def _utc() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Terms:
    """What is known of a server before it is asked. Times in seconds, money in US dollars.

    ``usd_per_second`` stands in where an answer names no cost.
    """

    connect: float = 5.0
    create: float = 60.0
    read: float = 20.0
    download: float = 600.0
    poll: float = 5.0
    max_bytes: int = 512 * 1024 * 1024
    max_seconds: float = 30.0
    usd_per_second: Decimal = Decimal("0.05")


class NotSentError(Exception):
    """The record of an order was too old when its first byte was to leave."""


class Sending:
    """Stands between an order and the wire: knows whether anything left, and may forbid it."""

    def __init__(self, may_send: MaySend) -> None:
        self.begun = False
        self._may_send = may_send

    async def __call__(self, event: str, _info: Mapping[str, Any]) -> None:
        """A trace for httpcore. Raises ``NotSentError`` right before the first byte would leave."""
        if event == _FIRST_BYTE:
            if not self._may_send():
                raise NotSentError
            self.begun = True


@dataclass(frozen=True, slots=True)
class HttpVideo:
    """Implements the ``VideoProvider`` port. ``base`` is the server's address, without a path."""

    client: httpx.AsyncClient
    base: str
    key: SecretStr
    terms: Terms = Terms()
    now: Callable[[], datetime] = _utc
    resolve: Resolve = resolve

    @property
    def capabilities(self) -> Capabilities:
        """By the terms; the model is named by the server."""
        return Capabilities(
            model=f"{NAME}:{httpx.URL(self.base).host}",
            max_seconds=self.terms.max_seconds,
            usd_per_second=self.terms.usd_per_second,
            seed_policy=SeedPolicy.FROM_REQUEST,
            can_reconcile=True,
        )

    async def submit(self, request: SceneRequest, token: str, may_send: MaySend) -> Ticket:
        """Place an order. Raises ``PROVIDER_UNCERTAIN`` if it may have arrived."""
        sending = Sending(may_send)
        asked = {
            "prompt": request.prompt,
            "negative_prompt": request.negative_prompt,
            "frames": request.frames,
            "fps": request.fps,
            "width": request.width,
            "height": request.height,
            "seed": self._seed(request),
            "client_token": token,
        }
        try:
            answer = await self._call(
                "POST", "", self.terms.create, json=asked, extensions={"trace": sending}
            )
        except NotSentError as error:
            raise Transient(ErrorCode.INTERNAL, detail="the order came too late to send") from error
        except (httpx.HTTPError, TimeoutError) as error:
            code = ErrorCode.PROVIDER_UNCERTAIN if sending.begun else ErrorCode.AI_PROVIDER_FAILURE
            raise Transient(code, detail=_said(error)) from error
        if answer.status in CLEAN_REFUSALS:
            raise self._failure(answer)
        request_id = id_of(answer.fields)
        if not answer.ok or request_id is None:
            raise Transient(ErrorCode.PROVIDER_UNCERTAIN, detail=self._text(answer))
        return Ticket(request, token, request_id)

    async def reconcile(self, request: SceneRequest, token: str) -> Ticket | None:
        """Find the order with a token; of several, the oldest that is not lost."""
        answer = await self._ask("GET", f"?client_token={quote(token, safe='')}")
        items = answer.fields.get("items")
        if not isinstance(items, list):
            raise Transient(ErrorCode.AI_PROVIDER_FAILURE, detail=self._text(answer))
        found: list[dict[str, Any]] = [
            item
            for item in items  # pyright: ignore[reportUnknownVariableType]
            if isinstance(item, dict) and item.get("client_token") == token and id_of(item)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
        ]
        if not found:
            return None
        alive = [item for item in found if item.get("status") not in {"failed", "cancelled"}]
        return Ticket(request, token, id_of((alive or found)[0]))

    async def poll(self, ticket: Ticket) -> Status:
        """Where an order stands."""
        answer = await self._ask("GET", _path(ticket))
        if not isinstance(answer.fields.get("status"), str):
            raise Transient(ErrorCode.AI_PROVIDER_FAILURE, detail=self._text(answer))
        return status_of(answer.fields, self.terms.poll, self.key.get_secret_value())

    async def cancel(self, ticket: Ticket) -> None:
        """Give an order up."""
        await self._ask("POST", f"{_path(ticket)}/cancel")

    async def fetch(self, ticket: Ticket, path: Path, on_share: OnShare) -> None:
        """Bring the finished clip into a file, from wherever the order says it lies."""
        home = httpx.URL(self.base)
        downloads = Downloads(
            self.client, home, self.terms.max_bytes, self.terms.download, self.resolve
        )
        url = ticket.output or f"{self.base}/v1/videos{_path(ticket)}/content"
        await downloads.save(url, path, self._headers(), on_share)

    async def _ask(self, method: str, path: str) -> Answer:
        """A question that may be repeated. Raises ``Transient`` or ``Rejected``."""
        try:
            answer = await self._call(method, path, self.terms.read)
        except (httpx.HTTPError, TimeoutError) as error:
            raise Transient(ErrorCode.AI_PROVIDER_FAILURE, detail=_said(error)) from error
        if not answer.ok:
            raise self._failure(answer)
        return answer

    async def _call(self, method: str, path: str, seconds: float, **more: Any) -> Answer:
        """One request and the start of its answer. The whole of it takes ``seconds`` at most."""
        url = f"{self.base}/v1/videos{path}"
        timeout = httpx.Timeout(seconds, connect=self.terms.connect, pool=self.terms.connect)
        request = self.client.build_request(
            method, url, headers=self._headers(), timeout=timeout, **more
        )
        async with asyncio.timeout(seconds + self.terms.connect):
            answer = await self.client.send(request, stream=True, follow_redirects=False)
            try:
                body = bytearray()
                async for block in answer.aiter_bytes():
                    body += block
                    if len(body) > LONGEST_ANSWER:
                        break
            finally:
                await answer.aclose()
        return Answer(answer.status_code, answer.headers, bytes(body[:LONGEST_ANSWER]))

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key.get_secret_value()}"}

    def _seed(self, request: SceneRequest) -> int:
        """The same request has the same seed, within 31 bits."""
        return int(request_hash(NAME, self.capabilities, request)[:8], 16) & 0x7FFF_FFFF

    def _failure(self, answer: Answer) -> FilmError:
        return failure(answer, self.key.get_secret_value(), self.now)

    def _text(self, answer: Answer) -> str:
        return answer.text(self.key.get_secret_value())


def _path(ticket: Ticket) -> str:
    return "/" + quote(ticket.request_id or "", safe="")


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:500]
