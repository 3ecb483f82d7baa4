"""Real parts shared by all tests: one PostgreSQL a run, one database and one bus a test."""

import secrets
import tempfile
from collections.abc import AsyncGenerator, Generator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest
from contracts.topics import SERVICES, all_names
from studio.embedded import database as embedded
from studio.embedded.broker import MockBroker
from studio.embedded.postgres import Postgres, running

from tests.ports import free_port

TEMPLATE = "template_filmstudio"
PARTITIONS = 2


@dataclass(frozen=True, slots=True)
class TestDatabase:
    """A migrated database of one test; each service has its own role in it."""

    __test__ = False

    server: Postgres
    name: str
    passwords: dict[str, str]

    @property
    def superuser(self) -> str:
        return self.server.dsn(self.name)

    def dsn(self, service: str) -> str:
        return self.server.dsn(self.name, service, self.passwords[service])


@pytest.fixture(scope="session")
async def server() -> AsyncGenerator[Postgres, None]:
    # Not below pytest's own folder: a second run closes that to the user PostgreSQL runs as.
    with tempfile.TemporaryDirectory(prefix="filmstudio-test-") as name:
        folder = Path(name)
        postgres = Postgres(
            folder / "cluster", free_port(), secrets.token_hex(8), folder / "log", durable=False
        )
        async with running(postgres):
            yield postgres


@pytest.fixture(scope="session")
async def template(server: Postgres) -> dict[str, str]:
    """Passwords of the service roles, after the template database was migrated."""
    passwords = {name: secrets.token_hex(8) for name in SERVICES}
    await embedded.prepare(server.dsn("postgres"), server.dsn(embedded.DATABASE), passwords)
    conn = await asyncpg.connect(server.dsn("postgres"))
    await conn.execute(f"alter database {embedded.DATABASE} rename to {TEMPLATE}")
    await conn.close()
    return passwords


@pytest.fixture
async def database(
    server: Postgres, template: dict[str, str]
) -> AsyncGenerator[TestDatabase, None]:
    """A fresh, migrated database."""
    name = f"test_{secrets.token_hex(6)}"
    conn = await asyncpg.connect(server.dsn("postgres"))
    try:
        await conn.execute(f"create database {name} template {TEMPLATE}")
        yield TestDatabase(server, name, template)
        await conn.execute(f"drop database {name} with (force)")
    finally:
        await conn.close()


@pytest.fixture
def bus() -> Generator[MockBroker, None, None]:
    """A fresh broker with every topic."""
    with MockBroker(dict.fromkeys(all_names(), PARTITIONS)) as broker:
        yield broker


@pytest.fixture
def objects_root(tmp_path: Path) -> Path:
    return tmp_path / "objects"
