"""Every paid provider beside its stand-in, so that one test can be run on all of them."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import httpx
from generator.adapters import fal, http_video, replicate, runway
from generator.adapters.wire import Account, Terms
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

from tests.unit.generator.rows import Clock

Standin = VideoStandin | PaidStandin
Make = Callable[[httpx.AsyncClient, Account], VideoProvider]
EPOCH = 1_700_000_000.0


def even() -> float:
    """No jitter: a life led again has the same instants."""
    return 0.5


@dataclass
class House:
    """One provider: the real adapter and the server it talks to."""

    name: str
    standin: Standin
    base: str
    key: str
    make: Make

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


KINDS: dict[str, tuple[Callable[[], Standin], str, Make]] = {
    "http": (VideoStandin, http_standin.KEY, http_video.provider),
    "replicate": (
        replicate_standin.ReplicateStandin,
        replicate_standin.KEY,
        replicate.provider,
    ),
    "runway": (runway_standin.RunwayStandin, runway_standin.KEY, runway.provider),
    "pika": (fal_standin.FalStandin, fal_standin.KEY, fal.provider),
}
PAID = ("replicate", "runway", "pika")


@contextmanager
def house(name: str) -> Generator[House]:
    standin, key, make = KINDS[name]
    made = standin()
    with serving(made.app) as base:
        yield House(name, made, base, key, make)
