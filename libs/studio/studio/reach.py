"""The way to a database: the running stack's own, or any other by its connection string."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
from contracts.topics import SERVICES
from runtime import db
from runtime.dlq import DeadLetters
from runtime.replay import LOCK_SECONDS

from studio.embedded.database import DATABASE
from studio.home import Home
from studio.services import POSTGRES, embedded_postgres
from studio.settings import read_settings
from studio.terminal import folder
from studio.trouble import Exit, Trouble


def database_dsn(home: Path | None, dsn: str | None) -> str:
    """What was asked for, or the superuser's way to the running stack's database.

    Raises Trouble when neither is there.
    """
    settings = read_settings()
    if dsn is None and home is None and settings.dsn is not None:
        dsn = settings.dsn.get_secret_value()
    if dsn is not None:
        return dsn
    place = Home(folder(home))
    running = place.running()
    if running is None:
        raise Trouble(
            f"No stack is running in {place.folder}.",
            next_step="Start it with 'studio up', use --home, or name a database with --dsn.",
            code=Exit.NOT_RUNNING,
        )
    return embedded_postgres(place, running.ports[POSTGRES]).dsn(DATABASE)


@asynccontextmanager
async def letters_at(dsn: str) -> AsyncGenerator[DeadLetters, None]:
    """The dead letters of a database, while the block lasts. Raises Trouble."""
    async with connected(dsn) as conn:
        yield await DeadLetters.reach(conn, await our_schemas(conn))


@asynccontextmanager
async def connected(dsn: str) -> "AsyncGenerator[asyncpg.Connection[asyncpg.Record], None]":
    """A connection; what goes wrong on it is Trouble, in the database's own words."""
    try:
        conn = await db.connect(dsn)
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise Trouble(
            f"The database cannot be reached: {_words(error)}.",
            next_step="Is the connection string right? postgresql://user:password@host:port/name",
            code=Exit.NOT_RUNNING,
        ) from error
    try:
        yield conn
    except asyncpg.LockNotAvailableError as error:
        raise Trouble(
            f"A relay has held its outbox for more than {LOCK_SECONDS} s.",
            next_step="Look for a frozen service; run it again when that one is gone.",
        ) from error
    except asyncpg.InsufficientPrivilegeError as error:
        raise Trouble(
            f"This role may not do that: {_words(error)}.",
            next_step="Use the role that owns the schemas ('postgres' on Supabase).",
        ) from error
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise Trouble(f"The database gave up: {_words(error)}.") from error
    finally:
        await conn.close()


async def our_schemas(conn: "asyncpg.Connection[asyncpg.Record]") -> list[str]:
    """The services whose outboxes this role may read. Raises Trouble if there are none."""
    found = list((await DeadLetters.reach(conn, SERVICES)).services)
    if not found:
        raise Trouble(
            "This database has no outboxes that this role may read.",
            next_step="Apply the migrations (python -m runtime.migrations), or use their owner.",
        )
    if not await conn.fetchval(
        "select exists(select from information_schema.columns where table_schema = $1"
        " and table_name = 'outbox' and column_name = 'redriven_at')",
        found[0],
    ):
        raise Trouble(
            "This database is older than this command.",
            next_step="Apply the migrations: python -m runtime.migrations",
        )
    return found


def checked_service(name: str | None) -> str | None:
    """The name of one of our services, or None. Raises Trouble."""
    if name is not None and name not in SERVICES:
        raise Trouble(
            f"There is no service {name!r}.",
            next_step=f"The services: {', '.join(SERVICES)}.",
            code=Exit.USAGE,
        )
    return name


def _words(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return (lines[0] if lines else type(error).__name__).rstrip(".")
