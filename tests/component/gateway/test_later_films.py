"""Progress of a film that is there: whoever stays hears of what is made of it later."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
from studio.embedded.broker import MockBroker

from tests.component.gateway.studio import Studio, problem, serving
from tests.component.gateway.test_events import Told, announce, following
from tests.component.gateway.test_exports import exported, finished, fold
from tests.component.gateway.test_reviews import add_take
from tests.conftest import TestDatabase


async def heard(bus: MockBroker, job: UUID, stream: AsyncIterator[Told]) -> Told:
    """The next event, of which the bus told."""
    following = asyncio.ensure_future(anext(stream))
    while not following.done():
        await announce(bus, job, 1)
        await asyncio.wait([following], timeout=0.2)
    return await following


async def test_a_client_that_stays_hears_of_later_exports_and_cuts(
    database: TestDatabase, bus: MockBroker, objects_root: Path
) -> None:
    """The stream looks by itself only every 300 s, which is longer than this test may take."""
    async with serving(database, bus, objects_root, stream_poll_seconds=300) as studio:
        job = await finished(studio, objects_root)
        await studio.tell(job, 1, "video.stitched", "succeeded")
        async with following(studio, job) as stream:
            assert (await anext(stream)).id == 1
            made, given_up = await exported(studio, job), await exported(studio, job, shape="1:1")
            later = [
                ("stitch.progressed", made, "running"),
                ("video.stitched", made, "succeeded"),
                ("stage.failed", given_up, "failed"),
                ("export.dropped", given_up, "cancelled"),
            ]
            for seq, (kind, export, status) in enumerate(later, start=2):
                await fold(studio, export, status)
                await studio.tell(job, seq, kind, "succeeded")
                event = await heard(bus, job, stream)
                assert (event.id, event.type) == (seq, kind)
            # Nothing is at work now, and the client is still there when its user asks for a cut.
            await studio.http.put(f"/api/v1/jobs/{job}/order", json={"order": [1, 0]})
            assert (await studio.http.post(f"/api/v1/jobs/{job}/approve")).status_code == 202
            for seq, kind in enumerate(("stitch.requested", "video.stitched"), start=6):
                await studio.tell(job, seq, kind, "succeeded")
                assert (await heard(bus, job, stream)).type == kind
        async with following(studio, job, headers={"Last-Event-ID": "6"}) as stream:
            assert (await anext(stream)).id == 7  # a browser that comes back is not sent away


async def test_a_client_that_came_after_the_film_hears_of_its_first_export(
    database: TestDatabase, bus: MockBroker, objects_root: Path
) -> None:
    async with serving(database, bus, objects_root, stream_poll_seconds=0.01) as studio:
        job = await finished(studio, objects_root)
        await studio.tell(job, 1, "video.stitched", "succeeded")
        async with following(studio, job, headers={"Last-Event-ID": "1"}) as stream:
            await exported(studio, job)
            await studio.tell(job, 2, "stitch.requested", "succeeded")
            assert (await anext(stream)).id == 2


async def ended(studio: Studio, job: UUID) -> bool:
    """Whether a client that asks for the end of what is at work is told that nothing is."""
    place = f"/api/v1/jobs/{job}/events"
    async with studio.http.stream("GET", place, params={"until": "ended"}) as reply:
        return reply.status_code == 204


async def test_whoever_asks_for_it_is_told_when_nothing_is_at_work(
    database: TestDatabase, bus: MockBroker, objects_root: Path
) -> None:
    async with serving(database, bus, objects_root) as studio:
        job = await finished(studio, objects_root)
        change = "update public.jobs set asked_cut = $2, result = $3, film_error = $4 where id = $1"
        assert await ended(studio, job)
        await studio.sql.execute(change, job, 1, {"cut": 0}, None)
        assert not await ended(studio, job)
        await studio.sql.execute(change, job, 1, {"cut": 1}, None)
        assert await ended(studio, job)
        await studio.sql.execute(change, job, 2, {"cut": 1}, {"cut": 2, "code": "STITCH_FAILED"})
        assert await ended(studio, job)

        body = {"prompt": "at night"}
        reply = await studio.http.post(f"/api/v1/jobs/{job}/scenes/0/regenerate", json=body)
        assert reply.status_code == 202, reply.text
        assert not await ended(studio, job)
        await add_take(studio, job, 0, 2, "running")
        assert not await ended(studio, job)
        await studio.sql.execute("update public.job_scenes set status = 'failed' where take = 2")
        assert await ended(studio, job)

        await exported(studio, job)
        assert not await ended(studio, job)
        await studio.sql.execute("update public.exports set status = 'cancelled'")
        assert await ended(studio, job)


@pytest.mark.parametrize("status", ["failed", "cancelled"])
async def test_of_a_film_that_ended_otherwise_nothing_more_comes(
    database: TestDatabase, bus: MockBroker, objects_root: Path, status: str
) -> None:
    async with serving(database, bus, objects_root) as studio:
        job = await finished(studio, objects_root)
        await studio.sql.execute("update public.jobs set status = $2 where id = $1", job, status)
        await studio.tell(job, 1, "stage.failed", status)
        async with following(studio, job) as stream:
            assert [event.id async for event in stream] == [1]
        place = f"/api/v1/jobs/{job}/events"
        assert (await studio.http.get(place, params={"after": 1})).status_code == 204
        problem(await studio.http.get(place, params={"until": "noon"}), 422, "INVALID_INPUT")
