"""One stack for all tests that do not break it, with stand-ins for every vendor."""

import tempfile
from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
import pytest

from tests.e2e.stack import Stack, running_stack


@pytest.fixture(scope="package")
async def stack() -> AsyncGenerator[Stack, None]:
    with tempfile.TemporaryDirectory(prefix="filmstudio-e2e-") as name:
        async with running_stack(Path(name) / "home", "--standins") as stack:
            yield stack


@pytest.fixture
async def api(stack: Stack) -> AsyncGenerator[httpx.AsyncClient, None]:
    async with stack.client() as client:
        yield client
