"""What tests of adapters share."""

from collections.abc import AsyncGenerator, Iterator

import httpx
import pytest
from generator.adapters.http_video import HttpVideo
from generator.handlers.ports import VideoProvider
from pydantic import SecretStr
from standins.server import serving
from standins.video import KEY, VideoStandin
from standins.video_faults import Faults

from tests.adapters import houses, video_api
from tests.adapters.houses import House, house
from tests.adapters.video_api import NOW, Served
from tests.unit.generator.rows import Clock


@pytest.fixture
async def client() -> AsyncGenerator[httpx.AsyncClient, None]:
    """Keeps no connection: a stand-in may be cut off at any time."""
    limits = httpx.Limits(max_keepalive_connections=0)
    async with httpx.AsyncClient(limits=limits, trust_env=False) as made:
        yield made


@pytest.fixture(scope="module")
def video_server() -> Iterator[Served]:
    """The stand-in of the generic video API, for all tests of a file."""
    standin = VideoStandin(now=Clock())
    with serving(standin.app) as base:
        yield standin, base


@pytest.fixture
def served(video_server: Served) -> Served:
    """The same with nothing wrong yet."""
    video_server[0].faults = Faults(make_seconds=(0, 0))
    return video_server


@pytest.fixture
def provider(served: Served, client: httpx.AsyncClient) -> HttpVideo:
    """The adapter that asks it."""
    return HttpVideo(client, served[1], SecretStr(KEY), video_api.QUICK, now=lambda: NOW)


@pytest.fixture(scope="module")
def at(request: pytest.FixtureRequest) -> Iterator[House]:
    """The paid provider's house that is named as its parameter, for all tests of a file."""
    with house(request.param) as made:
        yield made


@pytest.fixture
def clock(at: House) -> Clock:
    """The time in that house, with nothing wrong yet."""
    return at.open(Faults(make_seconds=(0, 0)))


@pytest.fixture
def its(at: House, clock: Clock, client: httpx.AsyncClient) -> VideoProvider:
    """The adapter that asks there. ``clock`` has opened the house."""
    return at.provider(client, houses.QUICK)
