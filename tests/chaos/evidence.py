"""What is there when everything has settled, read from outside: database, bus, objects, bill."""

import hashlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import av
from contracts import events as e
from contracts.documents import Plan
from contracts.envelope import Envelope
from contracts.topics import SERVICES, topic_of
from projector.adapters.rows import load_jobs
from projector.domain.fold import FOLDED
from projector.domain.state import JobState
from runtime.db import connect

from tests.chaos.bills import Bill, Booked, bill_of, booked
from tests.chaos.bus import EVENT_TOPICS, Contents, contents
from tests.chaos.customers import Film
from tests.chaos.world import World

Conn = "asyncpg.Connection[asyncpg.Record]"


@dataclass(frozen=True, slots=True)
class Told:
    """An event in an outbox."""

    id: UUID
    service: str
    topic: str
    event: e.Event
    written: datetime


@dataclass(frozen=True, slots=True)
class FilmFile:
    """A film as it was found: ``frames`` decoded one by one, or why that went wrong."""

    frames: int = 0
    damage: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is judged. Jobs are keyed by id, bills by provider."""

    films: Sequence[Film]
    jobs: Mapping[UUID, JobState]
    applied: Mapping[UUID, Sequence[UUID]]
    told: Sequence[Told]
    bus: Contents
    duplicates: int
    plans: Mapping[UUID, Plan]
    files: Mapping[UUID, FilmFile]
    published: Mapping[UUID, FilmFile]
    bills: Mapping[str, Bill] = field(default_factory=dict[str, Bill])
    booked: Sequence[Booked] = ()
    leftovers: Sequence[str] = ()
    troubles: Mapping[str, str] = field(default_factory=dict[str, str])
    complaints: Sequence[str] = ()


async def gather(
    world: World,
    films: Sequence[Film],
    *,
    lost_bus: Contents | None,
    complaints: Sequence[str],
) -> Evidence:
    """Look at everything. Nothing is changed."""
    conn = await connect(world.dsn)
    try:
        told = await _told(conn)
        jobs = await _jobs(conn)
        applied = await _applied(conn)
        leftovers = await _leftovers(conn)
        entries = await booked(conn)
    finally:
        await conn.close()
    bus = await contents(world.kafka.bootstrap)
    data = world.objects / "data"
    made = [fact.event for fact in told if isinstance(fact.event, e.VideoStitched)]
    uploads = [fact.event for fact in told if isinstance(fact.event, e.UploadRequested)]
    return Evidence(
        films=films,
        jobs=jobs,
        applied=applied,
        told=told,
        bus=bus,
        duplicates=bus.after(lost_bus).duplicates,
        plans={
            fact.event.job_id: Plan.model_validate_json((data / fact.event.plan.key).read_bytes())
            for fact in told
            if isinstance(fact.event, e.ScenesPlanned)
        },
        files={event.job_id: look_at(data / event.video.key, event.video.sha256) for event in made},
        published={
            event.job_id: look_at(
                world.channel / str(event.film_job_id) / "video.mp4", event.video.sha256
            )
            for event in uploads
        },
        bills={name: bill_of(await one.ledger()) for name, one in world.providers.items()},
        booked=entries,
        leftovers=leftovers,
        troubles=await world.crew.troubles(),
        complaints=complaints,
    )


def look_at(path: Path, sha256: str) -> FilmFile:
    """Decode every frame of a file that should have this hash."""
    if not path.is_file():
        return FilmFile(damage="the file is not there")
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
            return FilmFile(damage="the file is not the one that was announced")
    try:
        with av.open(str(path), "r") as container:
            return FilmFile(frames=sum(1 for _ in container.decode(video=0)))
    except (av.FFmpegError, OSError) as error:  # pyright: ignore[reportPrivateImportUsage]
        return FilmFile(damage=f"it does not decode: {error}")


async def settled(dsn: str) -> str:
    """What is still going on, in a few words; empty when nothing is."""
    conn = await asyncpg.connect(dsn, timeout=5)
    try:
        going: list[str] = []
        jobs = await conn.fetchval(
            "select count(*) from public.jobs where status in ('queued', 'running')"
        )
        if jobs:
            going.append(f"{jobs} jobs")
        events = 0
        for service in SERVICES:
            rows = await conn.fetchval(
                f"select count(*) from \"{service}\".work where state = 'open'"
            )
            outbox = await conn.fetchval(
                f'select count(*) from "{service}".outbox where published_at is null'
            )
            going += [f"{rows} rows of {service}"] if rows else []
            going += [f"{outbox} events of {service}"] if outbox else []
            events += await conn.fetchval(
                f'select count(*) from "{service}".outbox where topic = any($1)',
                [topic_of(event) for event in FOLDED],
            )
        folded = await conn.fetchval("select count(*) from public.job_events")
        if folded != events:
            going.append(f"{events - folded} events not folded")
        return ", ".join(going)
    finally:
        await conn.close()


def shuffled(events: Sequence[UUID], seed: int) -> list[UUID]:
    """The same events in another order."""
    return random.Random(seed).sample(events, len(events))


async def _told(conn: Any) -> list[Told]:
    told: list[Told] = []
    for service in SERVICES:
        rows = await conn.fetch(f'select topic, headers, body from "{service}".outbox order by seq')
        for row in rows:
            if row["topic"] not in EVENT_TOPICS:
                continue
            envelope = Envelope.parse(row["headers"], row["body"])
            told.append(Told(envelope.id, service, row["topic"], envelope.event, envelope.time))
    return told


async def _jobs(conn: Any) -> dict[UUID, JobState]:
    ids = await conn.fetch("select id from public.jobs")
    return await load_jobs(conn, [row["id"] for row in ids])


async def _applied(conn: Any) -> dict[UUID, list[UUID]]:
    applied: dict[UUID, list[UUID]] = {}
    for row in await conn.fetch("select job_id, event_id from public.job_events order by seq"):
        applied.setdefault(row["job_id"], []).append(row["event_id"])
    return applied


async def _leftovers(conn: Any) -> list[str]:
    """Rows that should not be there when nothing is at work."""
    questions = {
        "open work": "state = 'open'",
        "stuck lease": "lease_until is not null",
        "work of no job": "job_id not in (select id from public.jobs)",
    }
    found: list[str] = []
    for service in SERVICES:
        for what, where in questions.items():
            rows = await conn.fetch(
                f"select step, job_id, ordinal, state, attempt, tries, error_detail"
                f' from "{service}".work where {where} limit 5'
            )
            found += [f"{what} of {service}: {dict(row)}" for row in rows]
        waiting = await conn.fetchval(
            f'select count(*) from "{service}".outbox where published_at is null'
        )
        if waiting:
            found.append(f"{waiting} events of {service} are not published")
    return found
