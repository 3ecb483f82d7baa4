"""Puts kept events back on the bus after the broker lost its log."""

from collections.abc import AsyncGenerator, Sequence
from datetime import datetime
from typing import Final

from contracts.topics import RETENTION_DAYS

from runtime import db
from runtime.db import Conn, rows_of

LOCK_SECONDS: Final = 60

# A process may have published these to the lost broker and not marked them yet.
_UNDER_WAY: Final = 'update "{schema}".outbox set replays = replays + 1 where published_at is null'

# Rows of ended jobs are put back only as far as the bus itself would have kept them: the work
# rows that recognise an event are not kept for ever, and what nobody recognises is done again.
# Jobs that have not ended are put back whole, however long everything was switched off.
_MARK: Final = """
update "{schema}".outbox set published_at = null, replays = replays + 1
where published_at is not null and dropped_at is null
  and ($1::timestamptz is null or created_at >= $1)
  and (created_at >= now() - make_interval(days => $2)
       or headers ->> 'ce_subject' in
         (select id::text from public.jobs
          where status not in ('succeeded', 'failed', 'cancelled')))
"""


async def replay(
    superuser_dsn: str, schemas: Sequence[str], *, since: datetime | None = None
) -> int:
    """Mark kept outbox rows as unpublished, those written ``since`` only; how many.

    The relays publish them again in order. What was already accepted or folded is recognised by
    its event id, so only what was lost has an effect; services may be running. Raises
    ``asyncpg.LockNotAvailableError`` if a relay does not end its batch within a minute.
    """
    conn = await db.connect(superuser_dsn)
    try:
        return sum([rows async for _, rows in replay_each(conn, schemas, since=since)])
    finally:
        await conn.close()


async def replay_each(
    conn: Conn, schemas: Sequence[str], *, since: datetime | None = None
) -> AsyncGenerator[tuple[str, int], None]:
    """The same schema by schema, each in its own transaction: its name and how many rows.

    The projector's stored offsets belong to the lost log and are forgotten.
    """
    if await conn.fetchval("select to_regclass('projector.offsets') is not null"):
        await conn.execute("delete from projector.offsets")
    for schema in schemas:
        async with conn.transaction():
            await conn.execute(f"set local lock_timeout = '{LOCK_SECONDS}s'")
            # A relay between publishing and marking would mark what went to the lost broker.
            await conn.execute(
                "select pg_advisory_xact_lock(hashtextextended($1, 0))",
                f"filmstudio.relay.{schema}",
            )
            await conn.execute(_UNDER_WAY.format(schema=schema))
            tag = await conn.execute(_MARK.format(schema=schema), since, RETENTION_DAYS)
        yield schema, rows_of(tag)


async def unpublished(conn: Conn, schemas: Sequence[str]) -> int:
    """Rows that relays have yet to publish."""
    counts = [
        await conn.fetchval(
            f'select count(*) from "{schema}".outbox where published_at is null'  # noqa: S608
        )
        for schema in schemas
    ]
    return sum(counts)
