"""Makes an empty PostgreSQL our database: schema, one password per service, the local user."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import asyncpg
from runtime.migrations import MigrationsMissingError, migrate

from studio.trouble import Exit, Trouble

DATABASE = "studio"


class Migrate(Protocol):
    """``runtime.migrations.migrate``: applies what is new, gives the names of it."""

    def __call__(self, dsn: str, *, bootstrap: bool = False) -> Awaitable[list[str]]:
        """The names of the migrations that were applied."""
        ...


@dataclass(frozen=True, slots=True)
class User:
    """A user of the local sign-in."""

    id: UUID
    email: str


async def prepare(
    server_dsn: str,
    database_dsn: str,
    passwords: Mapping[str, str],
    migration: Migrate = migrate,
) -> list[str]:
    """Create the database, bring its schema up to date, set each role's password.

    ``server_dsn`` is the superuser's on the server's own database, ``database_dsn`` on ours;
    ``passwords`` maps a login role to its password. Returns the migrations applied. Safe to run
    at every start. Raises Trouble when a migration fails.
    """
    await _create_database(server_dsn)
    try:
        applied = await migration(database_dsn, bootstrap=True)
    except MigrationsMissingError as error:
        raise Trouble(str(error), code=Exit.STACK) from error
    except asyncpg.PostgresError as error:
        raise Trouble(f"A migration of the database failed: {error}", code=Exit.STACK) from error
    conn = await asyncpg.connect(database_dsn)
    try:
        for role, password in passwords.items():
            # Parameters are not allowed here; format() quotes both.
            statement = await conn.fetchval(
                "select format('alter role %I login password %L', $1::text, $2::text)",
                role,
                password,
            )
            await conn.execute(statement)
    finally:
        await conn.close()
    return applied


async def ensure_user(database_dsn: str, user: User) -> None:
    """A row in ``auth.users`` for the user, as Supabase's sign-up would make."""
    conn = await asyncpg.connect(database_dsn)
    try:
        await conn.execute(
            "insert into auth.users (id, email) values ($1, $2) on conflict (id) do nothing",
            user.id,
            user.email,
        )
    finally:
        await conn.close()


async def _create_database(server_dsn: str) -> None:
    conn = await asyncpg.connect(server_dsn)
    try:
        if not await conn.fetchval("select 1 from pg_database where datname = $1", DATABASE):
            await conn.execute(f'create database "{DATABASE}"')
    finally:
        await conn.close()
