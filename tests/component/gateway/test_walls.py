"""What each role may do to each public table, asked of the database itself."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from runtime.db import connect

from tests.conftest import TestDatabase

TABLES = (
    "projects",
    "scripts",
    "characters",
    "assets",
    "jobs",
    "job_scenes",
    "job_events",
    "scene_choices",
    "music_tracks",
    "exports",
)


@asynccontextmanager
async def acting(
    database: TestDatabase, service: str, user_id: UUID | None = None, role: str | None = None
) -> AsyncGenerator[Any, None]:
    """A transaction of a service's login, perhaps for a user, perhaps in another role."""
    conn = await connect(database.dsn(service))
    try:
        async with conn.transaction():
            if user_id is not None:
                await conn.execute(
                    "select set_config('request.jwt.claims', $1, true)",
                    f'{{"sub": "{user_id}", "role": "authenticated"}}',
                )
            if role is not None:
                await conn.execute(f"set local role {role}")
            yield conn
    finally:
        await conn.close()


async def denied(database: TestDatabase, user_id: UUID, statement: str, *args: Any) -> None:
    """The statement is refused to the signed-in user."""
    async with acting(database, "gateway", user_id, "authenticated") as conn:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await conn.execute(statement, *args)


async def two_users(database: TestDatabase) -> tuple[UUID, UUID, UUID, UUID]:
    """Two users; the first one's project and job, with a row in every table."""
    mine, other, project, job = uuid4(), uuid4(), uuid4(), uuid4()
    conn = await connect(database.superuser)
    script = uuid4()
    await conn.execute("insert into auth.users (id) values ($1), ($2)", mine, other)
    await conn.execute("insert into public.projects (id, user_id) values ($1, $2)", project, mine)
    await conn.execute(
        "insert into public.scripts (id, project_id, user_id) values ($1, $2, $3)",
        script,
        project,
        mine,
    )
    await conn.execute("insert into public.characters (user_id, name) values ($1, 'Ada')", mine)
    await conn.execute(
        "insert into public.assets (user_id, type, storage_path) values ($1, 'image', 'a')", mine
    )
    await conn.execute(
        "insert into public.jobs (id, user_id, project_id, script_id, type)"
        " values ($1, $2, $3, $4, 'import')",
        job,
        mine,
        project,
        script,
    )
    await conn.execute("insert into public.job_scenes (job_id, scene_index) values ($1, 0)", job)
    await conn.execute("insert into public.scene_choices (job_id, scene_index) values ($1, 0)", job)
    await conn.execute(
        "insert into public.exports"
        " (id, job_id, project_id, user_id, settings, scene_order, takes, recipe)"
        " values ($1, $2, $3, $4, '{}', '{0}', '{1}', repeat('0', 64))",
        uuid4(),
        job,
        project,
        mine,
    )
    await conn.execute(
        "insert into public.music_tracks"
        " (id, user_id, title, file_path, size, sha256, content_type, duration)"
        " values ($1, $2, 'A tune', 'a.mp3', 1, repeat('0', 64), 'audio/mpeg', 1)",
        uuid4(),
        mine,
    )
    await conn.execute(
        "insert into public.job_events (job_id, seq, event_id, type, data)"
        " values ($1, 1, $2, 'x', '{}')",
        job,
        uuid4(),
    )
    await conn.close()
    return mine, other, project, job


async def test_every_public_table_has_its_wall_up(database: TestDatabase) -> None:
    conn = await connect(database.superuser)
    rows = await conn.fetch(
        "select relname, relrowsecurity from pg_class"
        " where relnamespace = 'public'::regnamespace and relkind = 'r'"
    )
    await conn.close()
    assert {row["relname"] for row in rows} == set(TABLES)
    assert all(row["relrowsecurity"] for row in rows)


async def test_rows_are_seen_by_their_user_alone(database: TestDatabase) -> None:
    mine, other, _, _ = await two_users(database)
    for user_id, count in ((mine, 1), (other, 0)):
        async with acting(database, "gateway", user_id, "authenticated") as conn:
            for table in TABLES:
                assert await conn.fetchval(f"select count(*) from public.{table}") == count, table


async def test_nobody_is_nobody(database: TestDatabase) -> None:
    await two_users(database)
    conn = await connect(database.superuser)
    for table in TABLES:
        async with conn.transaction():
            await conn.execute("set local role anon")
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with conn.transaction():
                    await conn.execute(f"select from public.{table}")
    await conn.close()


async def test_users_change_what_is_theirs_and_only_that(database: TestDatabase) -> None:
    mine, other, project, _ = await two_users(database)
    async with acting(database, "gateway", mine, "authenticated") as conn:
        assert await conn.execute("update public.projects set title = 'x'") == "UPDATE 1"
        assert await conn.execute("update public.scripts set title = 'x'") == "UPDATE 1"
        assert await conn.execute("delete from public.characters") == "DELETE 1"
        assert await conn.execute("delete from public.assets") == "DELETE 1"
        assert await conn.execute("delete from public.music_tracks") == "DELETE 1"
    async with acting(database, "gateway", other, "authenticated") as conn:
        assert await conn.execute("update public.projects set title = 'x'") == "UPDATE 0"
        for table in ("projects", "scripts", "characters", "assets", "music_tracks"):
            assert await conn.execute(f"delete from public.{table}") == "DELETE 0"
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            async with conn.transaction():
                await conn.execute(
                    "insert into public.scripts (project_id, user_id) values ($1, $2)",
                    project,
                    other,
                )
    insert = "insert into public.projects (user_id) values ($1)"
    await denied(database, other, insert, mine)
    await denied(database, mine, "update public.projects set user_id = $1", other)
    await denied(
        database,
        mine,
        "insert into public.characters (user_id, name, is_premade) values ($1, 'x', true)",
        mine,
    )


async def test_users_cannot_write_what_services_write(database: TestDatabase) -> None:
    mine, _, project, job = await two_users(database)
    insert = "insert into public.jobs (id, user_id, project_id, type) values ($1, $2, $3, 'import')"
    await denied(database, mine, insert, uuid4(), mine, project)
    for statement in (
        "update public.jobs set status = 'succeeded'",
        "delete from public.jobs",
        "update public.job_scenes set s3_key = 'x'",
        "delete from public.job_scenes",
        "update public.scene_choices set take = 1",
        "delete from public.job_events",
        "update public.scripts set status = 'ready'",
        "update public.scripts set script_ref = '{}'",
        "update public.music_tracks set file_path = 'b'",
        "update public.exports set cancel_requested_at = now()",
        "delete from public.exports",
        "select from gateway.outbox",
        "select from gateway.idempotency",
        "select from projector.offsets",
    ):
        await denied(database, mine, statement)
    scene = "insert into public.job_scenes (job_id, scene_index) values ($1, 1)"
    await denied(database, mine, scene, job)
    track = (
        "insert into public.music_tracks"
        " (id, user_id, title, file_path, size, sha256, content_type, duration)"
        " values ($1, $2, 't', 'users/of-another/a.mp3', 1, repeat('1', 64), 'audio/mpeg', 1)"
    )
    await denied(database, mine, track, uuid4(), mine)


async def test_the_gateway_makes_jobs_for_the_user_it_acts_for_only(
    database: TestDatabase,
) -> None:
    mine, other, project, job = await two_users(database)
    insert = "insert into public.jobs (id, user_id, project_id, type) values ($1, $2, $3, 'import')"
    async with acting(database, "gateway", mine) as conn:
        await conn.execute(insert, uuid4(), mine, project)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with conn.transaction():
                await conn.execute("update public.jobs set status = 'succeeded'")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with conn.transaction():
                await conn.execute("select from public.projects")
    for user_id in (other, None):
        async with acting(database, "gateway", user_id) as conn:
            mark = "update public.jobs set cancel_requested_at = now() where id = $1"
            assert await conn.execute(mark, job) == "UPDATE 0"
            unwanted = "update public.exports set cancel_requested_at = now()"
            assert await conn.execute(unwanted) == "UPDATE 0"
            assert await conn.execute("delete from public.exports") == "DELETE 0"
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await conn.execute(insert, uuid4(), mine, project)


async def test_the_projector_writes_state_and_not_ownership(database: TestDatabase) -> None:
    _, other, _, _ = await two_users(database)
    async with acting(database, "projector") as conn:
        assert await conn.execute("update public.jobs set status = 'running'") == "UPDATE 1"
        for statement in (
            "update public.jobs set cancel_requested_at = now()",
            "delete from public.jobs",
            "delete from public.scripts",
            "select from public.projects",
            "select from gateway.outbox",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with conn.transaction():
                    await conn.execute(statement)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await conn.execute("update public.jobs set user_id = $1", other)


async def test_stage_services_see_no_public_table(database: TestDatabase) -> None:
    await two_users(database)
    for service in ("transcriber", "scripter", "generator", "stitcher", "publisher"):
        async with acting(database, service) as conn:
            for table in TABLES:
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    async with conn.transaction():
                        await conn.execute(f"select from public.{table}")
