"""Sources come in once, checked, and with their event."""

import hashlib
from pathlib import Path
from uuid import UUID, uuid4

import httpx
from contracts.events import ImportRequested
from contracts.values import SourceKind
from studio.embedded.broker import MockBroker

from tests.component.gateway.studio import LINK, Studio, counts, problem, serving, token
from tests.conftest import TestDatabase

VTT = b"WEBVTT\n\n00:00.000 --> 00:02.000\nHello there.\n"


async def test_a_link_becomes_a_job_a_script_and_an_event(studio: Studio) -> None:
    reply = await studio.http.post(
        "/api/v1/youtube/import",
        json={"youtube_url": "youtu.be/dQw4w9WgXcQ", "language": "en", "title": "Mine"},
    )
    assert reply.status_code == 202
    ids = {name: UUID(value) for name, value in reply.json().items()}
    assert reply.headers["location"] == f"/api/v1/jobs/{ids['job_id']}"
    (event,) = await studio.events()
    assert isinstance(event, ImportRequested)
    assert (event.job_id, event.script_id, event.project_id) == (
        ids["job_id"],
        ids["script_id"],
        ids["project_id"],
    )
    assert event.user_id == studio.user_id
    assert (event.source.url, event.source.language) == (LINK, "en")
    job = (await studio.http.get(reply.headers["location"])).json()
    assert (job["status"], job["type"], job["progress"], job["scenes"]) == (
        "queued",
        "import",
        0,
        [],
    )
    script = (await studio.http.get(f"/api/v1/scripts/{ids['script_id']}")).json()
    assert (script["status"], script["title"], script["script"]) == ("pending", "Mine", None)
    await studio.published()


async def test_a_file_is_stored_under_its_content_and_named_in_the_event(
    studio: Studio, objects_root: Path
) -> None:
    reply = await studio.http.post(
        "/api/v1/imports", files={"file": ("my_talk.vtt", VTT)}, data={"language": "en"}
    )
    assert reply.status_code == 202, reply.text
    (event,) = await studio.events()
    assert isinstance(event, ImportRequested)
    assert event.source.kind is SourceKind.CAPTIONS
    assert event.source.filename == "my_talk.vtt"
    upload = event.source.upload
    assert upload is not None
    digest = hashlib.sha256(VTT).hexdigest()
    project = reply.json()["project_id"]
    folder = f"users/{studio.user_id}/projects/{project}"
    assert upload.key == f"{folder}/uploads/{digest}.vtt"
    assert (objects_root / "data" / upload.key).read_bytes() == VTT
    title = await studio.sql.fetchval("select title from public.projects")
    assert title == "my talk"


BAD_FILES: list[tuple[str, bytes, int, str]] = [
    ("empty.vtt", b"", 422, "INVALID_INPUT"),
    ("binary.srt", b"\x7fELF" + bytes(200), 422, "INVALID_INPUT"),
    ("movie.mp4", b"\x89PNG\r\n\x1a\n", 422, "INVALID_INPUT"),
    ("words.docx", b"PK\x03\x04", 422, "INVALID_INPUT"),
    ("huge.txt", b"word " * 10_485_760, 413, "INVALID_INPUT"),
]


async def test_a_bad_file_is_refused_and_leaves_nothing(studio: Studio, objects_root: Path) -> None:
    for name, data, status, code in BAD_FILES:
        reply = await studio.http.post("/api/v1/imports", files={"file": (name, data)})
        problem(reply, status, code)
    assert await counts(studio) == (0, 0, 0)
    assert not (objects_root / "data").exists()


async def test_requests_that_do_not_fit_name_the_field(studio: Studio) -> None:
    http = studio.http
    link = await http.post("/api/v1/youtube/import", json={"youtube_url": "https://vimeo.com/1"})
    problem(link, 422, "INVALID_SOURCE")
    unknown = await http.post("/api/v1/youtube/import", json={"url": LINK})
    fields = {e["field"] for e in problem(unknown, 422, "INVALID_INPUT")["errors"]}
    assert fields == {"youtube_url", "url"}
    broken = await http.post(
        "/api/v1/youtube/import",
        content=b"{",
        headers={"content-type": "application/json"},
    )
    problem(broken, 422, "INVALID_INPUT")
    nul = await http.post("/api/v1/youtube/import", json={"youtube_url": LINK, "title": "a\x00b"})
    assert problem(nul, 422, "INVALID_INPUT")["errors"][0]["field"] == "title"
    missing = await http.post("/api/v1/imports", files={"other": ("a.vtt", VTT)})
    body = problem(missing, 422, "INVALID_INPUT")
    assert body["errors"] == [{"field": "file", "message": "Field required"}]
    language = await http.post(
        "/api/v1/imports", files={"file": ("a.vtt", VTT)}, data={"language": "no such"}
    )
    assert problem(language, 422, "INVALID_INPUT")["errors"][0]["field"] == "language"
    no_form = await http.post("/api/v1/imports", json={"file": "x"})
    problem(no_form, 422, "INVALID_INPUT")
    large = await http.post("/api/v1/youtube/import", content=b"x" * 300_000)
    problem(large, 413, "INVALID_INPUT")
    problem(await http.get("/api/v1/youtube/import"), 405, "INVALID_INPUT")
    problem(await http.get("/api/v1/nothing"), 404, "NOT_FOUND")
    assert await counts(studio) == (0, 0, 0)


async def test_a_project_must_be_ones_own(studio: Studio) -> None:
    first = await studio.http.post("/api/v1/youtube/import", json={"youtube_url": LINK})
    project = first.json()["project_id"]
    body = {"youtube_url": LINK, "project_id": project}
    same = await studio.http.post("/api/v1/youtube/import", json=body)
    assert same.json()["project_id"] == project
    _, other = await studio.sign_up()
    async with other:
        problem(await other.post("/api/v1/youtube/import", json=body), 404, "NOT_FOUND")
        upload = await other.post(
            "/api/v1/imports", files={"file": ("a.vtt", VTT)}, data={"project_id": project}
        )
        problem(upload, 404, "NOT_FOUND")
    assert await counts(studio) == (2, 1, 2)


async def test_an_idempotency_key_starts_one_import(studio: Studio) -> None:
    key = {"Idempotency-Key": "once"}
    body = {"youtube_url": LINK}
    first = await studio.http.post("/api/v1/youtube/import", json=body, headers=key)
    again = await studio.http.post("/api/v1/youtube/import", json=body, headers=key)
    assert again.status_code == 202
    assert again.json() == first.json()
    assert again.headers["location"] == first.headers["location"]
    changed = body | {"title": "Other"}
    other = await studio.http.post("/api/v1/youtube/import", json=changed, headers=key)
    problem(other, 409, "CONFLICT")
    _, stranger = await studio.sign_up()
    async with stranger:
        theirs = await stranger.post("/api/v1/youtube/import", json=body, headers=key)
        assert theirs.json()["job_id"] != first.json()["job_id"]
    file = {"Idempotency-Key": "file"}
    replies = [
        await studio.http.post("/api/v1/imports", files={"file": ("a.vtt", VTT)}, headers=file)
        for _ in range(2)
    ]
    assert replies[0].json() == replies[1].json()
    assert (await counts(studio))[0] == 3


async def test_without_a_valid_token_nothing_is_served(studio: Studio) -> None:
    async with httpx.AsyncClient(base_url=studio.url) as http:
        none = await http.get("/api/v1/jobs")
        problem(none, 401, "UNAUTHENTICATED")
        assert none.headers["www-authenticate"] == 'Bearer realm="filmstudio"'
        for bad in (
            token(studio.user_id, exp=1_600_000_000),
            token(studio.user_id, aud="other"),
            token(studio.user_id, iss="https://other.test"),
            token(studio.user_id, role="service_role"),
            token("not-a-uuid"),
            token(studio.user_id)[:-4] + "AAAA",
            "garbage",
        ):
            reply = await http.get("/api/v1/jobs", headers={"Authorization": f"Bearer {bad}"})
            problem(reply, 401, "UNAUTHENTICATED")
            assert 'error="invalid_token"' in reply.headers["www-authenticate"]
        upload = await http.post("/api/v1/imports", files={"file": ("a.vtt", VTT)})
        problem(upload, 401, "UNAUTHENTICATED")
        gone = {"Authorization": f"Bearer {token(uuid4())}"}
        deleted = await http.post(
            "/api/v1/youtube/import", json={"youtube_url": LINK}, headers=gone
        )
        problem(deleted, 401, "UNAUTHENTICATED")
    assert await counts(studio) == (0, 0, 0)


async def test_too_many_writes_are_told_when_to_come_back(
    database: TestDatabase, bus: MockBroker, objects_root: Path
) -> None:
    async with serving(database, bus, objects_root, writes_burst=1, writes_per_minute=1) as studio:
        first = await studio.http.post("/api/v1/youtube/import", json={"youtube_url": LINK})
        assert first.status_code == 202
        second = await studio.http.post("/api/v1/youtube/import", json={"youtube_url": LINK})
        problem(second, 429, "RATE_LIMITED")
        assert 1 <= int(second.headers["retry-after"]) <= 60
        assert (await studio.http.get("/api/v1/jobs")).status_code == 200
