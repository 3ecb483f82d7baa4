"""Puts kept events back on the bus after the broker lost its log."""

from collections.abc import Sequence

from runtime import db


async def replay(superuser_dsn: str, schemas: Sequence[str]) -> int:
    """Mark every kept outbox row as unpublished; how many. Run it while the services are down.

    The relays publish them again in order. What was already accepted or folded is recognised by
    its event id, so only what was lost has an effect. The projector's stored offsets belong to
    the lost log and are forgotten.
    """
    conn = await db.connect(superuser_dsn)
    try:
        async with conn.transaction():
            total = 0
            for schema in schemas:
                tag = await conn.execute(
                    f'update "{schema}".outbox set published_at = null'  # noqa: S608
                    " where published_at is not null"
                )
                total += int(tag.rsplit(" ", 1)[1])
            if await conn.fetchval("select to_regclass('projector.offsets') is not null"):
                await conn.execute("delete from projector.offsets")
            return total
    finally:
        await conn.close()
