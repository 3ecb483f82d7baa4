"""Applies ``supabase/migrations`` in order, once each, in the Supabase CLI's own bookkeeping.

``python -m runtime.migrations`` applies them to DATABASE_URL; ``--bootstrap`` first makes a plain
PostgreSQL look like Supabase. On Supabase, ``supabase db push`` does the same job.
"""

import argparse
import asyncio
import os
from pathlib import Path

import structlog

from runtime import db

log = structlog.get_logger()

_LOCK = 7_215_001


class MigrationsMissingError(FileNotFoundError):
    """No ``supabase/migrations`` folder was found: set SUPABASE_DIR."""


def find_directory() -> Path:
    """The ``supabase`` folder: SUPABASE_DIR, or the nearest one above this file."""
    named = os.environ.get("SUPABASE_DIR")
    candidates = [Path(named)] if named else [p / "supabase" for p in Path(__file__).parents]
    for candidate in candidates:
        if (candidate / "migrations").is_dir():
            return candidate
    raise MigrationsMissingError(MigrationsMissingError.__doc__)


async def migrate(dsn: str, *, directory: Path | None = None, bootstrap: bool = False) -> list[str]:
    """Apply what is new; the names of what was applied. Two runners at once are safe."""
    directory = directory or find_directory()
    conn = await db.connect(dsn)
    try:
        await conn.execute("select pg_advisory_lock($1::bigint)", _LOCK)
        if bootstrap:
            await conn.execute((directory / "bootstrap.sql").read_text())
        await conn.execute(
            "create schema if not exists supabase_migrations;"
            "create table if not exists supabase_migrations.schema_migrations"
            "(version text primary key, statements text[], name text)"
        )
        rows = await conn.fetch("select version from supabase_migrations.schema_migrations")
        known = {row["version"] for row in rows}
        applied: list[str] = []
        for path in sorted((directory / "migrations").glob("*.sql")):
            version, _, name = path.stem.partition("_")
            if version in known:
                continue
            text = path.read_text()
            async with conn.transaction():
                await conn.execute(text)
                await conn.execute(
                    "insert into supabase_migrations.schema_migrations(version, statements, name)"
                    " values ($1, $2, $3)",
                    version,
                    [text],
                    name,
                )
            applied.append(path.name)
        return applied
    finally:
        await conn.close()


def main() -> None:
    """Apply the migrations to DATABASE_URL."""
    parser = argparse.ArgumentParser(description="Apply supabase/migrations to DATABASE_URL.")
    parser.add_argument("--bootstrap", action="store_true", help="plain PostgreSQL: add roles")
    options = parser.parse_args()
    dsn = os.environ["DATABASE_URL"]
    applied = asyncio.run(migrate(dsn, bootstrap=options.bootstrap))
    log.info("migrated", applied=applied)


if __name__ == "__main__":
    main()
