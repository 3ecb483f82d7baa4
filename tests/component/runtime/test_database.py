"""Migrations and the walls between services' schemas."""

import asyncio
from pathlib import Path

import asyncpg
import pytest
from contracts.topics import SERVICES
from runtime.db import connect
from runtime.migrations import MigrationsMissingError, migrate

from tests.conftest import TestDatabase


async def test_migrations_are_applied_once_even_by_two_runners_at_once(
    database: TestDatabase, tmp_path: Path
) -> None:
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "20990101000000_one.sql").write_text("create table public.one (n int);")
    (folder / "20990101000001_two.sql").write_text("insert into public.one values (1);")
    runs = await asyncio.gather(
        *(migrate(database.superuser, directory=tmp_path) for _ in range(2))
    )
    names = ["20990101000000_one.sql", "20990101000001_two.sql"]
    assert sorted(runs) == [[], names]
    sql = await connect(database.superuser)
    assert await sql.fetchval("select count(*) from public.one") == 1
    await sql.close()


async def test_a_migration_that_fails_leaves_nothing_half_done(
    database: TestDatabase, tmp_path: Path
) -> None:
    folder = tmp_path / "migrations"
    folder.mkdir()
    broken = folder / "20990101000000_broken.sql"
    broken.write_text("create table public.half (n int); select nonsense;")
    with pytest.raises(asyncpg.PostgresError):
        await migrate(database.superuser, directory=tmp_path)
    broken.write_text("create table public.half (n int);")
    assert await migrate(database.superuser, directory=tmp_path) == [broken.name]


def test_a_missing_folder_is_said_plainly(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SUPABASE_DIR", str(tmp_path))
    with pytest.raises(MigrationsMissingError, match="SUPABASE_DIR"):
        asyncio.run(migrate("postgresql://127.0.0.1:1/none"))


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_reads_its_own_schema_and_no_other(
    database: TestDatabase, service: str
) -> None:
    sql = await connect(database.dsn(service))
    try:
        assert await sql.fetchval(f"select count(*) from {service}.outbox") == 0
        for other in SERVICES:
            if other == service:
                continue
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await sql.fetchval(f"select count(*) from {other}.outbox")
    finally:
        await sql.close()


async def test_users_cannot_see_any_service_schema(database: TestDatabase) -> None:
    sql = await connect(database.superuser)
    try:
        async with sql.transaction():
            await sql.execute("set local role authenticated")
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await sql.fetchval("select count(*) from generator.work")
    finally:
        await sql.close()
