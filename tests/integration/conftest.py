"""A real Kafka for each file of tests, and a database with the toy's table."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
from runtime.db import connect
from runtime.provision import provision

from tests.conftest import TestDatabase
from tests.integration import toy
from tests.kafka.broker import ApacheKafka
from tests.kafka.fixtures import java_or_skip, kafka_or_skip

PARTITIONS = 6


@pytest.fixture(scope="module")
def kafka() -> Generator[Any, None, None]:
    with kafka_or_skip() as node:
        asyncio.run(provision(node.bootstrap, partitions=PARTITIONS))
        yield node


@pytest.fixture
async def sql(
    database: TestDatabase,
) -> AsyncGenerator["asyncpg.Connection[asyncpg.Record]", None]:
    conn = await connect(database.superuser)
    await conn.execute(toy.TABLE)
    yield conn
    await conn.close()


@asynccontextmanager
async def own_kafka(what: str) -> AsyncGenerator[ApacheKafka, None]:
    """A broker for one test, to do ``what`` with."""
    java_or_skip(what)
    with kafka_or_skip() as node:
        assert isinstance(node, ApacheKafka)
        await provision(node.bootstrap, partitions=PARTITIONS)
        yield node
