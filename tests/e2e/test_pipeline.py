"""The whole product from outside: every service a process, real files in, real films out."""

import asyncio
import io
import json
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import av
import httpx
import pytest

from tests.e2e.stack import (
    Stack,
    finished,
    import_file,
    job,
    reached,
    running_stack,
    start_film,
)

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]

SAMPLE = Path(__file__).parents[2] / "samples" / "moonlight.vtt"
SMALL = {"width": 568, "height": 320}


def frames_of(video: bytes) -> tuple[int, float]:
    """Decoded frames, and the first picture's time in seconds."""
    with av.open(io.BytesIO(video), "r") as container:
        times = [float(frame.time or 0.0) for frame in container.decode(video=0)]
    return len(times), times[0]


async def fetched(url: str) -> bytes:
    async with httpx.AsyncClient(trust_env=False, timeout=60) as anyone:
        reply = await anyone.get(url)
    assert reply.status_code == 200, reply.text
    return reply.content


async def film_of(api: httpx.AsyncClient, job_id: str) -> tuple[dict[str, Any], bytes]:
    shown = await finished(api, job_id)
    assert shown["status"] == "succeeded", shown
    reply = await api.get(f"/api/v1/jobs/{job_id}/result")
    assert reply.status_code == 200, reply.text
    return reply.json(), await fetched(reply.json()["video"]["url"])


def one_scene_made(shown: dict[str, Any]) -> bool:
    return any(scene["status"] == "succeeded" for scene in shown["scenes"])


def has_scenes(shown: dict[str, Any]) -> bool:
    return bool(shown["scenes"])


async def script_of(api: httpx.AsyncClient) -> str:
    imported = await import_file(api, SAMPLE)
    assert imported["status"] == "succeeded", imported
    script_id: str = imported["script_id"]
    return script_id


async def test_a_caption_file_becomes_a_film_and_is_published_once(
    stack: Stack, api: httpx.AsyncClient
) -> None:
    script_id = await script_of(api)
    script = (await api.get(f"/api/v1/scripts/{script_id}")).json()
    assert script["script"]["paragraphs"]
    job_id = await start_film(api, script_id, **SMALL)
    result, video = await film_of(api, job_id)

    frames, start = frames_of(video)
    assert frames == round(result["seconds"] * 30)
    assert start == 0.0
    assert (await job(api, job_id))["progress"] == 100
    assert result["scenes"] == len((await job(api, job_id))["scenes"]) > 3
    assert b"-->" in await fetched(result["captions"]["url"])
    assert (await fetched(result["poster"]["url"]))[:2] == b"\xff\xd8"

    uploads = [
        await api.post(f"/api/v1/jobs/{job_id}/upload-youtube", json={"title": "A film"})
        for _ in range(2)
    ]
    (upload_id,) = {reply.json()["job_id"] for reply in uploads}
    assert (await finished(api, upload_id))["status"] == "succeeded"
    published = [p for p in (stack.folder / "channel").iterdir() if not p.name.startswith(".")]
    (folder,) = published
    (film,) = folder.glob("*.mp4")
    assert sha256(film.read_bytes()).digest() == sha256(video).digest()
    (metadata,) = folder.glob("*.json")
    assert json.loads(metadata.read_text())["privacy"] == "private"


async def test_progress_streams_gapless_and_resumes(api: httpx.AsyncClient) -> None:
    job_id = await start_film(api, await script_of(api), **SMALL, max_scenes=2)
    seen: list[int] = []
    async with api.stream("GET", f"/api/v1/jobs/{job_id}/events", timeout=60) as stream:
        async for line in stream.aiter_lines():
            if line.startswith("id:"):
                seen.append(int(line[3:]))
                if len(seen) == 3:
                    break
    after = {"Last-Event-ID": str(seen[-1])}
    url = f"/api/v1/jobs/{job_id}/events?until=ended"
    async with api.stream("GET", url, headers=after, timeout=120) as stream:
        async for line in stream.aiter_lines():
            seen += [int(line[3:])] if line.startswith("id:") else []
    assert seen == list(range(1, len(seen) + 1))
    assert (await job(api, job_id))["status"] == "succeeded"


async def test_a_caption_file_without_words_makes_the_import_wait_for_another(
    api: httpx.AsyncClient, tmp_path: Path
) -> None:
    empty = tmp_path / "cueless.vtt"
    empty.write_text("WEBVTT\n\nNOTE nothing is said here\n")
    imported = await import_file(api, empty)
    assert imported["status"] == "needs_source"
    assert imported["error"]["code"] == "TRANSCRIPT_MISSING"
    assert imported["error"]["next_step"]
    reply = await api.post("/api/v1/jobs", json={"script_id": imported["script_id"]})
    assert (reply.status_code, reply.json()["code"]) == (409, "NOT_READY")


async def test_a_cancelled_job_ends_and_makes_no_film(api: httpx.AsyncClient) -> None:
    job_id = await start_film(api, await script_of(api))
    await reached(api, job_id, has_scenes)
    assert (await api.post(f"/api/v1/jobs/{job_id}/cancel")).status_code == 202
    shown = await finished(api, job_id)
    assert shown["status"] == "cancelled"
    reply = await api.get(f"/api/v1/jobs/{job_id}/result")
    assert reply.status_code == 409
    assert (await api.post(f"/api/v1/jobs/{job_id}/cancel")).status_code == 409


async def test_a_killed_generator_is_restarted_and_the_film_is_whole(
    stack: Stack, api: httpx.AsyncClient
) -> None:
    job_id = await start_film(api, await script_of(api), width=640, height=360)
    await reached(api, job_id, one_scene_made)
    killed = stack.kill("generator")
    result, video = await film_of(api, job_id)
    assert frames_of(video)[0] == round(result["seconds"] * 30)
    assert stack.pid("generator") != killed


async def test_each_user_sees_only_their_own(stack: Stack, api: httpx.AsyncClient) -> None:
    script_id = await script_of(api)
    job_id = await start_film(api, script_id, **SMALL, max_scenes=1)
    async with stack.client("mallory@example.org") as other:
        for path in (f"jobs/{job_id}", f"jobs/{job_id}/result", f"scripts/{script_id}"):
            reply = await other.get(f"/api/v1/{path}")
            assert (reply.status_code, reply.json()["code"]) == (404, "NOT_FOUND")
        assert (await other.get("/api/v1/jobs")).json()["items"] == []
        assert (await other.post("/api/v1/jobs", json={"script_id": script_id})).status_code == 404
        assert (await other.post(f"/api/v1/jobs/{job_id}/cancel")).status_code == 404
    unknown = await api.get(f"/api/v1/jobs/{uuid4()}")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "NOT_FOUND")
    await finished(api, job_id)


async def test_every_service_reports_health_and_metrics(stack: Stack) -> None:
    async with httpx.AsyncClient(trust_env=False) as anyone:
        for name, port in stack.note["ports"].items():
            if name in {"postgres", "issuer", "broker"}:
                continue
            for path in ("healthz", "readyz", "metrics"):
                reply = await anyone.get(f"http://127.0.0.1:{port}/{path}")
                assert reply.status_code == 200, (name, path, reply.text)
            assert "filmstudio_" in reply.text


async def test_a_film_survives_killing_everything() -> None:
    with tempfile.TemporaryDirectory(prefix="filmstudio-e2e-") as name:
        async with running_stack(Path(name) / "home") as stack:
            async with stack.client() as api:
                job_id = await start_film(api, await script_of(api), width=640, height=360)
                before = await reached(
                    api,
                    job_id,
                    one_scene_made,
                )
            assert before["status"] == "running"
            await asyncio.to_thread(stack.kill_everything)
            await stack.start()
            async with stack.client() as api:
                result, video = await film_of(api, job_id)
                assert frames_of(video)[0] == round(result["seconds"] * 30)
