"""A scene's row led from claim to end against the stand-in; its process may die at any instant."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from contracts.events import Event
from contracts.mezzanine import Mezzanine
from generator.adapters.probe import probe
from generator.adapters.wire import Terms
from generator.domain.attempt import Patience
from generator.domain.provider import OnShare
from runtime.objects import LocalObjects
from runtime.work import LeaseLostError, Outcome, Work
from standins.video_faults import Faults

from tests.adapters.houses import EPOCH, Door, House
from tests.unit.generator.making import (
    FakeAttemptLog,
    FakeClipCache,
    FakeKeeper,
    FakeMezzanineMaker,
    plan,
    planned,
    scene,
)
from tests.unit.generator.rows import Clock, Death, Row, maker
from tests.waiting import until

HANG_SECONDS = 0.1
# Calls are bounded by real seconds, of which a slow machine needs some; the rest is the clock.
TERMS = Terms(connect=5, create=20, read=20, download=10, poll=2, max_seconds=10, window=12)
PATIENCE = Patience(
    queued=600, running=600, busy=3_600, send=5, window=12, looks=3, orders=4, resubmits=9,
    downloads=9, unusable=9,
)  # fmt: skip

Trace = Callable[[str, Mapping[str, Any]], Awaitable[None]]
_ALL_SENT = "http11.send_request_body.complete"

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
    """The real network of a process that may die, or be cut off, around and within a call."""

    fate: Fate
    inner: httpx.AsyncHTTPTransport
    door: Door
    blow: Callable[[], BaseException] = Death

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        what = _name(request)
        if self.fate(f"before {what}"):
            raise self.blow()
        if what == "a create":
            request.extensions = {**request.extensions, "trace": self._sent(request)}
        answer = await self.inner.handle_async_request(request)
        if self.fate(f"after the head of {what}"):
            await answer.aclose()
            raise self.blow()
        assert isinstance(answer.stream, httpx.AsyncByteStream)
        return httpx.Response(
            answer.status_code,
            headers=answer.headers,
            stream=_Stream(answer.stream, self.fate, what, self.blow),
            extensions=answer.extensions,
        )

    def _sent(self, request: httpx.Request) -> Trace:
        """What the adapter hears of an order's way, and an instant more: all bytes are out."""
        inner: Trace = request.extensions["trace"]
        before = self.door.come

        async def arrived() -> bool:
            return self.door.come > before

        async def trace(event: str, info: Mapping[str, Any]) -> None:
            await inner(event, info)
            if event == _ALL_SENT and self.fate("after the bytes of a create"):
                await until(arrived, "the order has reached the provider")
                raise self.blow()

        return trace

    async def aclose(self) -> None:
        """The network outlives the process."""


@dataclass
class _Stream(httpx.AsyncByteStream):
    inner: httpx.AsyncByteStream
    fate: Fate
    what: str
    blow: Callable[[], BaseException]

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for block in self.inner:
            if self.fate(f"within {self.what}"):
                raise self.blow()
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
    path = request.url.path
    if path.endswith("/cancel") or request.method in {"PUT", "DELETE"}:
        return "a cancel"
    if path.endswith(("/v1/models", "/v1/files")):
        return "a preparation"
    if request.method == "POST":
        return "a create"
    if path.endswith("/content") or path.startswith("/_files/"):
        return "a download"
    listing = request.url.query or path.endswith("/v1/trainings")
    return "a list" if listing else "a poll"


def cut() -> BaseException:
    """The connection is gone; the process is not."""
    return httpx.ReadError("cut")


class ProbingMaker(FakeMezzanineMaker):
    """Takes every file that is a film; what is none is refused as the real encoder would."""

    async def make(
        self, source: Path, folder: Path, profile: Mezzanine, frames: int, on_share: OnShare
    ) -> Path:
        await asyncio.to_thread(probe, source)
        return source


def _drop(write: Awaitable[None]) -> None:
    close = getattr(write, "close", None)
    assert close is not None
    close()


@dataclass
class Desk:
    """A provider's stand-in and everything a scene needs, for many scenes one after another."""

    house: House
    store: LocalObjects
    patience: Patience = PATIENCE
    clock: Clock = field(default_factory=Clock)
    log: FakeAttemptLog = field(default_factory=FakeAttemptLog)
    network: httpx.AsyncHTTPTransport = field(
        default_factory=lambda: httpx.AsyncHTTPTransport(
            limits=httpx.Limits(max_keepalive_connections=0)
        )
    )

    def open(self, faults: Faults) -> None:
        """New books and a new clock."""
        faults.hang_seconds = HANG_SECONDS
        self.clock = self.house.open(faults, Clock(EPOCH))
        self.log = FakeAttemptLog()

    def ledger(self) -> dict[str, Any]:
        """What was really ordered and paid."""
        return self.house.standin.books.ledger()

    async def row(self, client: httpx.AsyncClient, keeper: FakeKeeper) -> Row:
        """The row of a scene as one process sees it."""
        name = self.house.name
        make = maker(
            self.store,
            {name: self.house.provider(client, TERMS)},
            FakeClipCache(),
            self.clock,
            patience=self.patience,
            mezzanine=ProbingMaker(),
            log=self.log,
        )
        made = plan(scene(frames=24))
        wish = made.settings.model_copy(update={"providers": (name,)})
        event = await planned(self.store, made.model_copy(update={"settings": wish}))
        return Row(make, event, self.clock, keeper=keeper)

    async def lead(self, faults: Faults, fate: Fate) -> tuple[Row, Outcome]:
        """One scene from its first claim to its end, with books of its own."""
        return await self._lead(faults, Wire(fate, self.network, self.house.door), Mortal(fate))

    async def lead_cut(self, faults: Faults, fate: Fate) -> tuple[Row, Outcome]:
        """The same, of a process that lives on while its connections are cut."""
        return await self._lead(
            faults, Wire(fate, self.network, self.house.door, cut), FakeKeeper()
        )

    async def _lead(self, faults: Faults, wire: Wire, keeper: FakeKeeper) -> tuple[Row, Outcome]:
        # Who died after the bytes were out has left an order that is still on its way.
        await until(self.house.door.calm, "the provider has booked what was sent before")
        self.open(faults)
        async with httpx.AsyncClient(transport=wire, trust_env=False) as client:
            row = await self.row(client, keeper)
            return row, await row.finish()
