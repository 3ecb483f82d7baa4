"""What tests of adapters share."""

from collections.abc import AsyncGenerator

import httpx
import pytest


@pytest.fixture
async def client() -> AsyncGenerator[httpx.AsyncClient, None]:
    """Keeps no connection: a stand-in may be cut off at any time."""
    limits = httpx.Limits(max_keepalive_connections=0)
    async with httpx.AsyncClient(limits=limits, trust_env=False) as made:
        yield made
