"""Idempotency-Key: a repeated request gets the first one's answer and starts nothing again."""

from collections.abc import Awaitable, Callable
from typing import Final

from contracts.errors import ErrorCode, Rejected
from runtime.db import Conn, Database

from gateway.database import as_gateway
from gateway.domain import Accepted, User

KEPT: Final = "24 hours"


async def remembered(conn: Conn, user: User, key: str | None, request: str) -> Accepted | None:
    """The answer given before. Raises ``Rejected(CONFLICT)`` if it was to another request."""
    if key is None:
        return None
    async with as_gateway(conn):
        row = await conn.fetchrow(
            "select request_hash, status, location, response from gateway.idempotency"
            " where user_id = $1 and key = $2",
            user.id,
            key,
        )
    if row is None:
        return None
    if row["request_hash"] != request:
        raise Rejected(
            ErrorCode.CONFLICT,
            "This Idempotency-Key was used for another request. Choose a new key.",
        )
    return Accepted(row["location"], row["response"], row["status"])


async def once(
    conn: Conn,
    user: User,
    key: str | None,
    request: str,
    start: Callable[[], Awaitable[Accepted]],
) -> Accepted:
    """Start something once per key, in the transaction that remembers its answer.

    A second request with the same key waits for the first one's transaction.
    """
    if key is None:
        return await start()
    async with as_gateway(conn):
        claimed = await conn.fetchval(
            "insert into gateway.idempotency (user_id, key, request_hash) values ($1, $2, $3)"
            " on conflict do nothing returning true",
            user.id,
            key,
            request,
        )
    if not claimed:
        before = await remembered(conn, user, key, request)
        if before is not None:
            return before
    answer = await start()
    async with as_gateway(conn):
        await conn.execute(
            "update gateway.idempotency set status = $3, location = $4, response = $5"
            " where user_id = $1 and key = $2",
            user.id,
            key,
            answer.status,
            answer.location,
            dict(answer.body),
        )
    return answer


async def forget_old(db: Database) -> None:
    """Drop keys that nobody repeats any more."""
    await db.execute(
        f"delete from gateway.idempotency where created_at < now() - interval '{KEPT}'"  # noqa: S608
    )
