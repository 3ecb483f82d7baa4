"""Exports: asked for once, as planned but for what is named, beside the job's own film."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from contracts.events import StitchRequested, VideoStitched
from gateway.routes import exports
from studio.embedded.broker import MockBroker

from tests.component.gateway.studio import Studio, problem, serving
from tests.component.gateway.test_reviews import add_take, said, waiting
from tests.conftest import TestDatabase
from tests.samples import object_ref


async def finished(studio: Studio, objects_root: Path) -> UUID:
    """A film of two scenes that is there."""
    job = await waiting(studio, objects_root)
    await studio.sql.execute("update public.jobs set status = 'succeeded' where id = $1", job)
    return job


async def ask(studio: Studio, job: UUID, **body: Any) -> httpx.Response:
    key = body.pop("key", None)
    headers = {"Idempotency-Key": key} if key else {}
    return await studio.http.post(f"/api/v1/jobs/{job}/exports", json=body, headers=headers)


async def exported(studio: Studio, job: UUID, **body: Any) -> UUID:
    reply = await ask(studio, job, **body)
    assert reply.status_code == 202, reply.text
    return UUID(reply.json()["export_id"])


async def fold(studio: Studio, export: UUID, status: str, **fields: Any) -> None:
    """What the projector writes."""
    await studio.sql.execute(
        "update public.exports set status = $2, progress = $3, error_code = $4, result = $5"
        " where id = $1",
        export,
        status,
        fields.get("progress", 0),
        fields.get("code"),
        fields.get("result"),
    )


async def test_an_export_is_as_planned_but_for_what_is_named(
    studio: Studio, objects_root: Path
) -> None:
    job = await finished(studio, objects_root)
    await add_take(studio, job, 1, 2, "succeeded")
    await studio.http.put(f"/api/v1/jobs/{job}/order", json={"order": [1, 0]})
    reply = await ask(studio, job, shape="9:16", sound={"music": None})
    export = UUID(reply.json()["export_id"])
    assert reply.headers["Location"] == f"/api/v1/jobs/{job}/exports/{export}"
    (event,) = await said(studio, StitchRequested)
    assert (event.export_id, event.export, event.order) == (export, True, (1, 0))
    assert [one.take for one in event.takes] == [2, 1]
    assert event.settings is not None
    assert (event.settings.width, event.settings.height) == (720, 1280)
    assert (event.settings.sound.music, event.settings.fps) == (None, 30)

    shown = (await studio.http.get(f"/api/v1/jobs/{job}/exports/{export}")).json()
    assert (shown["status"], shown["progress"], shown["film"]) == ("queued", 0, None)
    assert (shown["order"], shown["takes"]) == ([1, 0], [2, 1])
    assert shown["settings"]["height"] == 1280
    kept = await studio.sql.fetchrow("select asked_cut, status from public.jobs where id = $1", job)
    assert tuple(kept or ()) == (0, "succeeded")


async def test_the_same_export_is_asked_for_once(studio: Studio, objects_root: Path) -> None:
    job = await finished(studio, objects_root)
    twice = await asyncio.gather(*(exported(studio, job, shape="1:1") for _ in "12"))
    keyed = await asyncio.gather(*(ask(studio, job, key="a", height=1080) for _ in "12"))
    assert len(set(twice)) == 1
    assert len({reply.json()["export_id"] for reply in keyed}) == 1
    assert await exported(studio, job, shape="1:1", takes=[{"scene_index": 0, "take": 1}]) in twice
    problem(await ask(studio, job, key="a", shape="1:1"), 409, "CONFLICT")
    assert len(await said(studio, StitchRequested)) == 2

    await add_take(studio, job, 0, 2, "succeeded")
    newer = await exported(studio, job, shape="1:1")
    assert newer not in twice
    listed = (await studio.http.get(f"/api/v1/jobs/{job}/exports")).json()["items"]
    assert [item["id"] == str(newer) for item in listed] == [True, False, False]


async def test_an_export_that_failed_is_told_and_can_be_asked_for_again(
    studio: Studio, objects_root: Path
) -> None:
    job = await finished(studio, objects_root)
    first = await exported(studio, job)
    await fold(studio, first, "failed", code="STITCH_FAILED")
    place = f"/api/v1/jobs/{job}/exports"
    shown = (await studio.http.get(f"{place}/{first}")).json()
    assert (shown["status"], shown["error"]["code"]) == ("failed", "STITCH_FAILED")
    assert shown["error"]["next_step"]
    second = await exported(studio, job)
    assert second != first
    assert len(await said(studio, StitchRequested)) == 2


async def test_a_finished_export_shows_all_its_files(studio: Studio, objects_root: Path) -> None:
    job = await finished(studio, objects_root)
    export = await exported(studio, job, shape="1:1")
    made = VideoStitched(
        job_id=job,
        user_id=studio.user_id,
        project_id=uuid4(),
        export_id=export,
        title="Moon",
        width=720,
        height=720,
        fps=30,
        frames=300,
        scenes=2,
        notes=("The film has no music.",),
        **{name: object_ref(f"{name}.x") for name in FILES},  # pyright: ignore[reportArgumentType]
    ).model_dump(mode="json")
    await fold(studio, export, "succeeded", progress=100, result=made | {"seconds": 10.0})
    reply = await studio.http.get(f"/api/v1/jobs/{job}/exports/{export}")
    film = reply.json()["film"]
    assert (film["seconds"], film["width"], film["notes"]) == (10.0, 720, list(made["notes"]))
    assert all(film[name]["url"].startswith(studio.url) for name in FILES)
    assert film["vtt"]["filename"] == f"film-{str(job)[:8]}-{str(export)[:8]}.vtt"
    assert "no-store" in reply.headers["Cache-Control"]


FILES = ("video", "captions", "poster", "vtt", "thumbnail", "chapters")


async def test_what_is_not_there_or_not_allowed_is_refused(
    database: TestDatabase,
    bus: MockBroker,
    objects_root: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(exports, "MOST_EXPORTS", 1)
    async with serving(database, bus, objects_root) as studio:
        job = await finished(studio, objects_root)
        for body in ({"shape": "4:3"}, {"order": [7]}, {"order": [0, 0]}, {"colour": "red"}):
            problem(await ask(studio, job, **body), 422, "INVALID_INPUT")
        missing = {"takes": [{"scene_index": 0, "take": 3}]}
        problem(await ask(studio, job, **missing), 409, "NOT_READY")
        export = await exported(studio, job)
        problem(await ask(studio, job, shape="1:1"), 409, "CONFLICT")
        assert await exported(studio, job) == export
        problem(await ask(studio, uuid4()), 404, "NOT_FOUND")
        place = f"/api/v1/jobs/{job}/exports"
        problem(await studio.http.get(f"{place}/{uuid4()}"), 404, "NOT_FOUND")
        _, other = await studio.sign_up()
        async with other:
            problem(await other.post(place, json={}), 404, "NOT_FOUND")
            problem(await other.get(place), 404, "NOT_FOUND")
            problem(await other.get(f"{place}/{export}"), 404, "NOT_FOUND")
        assert len(await said(studio, StitchRequested)) == 1


@pytest.mark.parametrize(
    ("status", "code"),
    [("running", "NOT_READY"), ("failed", "CONFLICT"), ("cancelled", "CONFLICT")],
)
async def test_a_film_has_exports_once_all_its_scenes_are_made(
    studio: Studio, objects_root: Path, status: str, code: str
) -> None:
    job = await waiting(studio, objects_root)
    await exported(studio, job)
    await add_take(studio, job, 2, 1, "failed")
    problem(await ask(studio, job, order=[0, 1], shape="1:1"), 409, "NOT_READY")
    await studio.sql.execute("update public.jobs set status = $2 where id = $1", job, status)
    problem(await ask(studio, job, shape="1:1"), 409, code)
    imported = await studio.sql.fetchrow("select id from public.jobs where type = 'import'")
    assert imported is not None
    problem(await ask(studio, imported["id"]), 409, "CONFLICT")


async def test_a_stream_goes_on_while_an_export_is_made(
    database: TestDatabase, bus: MockBroker, objects_root: Path
) -> None:
    async with serving(database, bus, objects_root, stream_poll_seconds=0.05) as studio:
        job = await finished(studio, objects_root)
        place = f"/api/v1/jobs/{job}/events?until=ended"
        await studio.tell(job, 1, "video.stitched", "succeeded")
        assert (await studio.http.get(f"{place}&after=1")).status_code == 204
        export = await exported(studio, job)
        seen: list[int] = []
        async with studio.http.stream("GET", place) as stream:
            async for line in stream.aiter_lines():
                if line.startswith("id:"):
                    seen.append(int(line[3:]))
                    if seen == [1]:
                        await studio.tell(job, 2, "stitch.progressed", "succeeded")
                    else:
                        await fold(studio, export, "succeeded")
        assert seen == [1, 2]


async def test_a_film_that_could_not_be_joined_is_told_and_approved_again(
    studio: Studio, objects_root: Path
) -> None:
    job = await waiting(studio, objects_root)
    place = f"/api/v1/jobs/{job}"
    assert (await studio.http.post(f"{place}/approve")).json()["cut"] == 1
    error = {"cut": 1, "code": "STITCH_FAILED", "message": "No film."}
    await studio.sql.execute(
        "update public.jobs set cut = 1, film_error = $2 where id = $1", job, error
    )
    for path in (place, f"{place}/scenes"):
        shown = (await studio.http.get(path)).json()["film_error"]
        assert (shown["code"], shown["message"]) == ("STITCH_FAILED", "No film.")
    again = [await studio.http.post(f"{place}/approve") for _ in "12"]
    assert [reply.json()["cut"] for reply in again] == [2, 2]
    await studio.sql.execute("update public.jobs set cut = 2 where id = $1", job)
    assert (await studio.http.get(place)).json()["film_error"] is None
