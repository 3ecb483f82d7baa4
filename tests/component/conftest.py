"""What tests of whole services share."""

from collections.abc import AsyncGenerator

import asyncpg
import pytest
from runtime.db import connect

from tests.conftest import TestDatabase


@pytest.fixture
async def sql(
    database: TestDatabase,
) -> AsyncGenerator["asyncpg.Connection[asyncpg.Record]", None]:
    conn = await connect(database.superuser)
    yield conn
    await conn.close()
