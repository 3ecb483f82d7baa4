"""An import that found no words gets another source, once each time it asks."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
from contracts.events import ImportRequested
from contracts.values import SourceKind

from tests.component.gateway.studio import LINK, Studio, problem

VTT = b"WEBVTT\n\n00:00.000 --> 00:02.000\nHello there.\n"
FILE: dict[str, Any] = {"file": ("talk.vtt", VTT)}


async def asks(studio: Studio, job_id: UUID, number: int) -> None:
    """What the projector writes when a round gave no words."""
    await studio.sql.execute(
        "update public.jobs set status = 'needs_source', source_round = $2 where id = $1",
        job_id,
        number,
    )


async def waiting_import(studio: Studio) -> tuple[UUID, ImportRequested]:
    """A job that waits for a source, and the event that began it."""
    reply = await studio.http.post("/api/v1/youtube/import", json={"youtube_url": LINK})
    job_id = UUID(reply.json()["job_id"])
    await asks(studio, job_id, 1)
    return job_id, (await rounds(studio, job_id))[0]


async def rounds(studio: Studio, job_id: UUID) -> list[ImportRequested]:
    return [
        e for e in await studio.events() if isinstance(e, ImportRequested) and e.job_id == job_id
    ]


async def give(
    http: httpx.AsyncClient, job_id: UUID, key: str | None = None, **form: Any
) -> httpx.Response:
    headers = {} if key is None else {"Idempotency-Key": key}
    files = form.pop("files", FILE)
    return await http.post(
        f"/api/v1/imports/{job_id}/source", files=files, headers=headers, data=form
    )


async def test_another_source_goes_on_with_the_same_job(studio: Studio, objects_root: Path) -> None:
    job_id, first = await waiting_import(studio)
    reply = await give(studio.http, job_id, language="en")
    assert (reply.status_code, reply.json()) == (202, {"job_id": str(job_id)})
    assert reply.headers["location"] == f"/api/v1/jobs/{job_id}"
    before, event = await rounds(studio, job_id)
    assert (before.round, event.round) == (1, 2)
    assert (event.project_id, event.script_id) == (first.project_id, first.script_id)
    assert (event.source.kind, event.source.filename) == (SourceKind.CAPTIONS, "talk.vtt")
    assert event.source.language == "en"
    assert event.source.upload is not None
    assert (objects_root / "data" / event.source.upload.key).read_bytes() == VTT
    await studio.published()


async def test_a_source_is_taken_once_per_key_and_per_round(studio: Studio) -> None:
    job_id, _ = await waiting_import(studio)
    replies = await asyncio.gather(*(give(studio.http, job_id, "a") for _ in range(3)))
    assert {reply.status_code for reply in replies} == {202}
    assert len(await rounds(studio, job_id)) == 2
    problem(await give(studio.http, job_id, "b"), 409, "CONFLICT")
    await asks(studio, job_id, 2)
    assert (await give(studio.http, job_id, "a")).status_code == 202
    assert len(await rounds(studio, job_id)) == 2
    other = {"file": ("other.txt", b"Some words.")}
    problem(await give(studio.http, job_id, "a", files=other), 409, "CONFLICT")
    assert (await give(studio.http, job_id, "c", files=other)).status_code == 202
    assert [event.round for event in await rounds(studio, job_id)] == [1, 2, 3]


async def test_of_two_sources_at_once_one_is_taken(studio: Studio) -> None:
    job_id, _ = await waiting_import(studio)
    replies = await asyncio.gather(*(give(studio.http, job_id, key) for key in "abc"))
    assert sorted(reply.status_code for reply in replies) == [202, 409, 409]
    assert len(await rounds(studio, job_id)) == 2


async def test_a_job_that_does_not_wait_takes_no_source(studio: Studio) -> None:
    job_id, _ = await waiting_import(studio)
    for status in ("queued", "running", "succeeded", "failed", "cancelled"):
        await studio.sql.execute("update public.jobs set status = $1", status)
        problem(await give(studio.http, job_id), 409, "CONFLICT")
    film = await studio.film()
    problem(await give(studio.http, film), 409, "CONFLICT")
    await asks(studio, job_id, 1)
    await studio.http.post(f"/api/v1/jobs/{job_id}/cancel")
    detail = problem(await give(studio.http, job_id), 409, "CONFLICT")["detail"]
    assert "cancelled" in detail
    problem(await give(studio.http, uuid4()), 404, "NOT_FOUND")
    _, other = await studio.sign_up()
    async with other:
        problem(await give(other, job_id), 404, "NOT_FOUND")
    assert len(await rounds(studio, job_id)) == 1


async def test_what_is_no_source_is_refused_and_the_job_still_waits(studio: Studio) -> None:
    job_id, _ = await waiting_import(studio)
    for name, data in (
        ("captions.vtt", b"\x89PNG\r\n\x1a\n" + bytes(64)),
        ("bomb.docx", b"PK\x03\x04" + bytes(64)),
        ("empty.srt", b""),
    ):
        reply = await give(studio.http, job_id, files={"file": (name, data)})
        problem(reply, 422, "INVALID_INPUT")
    none = await studio.http.post(f"/api/v1/imports/{job_id}/source", json={})
    assert problem(none, 422, "INVALID_INPUT")["errors"][0]["field"] == "file"
    assert (await give(studio.http, job_id)).status_code == 202
