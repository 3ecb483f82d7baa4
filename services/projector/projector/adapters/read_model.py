"""The read model in Postgres: a batch's rows, offsets and announcements in one transaction."""

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
from runtime import outbox
from runtime.bus import Record
from runtime.db import Conn, Database
from runtime.letters import dead_letter

from projector.adapters import rows
from projector.domain.state import Change, JobState, Place, UnstorableError


class PostgresReadModel:
    """``jobs``, ``job_scenes``, ``job_events``, ``scripts`` and ``projector.offsets``."""

    def __init__(self, db: Database) -> None:
        self._db = db

    @asynccontextmanager
    async def batch(self) -> AsyncGenerator["PostgresBatch"]:
        """One transaction: a batch's rows, its offsets and its announcements, or nothing.

        Raises ``UnstorableError`` if what a batch says does not fit the tables.
        """
        try:
            async with self._db.transaction() as conn:
                yield PostgresBatch(conn)
        except (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError) as error:
            raise UnstorableError(str(error)) from error

    async def next_offsets(self, topics: Iterable[str]) -> dict[Place, int]:
        """The next offset of each partition that was ever read."""
        found = await self._db.fetch(
            "select topic, partition, next_offset from projector.offsets where topic = any($1)",
            list(topics),
        )
        return {(row["topic"], row["partition"]): row["next_offset"] for row in found}


class PostgresBatch:
    """What a batch may do, inside its transaction."""

    def __init__(self, conn: Conn) -> None:
        self._conn = conn

    async def jobs(self, job_ids: Iterable[UUID]) -> dict[UUID, JobState]:
        """The jobs that exist, locked."""
        return await rows.load_jobs(self._conn, job_ids)

    async def known(self, event_ids: Iterable[UUID]) -> set[UUID]:
        """Which of these events were applied before."""
        found = await self._conn.fetch(
            "select event_id from public.job_events where event_id = any($1)", list(event_ids)
        )
        return {row["event_id"] for row in found}

    async def save(self, changes: Sequence[Change]) -> None:
        """Write jobs, scenes, scripts and events, and announce each job's new version."""
        if not changes:
            return
        applied = [(change.after.id, row) for change in changes for row in change.applied]
        await rows.save_events(self._conn, applied)
        await rows.save_changes(self._conn, changes)
        await rows.announce(
            self._conn, {change.applied[-1].event_id: change.after for change in changes}
        )

    async def dead_letter(self, record: Record, reason: str, error: str) -> None:
        """Set a record aside, with the reason."""
        letter = dead_letter(rows.SCHEMA, record, reason, error)
        await outbox.put_messages(self._conn, rows.SCHEMA, [letter])

    async def save_offsets(self, next_offsets: Mapping[Place, int]) -> None:
        """Remember how far this batch has read."""
        places = sorted(next_offsets)
        await self._conn.execute(
            "insert into projector.offsets (topic, partition, next_offset)"
            " select * from unnest($1::text[], $2::int[], $3::bigint[])"
            " on conflict (topic, partition) do update"
            " set next_offset = excluded.next_offset, updated_at = now()",
            [topic for topic, _ in places],
            [partition for _, partition in places],
            [next_offsets[place] for place in places],
        )
