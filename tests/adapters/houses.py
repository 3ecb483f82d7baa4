"""Every paid provider beside its stand-in, so that one test can be run on all of them."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx
from generator.adapters import fal, http_video, replicate, rundiffusion, runway
from generator.adapters.wire import Account, Terms
from generator.domain.provider import Order, Status, Ticket
from generator.handlers.ports import VideoProvider
from pydantic import SecretStr
from standins import fal as fal_standin
from standins import replicate as replicate_standin
from standins import runway as runway_standin
from standins import video as http_standin
from standins.server import serving
from standins.video import VideoStandin
from standins.video_faults import Faults
from standins.video_orders import Books
from standins.video_paid import PaidStandin

from tests.unit.generator.making import order, request
from tests.unit.generator.rows import Clock

Standin = VideoStandin | PaidStandin
Make = Callable[[httpx.AsyncClient, Account], VideoProvider]
EPOCH = 1_700_000_000.0


def even() -> float:
    """No jitter: a life led again has the same instants."""
    return 0.5


class Door:
    """The stand-in's door: how many requests have come, and how many are still within."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self.come = 0
        self.within = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        self.come += 1
        self.within += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self.within -= 1

    async def calm(self) -> bool:
        """Whether every request that has come is booked, or turned away."""
        return not self.within


@dataclass
class House:
    """One provider: the real adapter and the server it talks to."""

    name: str
    standin: Standin
    base: str
    key: str
    make: Make
    door: Door

    @property
    def vendor(self) -> bool:
        """Whether its stand-in knows every fault; that of the generic API knows the common ones."""
        return isinstance(self.standin, PaidStandin)

    def open(self, faults: Faults, clock: Clock | None = None) -> Clock:
        """New books and a new clock."""
        clock = clock or Clock(EPOCH)
        self.standin.books = Books(clock)
        self.standin.faults = faults
        return clock

    def provider(
        self, client: httpx.AsyncClient, terms: Terms, *, key: str = "", base: str = ""
    ) -> VideoProvider:
        url = base or self.base
        account = Account(SecretStr(key or self.key), url, "", f"{url}/v1", terms)
        made = self.make(client, account)
        if isinstance(made, replicate.Replicate | runway.Runway | fal.Fal):
            return replace(made, wire=replace(made.wire, chance=even))
        return made


def by_contract(client: httpx.AsyncClient, account: Account) -> VideoProvider:
    """RunDiffusion where its server speaks the generic video API."""
    made = rundiffusion.provider(client, replace(account, model="generic-video-1"))
    assert made is not None
    return made


KINDS: dict[str, tuple[Callable[[], Standin], str, Make]] = {
    "http": (VideoStandin, http_standin.KEY, http_video.provider),
    "replicate": (
        replicate_standin.ReplicateStandin,
        replicate_standin.KEY,
        replicate.provider,
    ),
    "runway": (runway_standin.RunwayStandin, runway_standin.KEY, runway.provider),
    "rundiffusion": (VideoStandin, http_standin.KEY, by_contract),
    "pika": (fal_standin.FalStandin, fal_standin.KEY, fal.provider),
}
QUICK = Terms(connect=2, create=0.5, read=2, download=5, max_bytes=64 * 1024 * 1024)
PAID = ("replicate", "runway", "pika")


@contextmanager
def house(name: str) -> Generator[House]:
    standin, key, make = KINDS[name]
    made = standin()
    door = Door(made.app)
    with serving(door) as base:
        yield House(name, made, base, key, make, door)


def placed(token: str, clock: Clock, **changes: Any) -> Order:
    values: dict[str, Any] = {"frames": 60, "size": (640, 360)}
    return order(request(**(values | changes)), token, since=clock())


def creates(at: House) -> int:
    return at.standin.books.ledger()["creates"]


def paid(at: House) -> float:
    return at.standin.books.ledger()["paid_usd"]


async def finished(provider: VideoProvider, ticket: Ticket) -> tuple[Ticket, Status]:
    status = await provider.poll(ticket)
    return replace(ticket, output=status.output), status
