"""The way to a video API: one thin HTTP client under every provider that is paid.

A create is sent once: no transport retries it, and it leaves only while its record is fresh.
"""

import asyncio
import random
from collections.abc import Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeVar

import httpx
from contracts.errors import ErrorCode, FilmError, Rejected, Transient
from pydantic import SecretStr

from generator.adapters.answers import CLEAN_REFUSALS, Answer, failure
from generator.adapters.downloads import Downloads, Resolve, resolve
from generator.domain.provider import MaySend, OnShare, Phase

M = TypeVar("M")
LONGEST_ANSWER = 1024 * 1024
JITTER = 0.25
_FIRST_BYTE = "http11.send_request_headers.started"

Special = Callable[[Answer], ErrorCode | None]
"""Knows the answers that mean something else at one provider than by their status."""


def utc() -> datetime:
    """The time of day."""
    return datetime.now(UTC)


def nothing_special(_: Answer) -> ErrorCode | None:
    """Every answer means what its status says."""
    return None


@dataclass(frozen=True, slots=True)
class Terms:
    """What is known of a server before it is asked. Times in seconds, money in US dollars.

    ``poll`` and ``window`` are the provider's own unless they are given. ``usd_per_second`` stands
    in where an answer names no cost; without one the model's list price does.
    """

    connect: float = 5.0
    create: float = 60.0
    read: float = 20.0
    download: float = 600.0
    poll: float | None = None
    max_bytes: int = 512 * 1024 * 1024
    max_seconds: float = 30.0
    usd_per_second: Decimal | None = None
    window: float | None = None

    def price(self, listed: Decimal) -> Decimal:
        """US dollars per second: an operator's own overrules the one that is listed."""
        return listed if self.usd_per_second is None else self.usd_per_second


@dataclass(frozen=True, slots=True)
class Account:
    """What an operator has set for a provider. Addresses have no path unless they say so."""

    key: SecretStr
    url: str
    model: str = ""
    api_url: str = ""
    terms: Terms = field(default_factory=Terms)

    def listed(self, name: str, models: Mapping[str, M], default: str) -> M:
        """The model it is for. Raises ``ValueError`` for one that ``name`` does not list."""
        model = models.get(self.model or default)
        if model is None:
            raise ValueError(f"{name}: {self.model} is none of {', '.join(models)}")
        return model


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
class Wire:
    """Calls below ``base``, with ``headers``. ``secret`` never reaches an error's text."""

    client: httpx.AsyncClient
    base: str
    secret: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    terms: Terms
    special: Special = nothing_special
    now: Callable[[], datetime] = utc
    chance: Callable[[], float] = random.random
    resolve: Resolve = resolve
    trusted: tuple[str, ...] = ()

    async def create(
        self,
        path: str,
        body: Mapping[str, Any],
        may_send: MaySend,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send an order; a 2xx answer. Whatever else may have been an order is uncertain.

        Raises ``PROVIDER_UNCERTAIN`` then, and any other error if surely nothing was ordered.
        """
        sending = Sending(may_send)
        more: dict[str, Any] = {"json": body, "extensions": {"trace": sending}}
        try:
            answer = await self._call("POST", path, self.terms.create, headers, **more)
        except NotSentError as error:
            raise Transient(ErrorCode.INTERNAL, detail="the order came too late to send") from error
        except (httpx.HTTPError, TimeoutError) as error:
            code = ErrorCode.PROVIDER_UNCERTAIN if sending.begun else ErrorCode.AI_PROVIDER_FAILURE
            raise Transient(code, detail=self._said(error)) from error
        if answer.status in CLEAN_REFUSALS:
            raise self.failure(answer)
        if not answer.ok:
            raise self.uncertain(answer)
        return answer

    async def ask(self, method: str, path: str) -> Answer:
        """A question that may be repeated; a 2xx answer. Raises ``Transient`` or ``Rejected``."""
        answer = await self.hear(method, path)
        if answer.status == HTTPStatus.NOT_FOUND:
            raise Rejected(ErrorCode.OUTPUT_EXPIRED, detail=answer.text(self.secret))
        if not answer.ok:
            raise self.failure(answer)
        return answer

    async def hear(self, method: str, path: str, **more: Any) -> Answer:
        """The same, with any answer that is neither a fault of the server nor a 429.

        ``more`` is a body as httpx takes it; sending it again must do no harm.
        """
        seconds = self.terms.create if more else self.terms.read
        try:
            answer = await self._call(method, path, seconds, **more)
        except (httpx.HTTPError, TimeoutError) as error:
            raise Transient(ErrorCode.AI_PROVIDER_FAILURE, detail=self._said(error)) from error
        if (
            answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR
            or answer.status == HTTPStatus.TOO_MANY_REQUESTS
        ):
            raise self.failure(answer)
        return answer

    async def save(
        self, url: str, path: Path, on_share: OnShare, headers: Mapping[str, str] | None = None
    ) -> None:
        """Bring a file of the provider to disk; ``headers`` go to its own hosts only."""
        downloads = Downloads(
            self.client,
            httpx.URL(self.base),
            self.terms.max_bytes,
            self.terms.download,
            self.resolve,
            self.trusted,
        )
        await downloads.save(url, path, headers or {}, on_share)

    def own(self, url: str) -> bool:
        """Whether an address is the API's own, so that the key may go there."""
        try:
            there, home = httpx.URL(url), httpx.URL(self.base)
        except httpx.InvalidURL:
            return False
        mine = (home.scheme, home.host, home.port)
        return (there.scheme, there.host, there.port) == mine and not there.userinfo

    def pause(self, usual: float) -> float:
        """Until the next poll, so that many orders do not ask at once."""
        seconds = self.terms.poll or usual
        return seconds * (1 + JITTER * (2 * self.chance() - 1))

    def failure(self, answer: Answer) -> FilmError:
        """The error that an answer stands for."""
        return failure(answer, self.secret, self.now, self.special)

    def uncertain(self, answer: Answer) -> Transient:
        """An answer to an order from which nobody can tell whether it was taken."""
        return Transient(ErrorCode.PROVIDER_UNCERTAIN, detail=answer.text(self.secret))

    def unreadable(self, answer: Answer) -> Transient:
        """An answer to a question that says nothing."""
        return Transient(ErrorCode.AI_PROVIDER_FAILURE, detail=answer.text(self.secret))

    def phase(self, answer: Answer, phases: Mapping[str, Phase]) -> Phase:
        """Where an order stands by their words; one nobody knows means that it is still at work.

        Raises ``Transient`` where there is none.
        """
        word = answer.fields.get("status")
        if not isinstance(word, str):
            raise self.unreadable(answer)
        return phases.get(word, Phase.RUNNING)

    async def _call(
        self,
        method: str,
        path: str,
        seconds: float,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> Answer:
        """One request and the start of its answer. The whole of it takes ``seconds`` at most."""
        url = path if self.own(path) else f"{self.base}{path}"
        timeout = httpx.Timeout(seconds, connect=self.terms.connect, pool=self.terms.connect)
        every = {**self.headers, **(headers or {})}
        request = self.client.build_request(method, url, headers=every, timeout=timeout, **more)
        async with asyncio.timeout(seconds + self.terms.connect):
            answer = await self.client.send(request, stream=True, follow_redirects=False)
            async with aclosing(answer):
                body = await _beginning(answer)
        return Answer(answer.status_code, answer.headers, body)

    def _said(self, error: Exception) -> str:
        return f"{type(error).__name__}: {error}".replace(self.secret, "…")[:500]


async def _beginning(answer: httpx.Response) -> bytes:
    body = bytearray()
    async for block in answer.aiter_bytes():
        body += block
        if len(body) > LONGEST_ANSWER:
            break
    return bytes(body[:LONGEST_ANSWER])
