"""Jobs are started, listed, given up, downloaded and uploaded, each by its own user."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
from contracts.documents import Paragraph, Script
from contracts.events import (
    GenerationRequested,
    JobCancelled,
    Privacy,
    UploadRequested,
)
from runtime.objects import LocalObjects, put_model

from tests.component.gateway.studio import LINK, Studio, counts, problem


async def test_a_film_is_started_with_the_script_its_settings_and_its_characters(
    studio: Studio,
) -> None:
    script_id = await studio.ready_script()
    mine = await studio.sql.fetchval(
        "insert into public.characters (user_id, name, style, model_ref)"
        " values ($1, 'Ada', 'oil paint', 'm-1') returning id",
        studio.user_id,
    )
    body: dict[str, Any] = {
        "script_id": str(script_id),
        "settings": {"max_scenes": 4, "width": 640, "height": 360},
        "characters": [{"character_id": str(mine)}, {"name": "Bob"}],
    }
    reply = await studio.http.post("/api/v1/jobs", json=body)
    assert reply.status_code == 202, reply.text
    event = (await studio.events())[-1]
    assert isinstance(event, GenerationRequested)
    assert str(event.job_id) == reply.json()["job_id"]
    assert event.script.key == "users/u/projects/p/script.json"
    assert (event.settings.max_scenes, event.settings.width) == (4, 640)
    assert [(c.name, c.style, c.model_ref) for c in event.characters] == [
        ("Ada", "oil paint", "m-1"),
        ("Bob", None, None),
    ]
    job = (await studio.http.get(reply.headers["location"])).json()
    assert (job["status"], job["stage"], job["settings"]["max_scenes"]) == (
        "queued",
        "planning",
        4,
    )


async def test_a_film_that_cannot_start_says_why(studio: Studio) -> None:
    imported = await studio.http.post("/api/v1/youtube/import", json={"youtube_url": LINK})
    script_id = imported.json()["script_id"]

    async def start(**body: Any) -> httpx.Response:
        return await studio.http.post("/api/v1/jobs", json={"script_id": script_id, **body})

    problem(await start(), 409, "NOT_READY")
    problem(await start(script_id=str(uuid4())), 404, "NOT_FOUND")
    capped = problem(await start(settings={"max_scenes": 0}), 422, "INVALID_INPUT")
    assert capped["errors"][0]["field"] == "settings.max_scenes"
    misspelt = problem(await start(settings={"max_scene": 3}), 422, "INVALID_INPUT")
    assert misspelt["errors"][0]["field"] == "settings.max_scene"
    lengths = {"min_scene_seconds": 9, "max_scene_seconds": 3}
    problem(await start(settings=lengths), 422, "INVALID_INPUT")
    await studio.sql.execute("update public.scripts set status = 'failed'")
    problem(await start(), 409, "CONFLICT")
    ready = await studio.ready_script()
    stranger = [{"character_id": str(uuid4())}]
    gone = await start(script_id=str(ready), characters=stranger)
    problem(gone, 404, "NOT_FOUND")
    assert (await counts(studio))[0] == 2


async def test_a_ready_script_is_read_from_the_store(studio: Studio, objects_root: Path) -> None:
    script_id = await studio.ready_script()
    store = LocalObjects(objects_root, public_url="http://x", signing_key=b"x")
    paragraph = Paragraph(speaker="Ada", sentences=("Hello there.",))
    script = Script(
        script_id=script_id,
        title="Moon",
        language="en",
        seconds=3,
        words=2,
        paragraphs=(paragraph,),
    )
    await put_model(store, "users/u/projects/p/script.json", script)
    body = (await studio.http.get(f"/api/v1/scripts/{script_id}")).json()
    assert body["status"] == "ready"
    assert body["script"]["paragraphs"][0]["sentences"] == ["Hello there."]
    await store.delete("users/u/projects/p/script.json")
    lost = await studio.http.get(f"/api/v1/scripts/{script_id}")
    problem(lost, 503, "STORAGE_FAILED")


async def test_jobs_are_listed_in_pages_and_by_kind(studio: Studio) -> None:
    made = [
        (await studio.http.post("/api/v1/youtube/import", json={"youtube_url": LINK})).json()[
            "job_id"
        ]
        for _ in range(5)
    ]
    await studio.end(UUID(made[0]), "failed", code="TRANSCRIPT_MISSING")
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        page = (await studio.http.get("/api/v1/jobs", params=query)).json()
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert seen == made[::-1]
    failed = (await studio.http.get("/api/v1/jobs", params={"status": "failed"})).json()
    (item,) = failed["items"]
    assert item["error"]["code"] == "TRANSCRIPT_MISSING"
    assert item["error"]["next_step"]
    kinds = (await studio.http.get("/api/v1/jobs", params={"type": "upload"})).json()
    assert kinds["items"] == []
    for bad in ({"limit": 0}, {"limit": 101}, {"cursor": "x"}, {"status": "odd"}):
        problem(await studio.http.get("/api/v1/jobs", params=bad), 422, "INVALID_INPUT")


async def test_another_users_job_does_not_exist(studio: Studio) -> None:
    film = await studio.film()
    script_id = await studio.sql.fetchval("select id from public.scripts")
    _, other = await studio.sign_up()
    async with other:
        before = await counts(studio)
        for job_id in (film, uuid4()):
            job = f"/api/v1/jobs/{job_id}"
            for reply in (
                await other.get(job),
                await other.get(f"{job}/events"),
                await other.get(f"{job}/result"),
                await other.post(f"{job}/cancel"),
                await other.post(f"{job}/upload-youtube"),
            ):
                problem(reply, 404, "NOT_FOUND")
        problem(await other.get(f"/api/v1/scripts/{script_id}"), 404, "NOT_FOUND")
        start = await other.post("/api/v1/jobs", json={"script_id": str(script_id)})
        problem(start, 404, "NOT_FOUND")
        assert (await other.get("/api/v1/jobs")).json()["items"] == []
        assert await counts(studio) == before
    problem(await studio.http.get("/api/v1/jobs/not-a-uuid"), 422, "INVALID_INPUT")


async def test_a_cancel_is_one_event_and_only_for_a_job_that_runs(studio: Studio) -> None:
    imported = await studio.http.post("/api/v1/youtube/import", json={"youtube_url": LINK})
    job = imported.headers["location"]
    for _ in range(2):
        assert (await studio.http.post(f"{job}/cancel")).status_code == 202
    cancels = [e for e in await studio.events() if isinstance(e, JobCancelled)]
    assert [str(e.job_id) for e in cancels] == [imported.json()["job_id"]]
    assert (await studio.http.get(job)).json()["cancel_requested"] is True
    film = await studio.film()
    problem(await studio.http.post(f"/api/v1/jobs/{film}/cancel"), 409, "CONFLICT")


async def test_a_result_is_only_there_when_the_film_is(studio: Studio) -> None:
    script_id = await studio.ready_script()
    started = await studio.http.post("/api/v1/jobs", json={"script_id": str(script_id)})
    job = started.headers["location"]
    problem(await studio.http.get(f"{job}/result"), 409, "NOT_READY")
    await studio.end(UUID(started.json()["job_id"]), "failed", code="SCENE_TIMEOUT")
    problem(await studio.http.get(f"{job}/result"), 409, "SCENE_TIMEOUT")
    imported = await studio.http.post("/api/v1/youtube/import", json={"youtube_url": LINK})
    no_film = await studio.http.get(f"{imported.headers['location']}/result")
    problem(no_film, 409, "CONFLICT")


async def test_a_result_is_downloaded_by_its_signed_address(
    studio: Studio, objects_root: Path
) -> None:
    film = await studio.film()
    store = LocalObjects(objects_root, public_url="http://x", signing_key=b"x")
    ref = await store.put("users/u/projects/p/film.mp4", b"0123456789", "video/mp4")
    result = (await studio.http.get(f"/api/v1/jobs/{film}/result")).json()
    assert (result["title"], result["seconds"], result["scenes"]) == ("Moon", 10.0, 2)
    url = result["video"]["url"]
    async with httpx.AsyncClient() as http:
        whole = await http.get(url)
        assert (whole.status_code, whole.content) == (200, b"0123456789")
        assert whole.headers["content-type"] == "video/mp4"
        assert whole.headers["etag"] == f'"{ref.sha256}"'
        assert result["video"]["filename"] in whole.headers["content-disposition"]
        part = await http.get(url, headers={"Range": "bytes=2-4"})
        assert (part.status_code, part.content) == (206, b"234")
        assert part.headers["content-range"] == "bytes 2-4/10"
        tail = await http.get(url, headers={"Range": "bytes=-3"})
        assert tail.content == b"789"
        beyond = await http.get(url, headers={"Range": "bytes=10-"})
        assert beyond.status_code == 416
        assert beyond.headers["content-range"] == "bytes */10"
        head = await http.head(url)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == "10"
        known = {"If-None-Match": whole.headers["etag"]}
        assert (await http.get(url, headers=known)).status_code == 304
        problem(await http.get(url + "0"), 401, "UNAUTHENTICATED")
        other = url.replace("film.mp4", "plan.json")
        problem(await http.get(other), 401, "UNAUTHENTICATED")
        problem(await http.get(url.split("?", maxsplit=1)[0]), 401, "UNAUTHENTICATED")
        await store.delete("users/u/projects/p/film.mp4")
        problem(await http.get(url), 404, "NOT_FOUND")


async def uploads(studio: Studio) -> list[UploadRequested]:
    return [e for e in await studio.events() if isinstance(e, UploadRequested)]


async def test_a_film_is_uploaded_once_however_often_it_is_asked_for(studio: Studio) -> None:
    film = await studio.film()
    path = f"/api/v1/jobs/{film}/upload-youtube"
    replies = await asyncio.gather(
        *(studio.http.post(path, json={"tags": ["a"], "privacy": "unlisted"}) for _ in range(4))
    )
    assert {reply.status_code for reply in replies} == {202}
    (upload_id,) = {reply.json()["job_id"] for reply in replies}
    (event,) = await uploads(studio)
    assert (str(event.job_id), event.film_job_id) == (upload_id, film)
    assert (event.title, event.tags, event.privacy) == ("Moon", ("a",), Privacy.UNLISTED)
    place = {"channel": "folder", "video_id": "v", "url": "file:///v", "privacy": "unlisted"}
    await studio.end(UUID(upload_id), "succeeded", result=place)
    again = await studio.http.post(path)
    assert again.json()["job_id"] == upload_id
    job = (await studio.http.get(f"/api/v1/jobs/{upload_id}")).json()
    assert job["published"] == place
    assert len(await uploads(studio)) == 1


async def test_a_failed_upload_can_be_started_again_a_cancelled_one_that_got_out_cannot(
    studio: Studio,
) -> None:
    film = await studio.film()
    path = f"/api/v1/jobs/{film}/upload-youtube"
    first = (await studio.http.post(path)).json()["job_id"]
    await studio.end(UUID(first), "failed", code="UPLOAD_FAILED")
    second = (await studio.http.post(path)).json()["job_id"]
    assert second != first
    place = {"channel": "folder", "video_id": "v", "url": "file:///v", "privacy": "private"}
    await studio.end(UUID(second), "cancelled", code="CANCELLED", result=place)
    assert (await studio.http.post(path)).json()["job_id"] == second
    assert len(await uploads(studio)) == 2


async def test_an_upload_needs_a_finished_film(studio: Studio) -> None:
    script_id = await studio.ready_script()
    started = await studio.http.post("/api/v1/jobs", json={"script_id": str(script_id)})
    path = f"{started.headers['location']}/upload-youtube"
    problem(await studio.http.post(path), 409, "NOT_READY")
    film = f"/api/v1/jobs/{await studio.film()}/upload-youtube"
    too_long = await studio.http.post(film, json={"title": "x" * 101})
    assert problem(too_long, 422, "INVALID_INPUT")["errors"][0]["field"] == "title"
    assert await uploads(studio) == []
