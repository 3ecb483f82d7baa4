"""Progress as a stream: from any point on, woken by the bus, ended by the job's end."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
from contracts.envelope import Envelope
from contracts.events import JobUpdated
from contracts.topics import topic_of
from faststream.kafka import KafkaBroker
from studio.embedded.broker import MockBroker

from tests.component.gateway.studio import LINK, Studio, problem, serving, token
from tests.conftest import TestDatabase


@dataclass(frozen=True, slots=True)
class Told:
    id: int
    type: str
    data: dict[str, Any]


async def told(lines: AsyncIterator[str]) -> AsyncIterator[Told]:
    fields: dict[str, str] = {}
    async for line in lines:
        if not line:
            if "data" in fields:
                yield Told(int(fields["id"]), fields["event"], json.loads(fields["data"]))
            fields = {}
        elif not line.startswith(":"):
            name, _, value = line.partition(": ")
            fields[name] = value


@asynccontextmanager
async def following(
    studio: Studio, job_id: UUID, **options: Any
) -> AsyncGenerator[AsyncIterator[Told]]:
    async with studio.http.stream("GET", f"/api/v1/jobs/{job_id}/events", **options) as reply:
        assert reply.status_code == 200
        assert reply.headers["content-type"].startswith("text/event-stream")
        yield told(reply.aiter_lines())


async def a_job(studio: Studio) -> UUID:
    reply = await studio.http.post("/api/v1/youtube/import", json={"youtube_url": LINK})
    return UUID(reply.json()["job_id"])


async def announce(bus: MockBroker, job_id: UUID, version: int) -> None:
    event = JobUpdated(
        job_id=job_id,
        user_id=uuid4(),
        project_id=uuid4(),
        version=version,
        status="running",
        progress=1,
    )
    envelope = Envelope(id=uuid4(), source="/test", time=datetime.now(UTC), event=event)
    async with KafkaBroker(bus.bootstrap, logger=None) as broker:
        await broker.publish(
            envelope.body().encode(),
            topic_of(event),
            key=envelope.key.encode(),
            headers=envelope.headers(),
        )


async def test_a_finished_job_is_told_again_from_any_point_and_the_stream_ends(
    studio: Studio,
) -> None:
    job_id = await a_job(studio)
    for seq, (kind, status) in enumerate(
        [
            ("import.requested", "running"),
            ("transcript.ready", "running"),
            ("script.ready", "succeeded"),
        ],
        start=1,
    ):
        await studio.tell(job_id, seq, kind, status)
    await studio.end(job_id, "succeeded")
    async with following(studio, job_id) as stream:
        everything = [event async for event in stream]
    assert [(e.id, e.type) for e in everything] == [
        (1, "import.requested"),
        (2, "transcript.ready"),
        (3, "script.ready"),
    ]
    assert everything[-1].data["job"]["status"] == "succeeded"
    async with following(studio, job_id, headers={"Last-Event-ID": "2"}) as stream:
        assert [event.id async for event in stream] == [3]
    async with following(studio, job_id, params={"after": 1}) as stream:
        assert [event.id async for event in stream] == [2, 3]
    url = f"/api/v1/jobs/{job_id}/events"
    nothing_more = await studio.http.get(url, headers={"Last-Event-ID": "3"})
    assert nothing_more.status_code == 204
    odd = await studio.http.get(url, headers={"Last-Event-ID": "x"})
    problem(odd, 422, "INVALID_INPUT")


async def test_a_running_job_is_told_as_it_happens_when_the_bus_wakes_the_stream(
    database: TestDatabase, bus: MockBroker, objects_root: Path
) -> None:
    """The stream looks by itself only every 300 s, which is longer than this test may take."""
    async with serving(database, bus, objects_root, stream_poll_seconds=300) as studio:
        job_id = await a_job(studio)
        await studio.tell(job_id, 1, "import.requested", "running")
        async with following(studio, job_id) as stream:
            first = await anext(stream)
            assert first.id == 1
            await studio.tell(job_id, 2, "transcript.ready", "running")
            second = asyncio.ensure_future(anext(stream))
            while not second.done():
                await announce(bus, job_id, 2)
                await asyncio.wait([second], timeout=0.2)
            assert (await second).type == "transcript.ready"
            await studio.tell(job_id, 3, "script.ready", "succeeded")
            await studio.end(job_id, "succeeded")
            await announce(bus, job_id, 3)
            assert [event.id async for event in stream] == [3]


async def test_a_lost_wake_up_costs_only_time(
    database: TestDatabase, bus: MockBroker, objects_root: Path
) -> None:
    async with serving(
        database, bus, objects_root, stream_poll_seconds=0.05, stream_ping_seconds=0.1
    ) as studio:
        job_id = await a_job(studio)
        url = f"/api/v1/jobs/{job_id}/events"
        async with studio.http.stream("GET", url) as reply:
            lines = reply.aiter_lines()
            async for line in lines:
                if line.startswith(": ping"):
                    break
            await studio.tell(job_id, 1, "import.requested", "cancelled")
            await studio.end(job_id, "cancelled", code="CANCELLED")
            assert [event.id async for event in told(lines)] == [1]


async def test_a_stream_ends_with_the_sign_in_and_streams_are_counted(
    database: TestDatabase, bus: MockBroker, objects_root: Path
) -> None:
    async with serving(database, bus, objects_root, streams_per_user=1) as studio:
        job_id = await a_job(studio)
        url = f"/api/v1/jobs/{job_id}/events"
        soon = {"Authorization": f"Bearer {token(studio.user_id, exp=int(time.time()) - 5)}"}
        async with httpx.AsyncClient(base_url=studio.url, timeout=20) as http:
            ended = await http.get(url, headers=soon)
            assert ended.status_code == 200
        async with following(studio, job_id):
            second = await studio.http.get(url)
            problem(second, 429, "RATE_LIMITED")
