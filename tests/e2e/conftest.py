"""One stack for all tests that do not break it, with YouTube's stand-in as its outside world."""

import tempfile
from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import httpx
import pytest
from standins.server import serving
from standins.youtube import create_app

from tests.e2e.stack import Stack, running_stack


@pytest.fixture(scope="package")
def youtube() -> Generator[str, None, None]:
    """The address of the stand-in for YouTube's caption calls."""
    with serving(create_app()) as url:
        yield url


@pytest.fixture(scope="package")
async def stack(youtube: str) -> AsyncGenerator[Stack, None]:
    with tempfile.TemporaryDirectory(prefix="filmstudio-e2e-") as name:
        outside = {"TRANSCRIBER_YOUTUBE_TRANSCRIPT_BASE": youtube}
        async with running_stack(Path(name) / "home", outside) as stack:
            yield stack


@pytest.fixture
async def api(stack: Stack) -> AsyncGenerator[httpx.AsyncClient, None]:
    async with stack.client() as client:
        yield client
