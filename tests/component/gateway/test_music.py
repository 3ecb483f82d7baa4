"""Music of users' own: heard before it is kept, kept once, and in nobody else's film."""

import asyncio
import io
import struct
import wave
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from contracts.events import GenerationRequested, StitchRequested
from contracts.music import BEDS
from studio.embedded.broker import MockBroker

from tests.component.gateway.studio import Studio, problem, serving
from tests.component.gateway.test_reviews import waiting
from tests.conftest import TestDatabase

PLACE = "/api/v1/music"


def sound(seconds: float, *, rate: int = 8_000, seed: int = 1) -> bytes:
    """A WAV file with a saw in it; another seed, another file."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        one = b"".join(struct.pack("<h", (number * 97 * seed) % 9_000) for number in range(100))
        file.writeframes(one * round(seconds * rate / 100))
    return buffer.getvalue()


async def send(
    http: httpx.AsyncClient,
    data: bytes,
    name: str = "my_tune.wav",
    key: str | None = None,
    **texts: str,
) -> httpx.Response:
    headers = {} if key is None else {"Idempotency-Key": key}
    return await http.post(PLACE, files={"file": (name, data)}, data=texts, headers=headers)


async def sent(http: httpx.AsyncClient, data: bytes, **texts: str) -> Any:
    reply = await send(http, data, **texts)
    assert reply.status_code == 201, reply.text
    return reply.json()


def kept(objects_root: Path) -> list[Path]:
    return [path for path in (objects_root / "data").rglob("*") if path.is_file()]


async def test_music_is_heard_kept_and_played(
    database: TestDatabase, bus: MockBroker, objects_root: Path
) -> None:
    # A week: the address is not renewed between two looks at it.
    async with serving(database, bus, objects_root, result_seconds=604_800) as studio:
        data = sound(2.5)
        reply = await send(studio.http, data)
        assert reply.status_code == 201, reply.text
        track = reply.json()
        assert reply.headers["location"] == f"{PLACE}/{track['id']}"
        assert reply.headers["cache-control"] == "private, no-store"
        assert (track["title"], track["seconds"], track["size"]) == ("my tune", 2.5, len(data))
        assert kept(objects_root)[0].relative_to(objects_root / "data").parts == (
            "users", str(studio.user_id), "music", f"{track['id']}.wav",
        )  # fmt: skip
        async with httpx.AsyncClient() as http:
            part = await http.get(track["url"], headers={"Range": "bytes=0-3"})
        assert (part.status_code, part.content) == (206, b"RIFF")
        assert part.headers["content-type"] == "audio/wav"
        listed = (await studio.http.get(PLACE)).json()
        assert listed["tracks"] == [(await studio.http.get(f"{PLACE}/{track['id']}")).json()]
        assert [bed["name"] for bed in listed["beds"]] == [bed.name for bed in BEDS]
        assert all(bed["title"] and bed["mood"] for bed in listed["beds"])


async def test_the_same_file_is_one_track_and_a_key_is_used_once(
    studio: Studio, objects_root: Path
) -> None:
    data = sound(1.2)
    both = await asyncio.gather(*(send(studio.http, data, title="Mine") for _ in "12"))
    assert {reply.status_code for reply in both} <= {200, 201}
    assert len({reply.json()["id"] for reply in both}) == 1
    again = await send(studio.http, data, name="other.wav", key="k", title="Other")
    assert (again.status_code, again.json()["title"]) == (200, "Mine")
    assert len(kept(objects_root)) == 1
    assert (await send(studio.http, data, key="k", title="Other")).status_code == 200
    problem(await send(studio.http, sound(1.3), key="k", title="Other"), 409, "CONFLICT")
    _, other = await studio.sign_up()
    async with other:
        assert (await send(other, data)).status_code == 201
    assert len(kept(objects_root)) == 2


NO_MUSIC = (
    ("a.mp3", b"", "empty"),
    ("a.mp3", b"There is a green hill far away." * 9, "no sound"),
    ("a.m3u8", b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "no sound"),
    ("a.wav", b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(500), "no sound"),
    ("a.mp3", b"ID3\x04" + bytes(500), "no sound"),
    ("a.ogg", b"OggS\x00" + bytes(500), "no sound"),
    ("a.m4a", b"\x00\x00\x00\x18ftypM4A " + b"\xff" * 500, "no sound"),
    ("a.wav", sound(0.4), "shorter than a second"),
    ("a.wav", sound(1_801.5, rate=1_000), "over 30 minutes"),
    ("a.pdf", b"%PDF-1.7" + bytes(500), "a PDF"),
)


async def test_what_is_no_music_is_refused_and_nothing_is_kept(
    studio: Studio, objects_root: Path
) -> None:
    for name, data, words in NO_MUSIC:
        body = problem(await send(studio.http, data, name), 422, "INVALID_INPUT")
        assert words in body["detail"], name
        assert "Upload" in body["detail"], name
    assert kept(objects_root) == []
    assert (await studio.http.get(PLACE)).json()["tracks"] == []


async def test_music_that_is_too_large_or_too_much_is_refused(
    database: TestDatabase, bus: MockBroker, objects_root: Path
) -> None:
    limits = {"max_music_bytes": 30_000, "max_music": 1}
    async with serving(database, bus, objects_root, **limits) as studio:
        problem(await send(studio.http, sound(2)), 413, "INVALID_INPUT")
        problem(await studio.http.post(PLACE), 422, "INVALID_INPUT")
        track = await sent(studio.http, sound(1))
        problem(await send(studio.http, sound(1, seed=2)), 409, "CONFLICT")
        assert (await send(studio.http, sound(1))).status_code == 200
        assert (await studio.http.delete(f"{PLACE}/{track['id']}")).status_code == 204
        await sent(studio.http, sound(1, seed=2))


async def test_deleted_music_goes_a_day_later_and_can_be_sent_again(
    studio: Studio, objects_root: Path
) -> None:
    track = await sent(studio.http, sound(1))
    place = f"{PLACE}/{track['id']}"
    assert (await studio.http.delete(place)).status_code == 204
    problem(await studio.http.delete(place), 404, "NOT_FOUND")
    problem(await studio.http.get(place), 404, "NOT_FOUND")
    going = await studio.sql.fetch("select key from gateway.discarded")
    assert [row["key"] for row in going] == [f"users/{studio.user_id}/music/{track['id']}.wav"]
    again = await sent(studio.http, sound(1))
    assert again["id"] != track["id"]
    assert len(kept(objects_root)) == 2


async def test_music_of_others_is_not_there(studio: Studio) -> None:
    track = await sent(studio.http, sound(1))
    place = f"{PLACE}/{track['id']}"
    _, other = await studio.sign_up()
    async with other:
        problem(await other.get(place), 404, "NOT_FOUND")
        problem(await other.delete(place), 404, "NOT_FOUND")
        assert (await other.get(PLACE)).json()["tracks"] == []
    assert (await studio.http.get(place)).status_code == 200


async def film(studio: Studio, **said: Any) -> httpx.Response:
    body = {"script_id": str(await studio.ready_script()), "settings": {"sound": said}}
    return await studio.http.post("/api/v1/jobs", json=body)


async def test_a_film_has_the_users_own_music(studio: Studio) -> None:
    track = await sent(studio.http, sound(1))
    reply = await film(studio, music_id=track["id"], music_db=-20)
    assert reply.status_code == 202, reply.text
    (event,) = [e for e in await studio.events() if isinstance(e, GenerationRequested)]
    upload = event.settings.sound.upload
    assert upload is not None
    assert upload.key == f"users/{studio.user_id}/music/{track['id']}.wav"
    assert (upload.size, upload.content_type) == (track["size"], "audio/wav")
    assert event.settings.sound.music_db == -20
    job = (await studio.http.get(reply.headers["location"])).json()
    assert job["settings"]["sound"]["music_id"] == track["id"]
    assert "upload" not in job["settings"]["sound"]


async def test_a_film_has_no_music_that_is_not_the_users_or_not_there(studio: Studio) -> None:
    _, other = await studio.sign_up()
    async with other:
        theirs = await sent(other, sound(1))
    for music_id in (theirs["id"], str(uuid4())):
        problem(await film(studio, music_id=music_id), 404, "NOT_FOUND")
    ref = {"key": "users/a/b.mp3", "size": 1, "sha256": "0" * 64, "content_type": "audio/mpeg"}
    body = problem(await film(studio, upload=ref), 422, "INVALID_INPUT")
    assert "music_id" in body["errors"][0]["message"]
    assert body["errors"][0]["field"] == "settings.sound.upload"
    body = problem(await film(studio, music="polka"), 422, "INVALID_INPUT")
    assert "calm, bright, tense, warm, curious" in body["errors"][0]["message"]
    problem(await film(studio, musik="calm"), 422, "INVALID_INPUT")
    problem(await film(studio, voice="a\x00b"), 422, "INVALID_INPUT")
    for name in ("warm", None):
        assert (await film(studio, music=name)).status_code == 202


async def test_an_export_has_other_music_than_the_film(studio: Studio, objects_root: Path) -> None:
    track = await sent(studio.http, sound(1))
    place = f"/api/v1/jobs/{await waiting(studio, objects_root)}/exports"
    for said in ({"music_id": track["id"]}, {"music": "warm"}):
        reply = await studio.http.post(place, json={"sound": said})
        assert reply.status_code == 202, reply.text
    asked = [e.settings for e in await studio.events() if isinstance(e, StitchRequested)]
    heard = [(s.sound.upload is not None, s.sound.music) for s in asked if s]
    assert heard == [(True, "calm"), (False, "warm")]
    ref = {"key": f"users/{studio.user_id}/music/{track['id']}.wav", "size": 1}
    ref |= {"sha256": "0" * 64, "content_type": "audio/wav"}
    refused = await studio.http.post(place, json={"sound": {"upload": ref}})
    problem(refused, 422, "INVALID_INPUT")
