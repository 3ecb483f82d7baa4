"""Postgres as the signed-in user, and as the gateway itself, in one transaction."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from runtime.db import Conn, Database

from gateway.domain import User


@dataclass(frozen=True, slots=True)
class UserDatabase:
    """Connections that act for one user: row level security is the wall, not an ``if``."""

    db: Database

    @asynccontextmanager
    async def as_user(self, user: User) -> AsyncGenerator[Conn]:
        """A transaction in the role ``authenticated`` with the user's claims."""
        async with self.db.transaction() as conn:
            await conn.execute(
                "select set_config('request.jwt.claims', $1, true),"
                " set_config('role', 'authenticated', true)",
                json.dumps(dict(user.claims)),
            )
            yield conn


@asynccontextmanager
async def as_gateway(conn: Conn) -> AsyncGenerator[Conn]:
    """Inside ``as_user``: the gateway's own role, which alone makes jobs and events.

    The claims stay, and its policies hold it to the same user. After an error the transaction is
    lost, and with it the role.
    """
    await conn.execute("select set_config('role', 'none', true)")
    yield conn
    await conn.execute("select set_config('role', 'authenticated', true)")
