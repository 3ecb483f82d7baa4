"""``python -m gateway.premade``: seed the cast of DATABASE_URL and OBJECTS_URL.

DATABASE_URL is the role that owns the schemas (``postgres`` on Supabase). Run it after the
migrations of every release; it changes only what is new.
"""

import asyncio

import structlog
from runtime import log as logs
from runtime.db import connect
from runtime.objects import open_store
from runtime.settings import RuntimeSettings

from gateway.premade.seeding import seed

log = structlog.get_logger()


async def _seed(settings: RuntimeSettings) -> list[str]:
    conn = await connect(settings.database_url)
    try:
        return await seed(conn, open_store(settings))
    finally:
        await conn.close()


def main() -> None:
    """Seed, and say who is new."""
    settings = RuntimeSettings()
    logs.configure(settings, "gateway")
    log.info("premade.seeded", new=asyncio.run(_seed(settings)))


if __name__ == "__main__":
    main()
