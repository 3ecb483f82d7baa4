"""What is kept of the past: the outboxes of all services, by job.

Needs a connection that may read every service's schema and delete rows of the read model.
"""

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

from contracts.envelope import BadEnvelopeError, Envelope
from contracts.topics import SERVICES, topic_of
from runtime.db import Conn

from projector.adapters import rows
from projector.domain.fold import FOLDED
from projector.domain.state import Applied, Arrived, Change, JobState
from projector.domain.text import without_nul

_UUID: Final = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
_TOPICS: Final = [topic_of(event) for event in FOLDED]


class Outboxes:
    """The kept events of every job. ``run`` names this rebuild, so that it can be told of."""

    def __init__(self, conn: Conn, run: UUID, services: Sequence[str] = SERVICES) -> None:
        self._conn = conn
        self._run = run
        self._services = services

    async def collect(self) -> int:
        """Note where each job's events lie; how many jobs have any."""
        await self._conn.execute("drop table if exists pg_temp.kept")
        await self._conn.execute(
            "create temp table kept (job_id uuid not null, service text not null, seq bigint)"
        )
        for service in self._services:
            await self._conn.execute(
                "insert into kept select (case when headers ->> 'ce_subject' ~ $2"  # noqa: S608
                f" then headers ->> 'ce_subject' end)::uuid, $3, seq from \"{service}\".outbox"
                " where topic = any($1) and headers ->> 'ce_subject' ~ $2",
                _TOPICS,
                _UUID,
                service,
            )
        await self._conn.execute("create index on kept (job_id); analyze kept")
        return await self._conn.fetchval("select count(distinct job_id) from kept")

    async def jobs_in_all(self) -> int:
        """How many jobs there are, with or without kept events."""
        return await self._conn.fetchval("select count(*) from public.jobs")

    async def next_jobs(self, after: UUID | None, limit: int) -> list[UUID]:
        """Ids of jobs with kept events, in order."""
        found = await self._conn.fetch(
            "select distinct job_id from kept where $1::uuid is null or job_id > $1"
            " order by job_id limit $2",
            after,
            limit,
        )
        return [row["job_id"] for row in found]

    @asynccontextmanager
    async def batch(self, job_ids: Sequence[UUID]) -> AsyncGenerator["PastJobs"]:
        """These jobs, locked, in one transaction: readers see the old rows until it ends."""
        async with self._conn.transaction():
            jobs = await rows.load_jobs(self._conn, job_ids)
            written, times = await self._written(jobs)
            kept = await self._kept(jobs, {row.event_id for own in written.values() for row in own})
            times = {item.id: item.at for own in kept.values() for item in own} | times
            arrived = {
                job_id: [Arrived(item.id, item.event) for item in own]
                for job_id, own in kept.items()
            }
            yield PastJobs(self._conn, self._run, jobs, written, arrived, times)

    async def _written(
        self, jobs: Iterable[UUID]
    ) -> tuple[dict[UUID, list[Applied]], dict[UUID, datetime]]:
        found = await self._conn.fetch(
            "select job_id, seq, event_id, type, data, created_at from public.job_events"
            " where job_id = any($1) order by job_id, seq",
            list(jobs),
        )
        written: dict[UUID, list[Applied]] = {job_id: [] for job_id in jobs}
        for row in found:
            applied = Applied(row["seq"], row["event_id"], row["type"], row["data"])
            written[row["job_id"]].append(applied)
        return written, {row["event_id"]: row["created_at"] for row in found}

    async def _kept(self, jobs: Iterable[UUID], known: set[UUID]) -> dict[UUID, list["_Kept"]]:
        """By job, the oldest first. Events written after ``collect`` are looked up if known."""
        found: dict[UUID, _Kept] = {}
        for service in self._services:
            items = await self._conn.fetch(
                "select o.seq, o.created_at, o.headers, o.body"  # noqa: S608
                f' from "{service}".outbox o where o.seq in'
                " (select seq from kept where job_id = any($1) and service = $2)"
                " or (o.event_id = any($3) and o.topic = any($4))",
                list(jobs),
                service,
                list(known),
                _TOPICS,
            )
            for row in items:
                if (item := _parse(service, row)) is not None:
                    found.setdefault(item.id, item)
        by_job: dict[UUID, list[_Kept]] = {job_id: [] for job_id in jobs}
        for item in sorted(found.values(), key=lambda item: (item.at, item.service, item.seq)):
            if item.event.job_id in by_job:
                by_job[item.event.job_id].append(item)
        return by_job


@dataclass(frozen=True, slots=True)
class _Kept:
    id: UUID
    event: Any
    at: datetime
    service: str
    seq: int


def _parse(service: str, row: Any) -> _Kept | None:
    try:
        envelope = Envelope.parse(row["headers"], without_nul(row["body"]))
    except BadEnvelopeError:
        return None  # put back from the dead letters as it came, and as bad as before
    return _Kept(envelope.id, envelope.event, row["created_at"], service, row["seq"])


@dataclass(frozen=True, slots=True)
class PastJobs:
    """Some jobs inside a transaction: their rows, and their events as they are kept."""

    _conn: Conn
    _run: UUID
    jobs: Mapping[UUID, JobState]
    written: Mapping[UUID, Sequence[Applied]]
    kept: Mapping[UUID, Sequence[Arrived]]
    _times: Mapping[UUID, datetime]

    async def replace(self, changes: Sequence[Change]) -> None:
        """Put the rebuilt rows in the place of the old ones, and announce them."""
        if not changes:
            return
        ids = [change.after.id for change in changes]
        await self._conn.execute("delete from public.job_events where job_id = any($1)", ids)
        applied = [(change.after.id, row) for change in changes for row in change.applied]
        await rows.save_events(self._conn, applied, self._times)
        gone = [
            (change.after.id, *key)
            for change in changes
            for key in change.before.scenes.keys() - change.after.scenes.keys()
        ]
        await self._conn.executemany(
            "delete from public.job_scenes where job_id = $1 and scene_index = $2 and take = $3",
            gone,
        )
        await rows.save_changes(self._conn, changes)
        await rows.announce(
            self._conn, {uuid5(self._run, str(change.after.id)): change.after for change in changes}
        )
