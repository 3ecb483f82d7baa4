"""The gateway that most tests ask: it runs, and a first user has signed in."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from studio.embedded.broker import MockBroker

from tests.component.gateway.studio import Studio, serving
from tests.conftest import TestDatabase


@pytest.fixture
async def studio(
    database: TestDatabase, bus: MockBroker, objects_root: Path
) -> AsyncGenerator[Studio, None]:
    async with serving(database, bus, objects_root) as made:
        yield made
