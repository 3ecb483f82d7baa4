"""Exports that their user wants no more: given up while they are made, deleted after that."""

import asyncio
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest
from contracts.events import ExportDropped, StitchRequested
from gateway.routes import exports
from studio.embedded.broker import MockBroker

from tests.component.gateway.studio import Studio, problem, serving
from tests.component.gateway.test_exports import exported, finished, fold
from tests.component.gateway.test_reviews import said
from tests.conftest import TestDatabase
from tests.samples import object_ref


def place(job: UUID, export: UUID | None = None) -> str:
    return f"/api/v1/jobs/{job}/exports" + ("" if export is None else f"/{export}")


async def drop(studio: Studio, job: UUID, export: UUID) -> httpx.Response:
    return await studio.http.delete(place(job, export))


async def listed(studio: Studio, job: UUID) -> dict[UUID, str]:
    items = (await studio.http.get(place(job))).json()["items"]
    return {UUID(item["id"]): item["status"] for item in items}


async def test_an_export_that_is_being_made_is_given_up_once(
    database: TestDatabase, bus: MockBroker, objects_root: Path
) -> None:
    async with serving(database, bus, objects_root) as studio:
        job = await finished(studio, objects_root)
        other, export = await exported(studio, job), await exported(studio, job, shape="1:1")
        await fold(studio, export, "running", progress=40)
        replies = [*await asyncio.gather(*(drop(studio, job, export) for _ in "12"))]
        assert {reply.status_code for reply in replies} == {202}
        assert replies[0].json() == {"job_id": str(job), "export_id": str(export)}
        assert replies[0].headers["Location"] == place(job, export)
        (event,) = await said(studio, ExportDropped)
        asked = await studio.sql.fetchval(
            "select event_id from gateway.outbox where topic = 'stitch.requested'"
            " order by seq desc limit 1"
        )
        assert (event.job_id, event.export_id, event.request_id) == (job, export, asked)
        shown = (await studio.http.get(place(job, export))).json()
        assert (shown["status"], shown["cancel_requested"]) == ("running", True)

        await fold(studio, export, "cancelled", progress=40)
        assert (await drop(studio, job, export)).status_code == 202
        assert await listed(studio, job) == {export: "cancelled", other: "queued"}
        assert len(await said(studio, ExportDropped)) == 1


@pytest.mark.parametrize("status", ["succeeded", "failed"])
async def test_an_export_that_has_ended_is_deleted(
    database: TestDatabase, bus: MockBroker, objects_root: Path, status: str
) -> None:
    async with serving(database, bus, objects_root) as studio:
        job = await finished(studio, objects_root)
        other, export = await exported(studio, job), await exported(studio, job, shape="1:1")
        await fold(studio, export, status, progress=100)
        reply = await drop(studio, job, export)
        assert (reply.status_code, reply.content) == (204, b"")
        assert await listed(studio, job) == {other: "queued"}
        problem(await studio.http.get(place(job, export)), 404, "NOT_FOUND")
        problem(await drop(studio, job, export), 404, "NOT_FOUND")
        assert [event.export_id for event in await said(studio, ExportDropped)] == [export]


async def test_what_was_given_up_or_deleted_can_be_asked_for_again(
    database: TestDatabase,
    bus: MockBroker,
    objects_root: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(exports, "MOST_EXPORTS", 1)
    async with serving(database, bus, objects_root) as studio:
        job = await finished(studio, objects_root)
        first = await exported(studio, job)
        await drop(studio, job, first)
        second = await exported(studio, job)  # while the first is still being stopped
        await fold(studio, second, "succeeded", progress=100)
        assert await exported(studio, job) == second
        await drop(studio, job, second)
        third = await exported(studio, job)
        assert len({first, second, third}) == 3
        assert len(await said(studio, StitchRequested)) == 3


async def test_a_file_that_is_being_uploaded_is_kept_until_it_is(
    database: TestDatabase, bus: MockBroker, objects_root: Path
) -> None:
    async with serving(database, bus, objects_root) as studio:
        job = await studio.film()
        reply = await studio.http.post(f"/api/v1/jobs/{job}/upload-youtube")
        upload = UUID(reply.json()["job_id"])
        query = "select video_key from public.jobs where id = $1"
        assert await studio.sql.fetchval(query, upload) == object_ref("film.mp4").key

        export = uuid4()
        project = await studio.sql.fetchval("select project_id from public.jobs where id = $1", job)
        await studio.sql.execute(
            "insert into public.exports (id, job_id, project_id, user_id, status, settings,"
            " scene_order, takes, recipe) values ($1, $2, $3, $4, 'succeeded', '{}', '{}', '{}',"
            " repeat('0', 64))",
            export,
            job,
            project,
            studio.user_id,
        )
        folder = f"users/{studio.user_id}/projects/{project}/jobs/{job}/exports/{export}"
        change = "update public.jobs set video_key = $2, status = $3 where id = $1"
        await studio.sql.execute(change, upload, f"{folder}/film.mp4", "running")
        refused = problem(await drop(studio, job, export), 409, "CONFLICT")
        assert str(upload) in refused["detail"]
        assert await listed(studio, job) == {export: "succeeded"}
        assert await said(studio, ExportDropped) == []

        await studio.sql.execute(change, upload, f"{folder}/film.mp4", "succeeded")
        assert (await drop(studio, job, export)).status_code == 204


async def test_another_users_export_and_one_of_another_job_are_not_there(
    database: TestDatabase, bus: MockBroker, objects_root: Path
) -> None:
    async with serving(database, bus, objects_root) as studio:
        job = await finished(studio, objects_root)
        export = await exported(studio, job)
        _, other = await studio.sign_up()
        async with other:
            problem(await other.delete(place(job, export)), 404, "NOT_FOUND")
        problem(await drop(studio, job, uuid4()), 404, "NOT_FOUND")
        problem(await drop(studio, uuid4(), export), 404, "NOT_FOUND")
        problem(await drop(studio, await studio.film(), export), 404, "NOT_FOUND")
        assert await listed(studio, job) == {export: "queued"}
        assert await said(studio, ExportDropped) == []
