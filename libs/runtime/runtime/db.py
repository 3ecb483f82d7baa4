"""The connection pool of a service. Nothing here relies on session state."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

Conn: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"

DATABASE_ERRORS: tuple[type[BaseException], ...] = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a connection that was cut in the middle of an operation
    asyncpg.TooManyConnectionsError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.IdleInTransactionSessionTimeoutError,
)
"""What only a database in trouble raises: the same call can succeed later."""

TRANSIENT_ERRORS: tuple[type[BaseException], ...] = (*DATABASE_ERRORS, OSError)
"""The same, with what the way to it may raise (connections refused or lost, time-outs)."""


FROZEN_MS = "20000"
"""A process that is frozen inside a transaction loses it, and with it the locks, after this."""


async def _prepare(conn: "asyncpg.Connection[asyncpg.Record]") -> None:
    for kind in ("json", "jsonb"):
        await conn.set_type_codec(kind, encoder=json.dumps, decoder=json.loads, schema="pg_catalog")


async def connect(dsn: str) -> "asyncpg.Connection[asyncpg.Record]":
    """One connection with our codecs: JSON columns read and write Python values."""
    conn = await asyncpg.connect(dsn, statement_cache_size=0)
    await _prepare(conn)
    return conn


def rows_of(tag: str) -> int:
    """How many rows a statement changed, by its command tag."""
    return int(tag.rsplit(" ", 1)[1])


async def _as_it_is(_: object) -> None:
    """No round trip to reset a connection: an open transaction is ended by the pool anyway."""


class Database:
    """A lazily opened pool. ``size`` is the most connections it holds."""

    def __init__(self, dsn: str, size: int = 8) -> None:
        self._dsn = dsn
        self._size = size
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None

    async def open(self) -> None:
        """Connect. Raises one of ``TRANSIENT_ERRORS`` while the database is away."""
        if self._pool is None:
            self._pool = await asyncpg.create_pool(
                self._dsn,
                min_size=1,
                max_size=self._size,
                init=_prepare,
                reset=_as_it_is,
                command_timeout=60,
                server_settings={"idle_in_transaction_session_timeout": FROZEN_MS},
            )

    async def close(self) -> None:
        """Give every connection back."""
        if self._pool is not None:
            await self._pool.close()
            self._pool = None

    @property
    def pool(self) -> "asyncpg.Pool[asyncpg.Record]":
        """The open pool."""
        if self._pool is None:
            raise RuntimeError("the database is not open")
        return self._pool

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Conn, None]:
        """A connection in a transaction: commits at the end, rolls back on an exception."""
        async with self.pool.acquire() as conn, conn.transaction():
            yield conn

    async def fetch(self, query: str, *args: Any) -> list[asyncpg.Record]:
        """All rows."""
        return await self.pool.fetch(query, *args)

    async def fetchrow(self, query: str, *args: Any) -> asyncpg.Record | None:
        """The first row."""
        return await self.pool.fetchrow(query, *args)

    async def fetchval(self, query: str, *args: Any) -> Any:
        """The first column of the first row."""
        return await self.pool.fetchval(query, *args)

    async def execute(self, query: str, *args: Any) -> str:
        """Run a statement; its command tag."""
        return await self.pool.execute(query, *args)
