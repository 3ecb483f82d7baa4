"""A scene's row led from claim to end against the stand-in; its process may die at any instant."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from contracts.events import Event
from generator.adapters.http_video import HttpVideo, Terms
from generator.domain.attempt import Patience
from generator.handlers.ports import MezzanineMaker
from pydantic import SecretStr
from runtime.objects import LocalObjects
from runtime.work import LeaseLostError, Outcome, Work
from standins.video import KEY, VideoStandin
from standins.video_faults import Faults
from standins.video_orders import Books

from tests.unit.generator.making import (
    Clock,
    Death,
    FakeClipCache,
    FakeKeeper,
    Row,
    maker,
    plan,
    planned,
    scene,
)

# Real seconds bound the calls, so that a hanging answer costs a test little; the rest is the clock.
TERMS = Terms(connect=5, create=0.4, read=5, download=10, poll=2, max_seconds=10)
PATIENCE = Patience(
    queued=600, running=600, busy=3_600, send=5, window=12, looks=3, orders=4, resubmits=9,
    downloads=9,
)  # fmt: skip

Fate = Callable[[str], bool]
"""Whether the process dies at an instant, which has a name."""


class Mortal(FakeKeeper):
    """The row's table. A process may die before a write, or before it learns of it."""

    def __init__(self, fate: Fate) -> None:
        super().__init__()
        self.fate = fate

    async def save(
        self, work: Work, checkpoint: Mapping[str, Any] | None, events: Sequence[Event]
    ) -> None:
        await self._around(super().save(work, checkpoint, events), "a save")

    async def close(self, outcome: Outcome) -> None:
        # Of a claim whose end is stored nothing more can go wrong.
        if self.fate("before the end is stored"):
            raise Death
        await super().close(outcome)

    async def _around(self, write: Awaitable[None], what: str) -> None:
        if self.fate(f"before {what}"):
            _drop(write)
            raise Death
        await write
        if self.fate(f"after {what}"):
            raise Death


@dataclass
class Wire(httpx.AsyncBaseTransport):
    """The real network of a process that may die around and within a call."""

    fate: Fate
    inner: httpx.AsyncHTTPTransport

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        what = _name(request)
        if self.fate(f"before {what}"):
            raise Death
        answer = await self.inner.handle_async_request(request)
        if self.fate(f"after the head of {what}"):
            await answer.aclose()
            raise Death
        assert isinstance(answer.stream, httpx.AsyncByteStream)
        return httpx.Response(
            answer.status_code,
            headers=answer.headers,
            stream=_Stream(answer.stream, self.fate, what),
            extensions=answer.extensions,
        )

    async def aclose(self) -> None:
        """The network outlives the process."""


@dataclass
class _Stream(httpx.AsyncByteStream):
    inner: httpx.AsyncByteStream
    fate: Fate
    what: str

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for block in self.inner:
            if self.fate(f"within {self.what}"):
                raise Death
            yield block

    async def aclose(self) -> None:
        await self.inner.aclose()


@dataclass
class Paused(httpx.AsyncBaseTransport):
    """The network of a process that is stopped right before its order leaves."""

    inner: httpx.AsyncHTTPTransport
    stopped: asyncio.Event = field(default_factory=asyncio.Event)
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            self.stopped.set()
            await self.woken.wait()
        return await self.inner.handle_async_request(request)


class Fenced(FakeKeeper):
    """A row that somebody else has claimed since: its first save is its last."""

    async def save(
        self, work: Work, checkpoint: Mapping[str, Any] | None, events: Sequence[Event]
    ) -> None:
        if self.saved:
            raise LeaseLostError
        await super().save(work, checkpoint, events)


def _name(request: httpx.Request) -> str:
    if request.method == "POST":
        return "a create"
    if request.url.path.endswith("/content"):
        return "a download"
    return "a list" if request.url.query else "a poll"


def _drop(write: Awaitable[None]) -> None:
    close = getattr(write, "close", None)
    assert close is not None
    close()


@dataclass
class Desk:
    """The stand-in and everything a scene needs, for many scenes one after another."""

    standin: VideoStandin
    base: str
    store: LocalObjects
    mezzanine: MezzanineMaker
    clock: Clock = field(default_factory=Clock)
    network: httpx.AsyncHTTPTransport = field(
        default_factory=lambda: httpx.AsyncHTTPTransport(
            limits=httpx.Limits(max_keepalive_connections=0)
        )
    )

    def open(self, faults: Faults) -> None:
        """New books and a new clock."""
        self.clock = Clock()
        self.standin.books = Books(self.clock)
        self.standin.faults = faults

    async def row(self, client: httpx.AsyncClient, keeper: FakeKeeper) -> Row:
        """The row of a scene as one process sees it."""
        make = maker(
            self.store,
            {"http": HttpVideo(client, self.base, SecretStr(KEY), TERMS)},
            FakeClipCache(),
            self.clock,
            patience=PATIENCE,
            mezzanine=self.mezzanine,
        )
        made = plan(scene(frames=24))
        wish = made.settings.model_copy(update={"providers": ("http",)})
        event = await planned(self.store, made.model_copy(update={"settings": wish}))
        return Row(make, event, self.clock, keeper=keeper)

    async def lead(self, faults: Faults, fate: Fate) -> tuple[Row, Outcome]:
        """One scene from its first claim to its end, with books of its own."""
        self.open(faults)
        wire = Wire(fate, self.network)
        async with httpx.AsyncClient(transport=wire, trust_env=False) as client:
            row = await self.row(client, Mortal(fate))
            return row, await row.finish()
