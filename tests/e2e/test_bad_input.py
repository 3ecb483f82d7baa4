"""What a user can get wrong: each gets our code and the next step, and leaves no job hanging."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from studio.embedded.issuer import Issuer, local_user
from studio.home import Home
from studio.keys import Keys

from tests.e2e.stack import SETTLED, Stack, finished, import_file

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(200)]

SCRIPT = b"ANNA: Good morning. BEN: Good night.\n"


def assert_problem(reply: httpx.Response, status: int, code: str) -> None:
    assert reply.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = reply.json()
    assert (reply.status_code, body["code"]) == (status, code), body
    assert body["title"]
    assert body["next_step"]


@pytest.fixture(autouse=True)
async def _no_job_is_left_hanging(api: httpx.AsyncClient) -> Any:  # pyright: ignore[reportUnusedFunction]
    yield
    page = (await api.get("/api/v1/jobs", params={"limit": 100})).json()
    for job in page["items"]:
        if job["status"] not in SETTLED:
            await finished(api, job["id"])


@pytest.mark.parametrize(
    ("name", "content", "status", "code"),
    [
        ("empty.vtt", b"", 422, "INVALID_INPUT"),
        ("binary.srt", bytes(range(256)) * 40, 422, "INVALID_INPUT"),
        ("picture.vtt", b"\x89PNG\r\n\x1a\n" + bytes(200), 422, "INVALID_INPUT"),
        ("program.txt", b"\x7fELF" + bytes(200), 422, "INVALID_INPUT"),
        ("huge.vtt", b"WEBVTT\n\n" + b"x" * 50_000_000, 413, "INVALID_INPUT"),
        ("strange.xyz", b"hello there", 422, "INVALID_INPUT"),
        ("picture.mp3", b"\x89PNG\r\n\x1a\n" + bytes(200), 422, "INVALID_INPUT"),
    ],
    ids=["empty", "binary", "picture", "program", "50 MB", "unknown ending", "no audio"],
)
async def test_a_file_that_cannot_be_used_is_refused_at_once(
    api: httpx.AsyncClient, name: str, content: bytes, status: int, code: str
) -> None:
    before = (await api.get("/api/v1/jobs")).json()["items"]
    try:
        reply = await api.post("/api/v1/imports", files={"file": (name, content)})
    except httpx.WriteError:
        assert len(content) > 1_000_000, "only a body over the limit may be cut off"
    else:
        assert_problem(reply, status, code)
    assert (await api.get("/api/v1/jobs")).json()["items"] == before


async def test_sound_that_cannot_be_read_fails_and_costs_nothing(
    api: httpx.AsyncClient, tmp_path: Path
) -> None:
    path = tmp_path / "talk.mp3"
    path.write_bytes(b"ID3\x04" + bytes(400))
    imported = await import_file(api, path)
    assert imported["status"] == "failed"
    assert imported["error"]["code"] == "INVALID_INPUT", imported["error"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("cueless.vtt", b"WEBVTT\n\nNOTE nobody says anything\n"),
        ("cueless.srt", b"1\n00:00:01,000 --> 00:00:02,000\n\n"),
        ("wordless.txt", b"... --- ...\n\n!!!\n"),
    ],
)
async def test_a_source_without_words_makes_its_import_wait_for_another(
    api: httpx.AsyncClient, tmp_path: Path, name: str, content: bytes
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    imported = await import_file(api, path)
    assert imported["status"] == "needs_source"
    assert imported["error"]["code"] == "TRANSCRIPT_MISSING"
    assert imported["error"]["next_step"]
    cancel = await api.post(f"/api/v1/jobs/{imported['id']}/cancel")
    assert cancel.status_code < 300, "a job that waits can be given up"


async def test_captions_with_nothing_said_fail_their_import(
    api: httpx.AsyncClient, tmp_path: Path
) -> None:
    path = tmp_path / "sounds.vtt"
    path.write_bytes(b"WEBVTT\n\n00:00.000 --> 00:02.000\n[Music]\n")
    imported = await import_file(api, path)
    assert (imported["status"], imported["error"]["code"]) == ("failed", "TRANSCRIPT_MISSING")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
async def test_other_encodings_are_read(
    api: httpx.AsyncClient, tmp_path: Path, encoding: str
) -> None:
    path = tmp_path / "umlaute.txt"
    path.write_bytes("Für Elise spielt jemand Klavier. Es ist früh.\n".encode(encoding))
    imported = await import_file(api, path)
    assert imported["status"] == "succeeded", imported
    script = (await api.get(f"/api/v1/scripts/{imported['script_id']}")).json()["script"]
    assert "Für Elise" in script["paragraphs"][0]["sentences"][0]


@pytest.mark.parametrize(
    "link",
    [
        "https://vimeo.com/12345",
        "https://evil.example/watch?v=dQw4w9WgXcQ",
        "https://www.youtube.com/playlist?list=PL1",
        "not a link",
        "",
    ],
)
async def test_a_link_that_is_no_video_is_refused_at_once(
    api: httpx.AsyncClient, link: str
) -> None:
    reply = await api.post("/api/v1/youtube/import", json={"youtube_url": link})
    assert reply.status_code == 422
    assert reply.json()["code"] in {"INVALID_SOURCE", "INVALID_INPUT"}
    assert reply.json()["next_step"]


@pytest.mark.parametrize(
    ("video", "status", "code"),
    [
        ("private____", "failed", "INVALID_SOURCE"),
        ("removed____", "failed", "INVALID_SOURCE"),
        ("age________", "failed", "INVALID_SOURCE"),
        ("region_____", "failed", "INVALID_SOURCE"),
        ("live_later_", "failed", "INVALID_SOURCE"),
        ("disabled___", "needs_source", "TRANSCRIPT_MISSING"),
    ],
)
async def test_a_video_that_cannot_be_used_is_told_with_its_code(
    api: httpx.AsyncClient, video: str, status: str, code: str
) -> None:
    link = {"youtube_url": f"https://youtu.be/{video}"}
    reply = await api.post("/api/v1/youtube/import", json=link)
    assert reply.status_code == 202
    imported = await finished(api, reply.json()["job_id"])
    assert (imported["status"], imported["error"]["code"]) == (status, code)


async def test_a_youtube_link_becomes_a_script(api: httpx.AsyncClient) -> None:
    link = {"youtube_url": "https://www.youtube.com/watch?v=ok_captions&t=4s"}
    reply = await api.post("/api/v1/youtube/import", json=link)
    imported = await finished(api, reply.json()["job_id"])
    assert imported["status"] == "succeeded", imported
    script = (await api.get(f"/api/v1/scripts/{imported['script_id']}")).json()
    assert script["words"] > 0
    assert script["script"]["paragraphs"]


@pytest.mark.parametrize("settings", [{"max_scene_seconds": 0}, {"max_scenes": 0}, {"width": 7}])
async def test_settings_that_make_no_film_are_refused(
    api: httpx.AsyncClient, tmp_path: Path, settings: dict[str, int]
) -> None:
    path = tmp_path / "script.txt"
    path.write_bytes(SCRIPT)
    script_id = (await import_file(api, path))["script_id"]
    reply = await api.post("/api/v1/jobs", json={"script_id": script_id, "settings": settings})
    assert_problem(reply, 422, "INVALID_INPUT")
    assert reply.json()["errors"][0]["field"].startswith("settings.")


@pytest.mark.parametrize("path", ["jobs/{}", "jobs/{}/result", "jobs/{}/events", "scripts/{}"])
async def test_what_is_unknown_is_not_found(api: httpx.AsyncClient, path: str) -> None:
    assert_problem(await api.get(f"/api/v1/{path.format(uuid4())}"), 404, "NOT_FOUND")


def expired(stack: Stack, _: Path) -> str:
    issuer = Issuer.open(Home.open(stack.folder).keys, stack.note["ports"]["issuer"])
    user = local_user()
    return issuer.mint(user.id, user.email, timedelta(hours=-1))


def forged(stack: Stack, folder: Path) -> str:
    (folder / "keys").mkdir()
    issuer = Issuer.open(Keys(folder / "keys"), stack.note["ports"]["issuer"])
    user = local_user()
    return issuer.mint(user.id, user.email, timedelta(hours=1))


def garbled(_: Stack, __: Path) -> str:
    return "not.a.token"


@pytest.mark.parametrize("token", [expired, forged, garbled])
async def test_a_token_that_is_not_good_lets_nobody_in(
    stack: Stack, tmp_path: Path, token: Callable[[Stack, Path], str]
) -> None:
    headers = {"Authorization": f"Bearer {token(stack, tmp_path)}"}
    async with httpx.AsyncClient(base_url=stack.note["api_url"], trust_env=False) as anyone:
        for path in ("/api/v1/jobs", f"/api/v1/jobs/{uuid4()}"):
            reply = await anyone.get(path, headers=headers)
            assert_problem(reply, 401, "UNAUTHENTICATED")
            assert reply.headers["www-authenticate"].startswith("Bearer")
        assert_problem(await anyone.get("/api/v1/jobs"), 401, "UNAUTHENTICATED")
