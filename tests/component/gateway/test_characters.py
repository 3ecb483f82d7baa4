"""Characters are made of checked pictures, belong to their user, and are bound to scripts."""

import hashlib
import io
import time
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
from contracts.events import GenerationRequested
from gateway.premade.people import CAST
from gateway.premade.seeding import seed
from PIL import Image
from runtime.objects import ObjectStore
from studio.embedded.broker import MockBroker

from tests.component.gateway.drafted import drafted_script, store_of
from tests.component.gateway.pictures import SCRIPTED_SVG, picture, png_header
from tests.component.gateway.studio import Studio, problem, serving
from tests.conftest import TestDatabase

PLACE = "/api/v1/characters"


async def make(
    http: httpx.AsyncClient, *pictures: tuple[str, bytes], key: str | None = None, **fields: str
) -> httpx.Response:
    headers = {} if key is None else {"Idempotency-Key": key}
    files = [("images", file) for file in pictures]
    return await http.post(PLACE, data={"name": "Ada"} | fields, files=files, headers=headers)


async def made(http: httpx.AsyncClient, **fields: str) -> Any:
    reply = await make(http, ("a.png", picture("PNG")), **fields)
    assert reply.status_code == 201, reply.text
    return reply.json()


def names(page: httpx.Response) -> list[str]:
    return [item["name"] for item in page.json()["items"]]


async def test_pictures_are_stored_anew_without_what_they_said_about_their_maker(
    studio: Studio, objects_root: Path
) -> None:
    jpeg = picture("JPEG", artist="Jane Doe, 1 Elm Street", orientation="6")
    assert b"Elm Street" in jpeg
    reply = await make(studio.http, ("me.jpg", jpeg), ("me.png", picture("PNG")), style="oil paint")
    assert reply.status_code == 201, reply.text
    body = reply.json()
    assert reply.headers["location"] == f"{PLACE}/{body['id']}"
    assert (body["name"], body["style"], body["premade"]) == ("Ada", "oil paint", False)
    assert len(body["images"]) == 2
    async with httpx.AsyncClient() as http:
        portrait = await http.get(body["images"][0]["url"])
    assert portrait.headers["content-type"] == "image/webp"
    assert b"Elm Street" not in portrait.content
    with Image.open(io.BytesIO(portrait.content)) as image:
        # Lying on its side as sent, upright as kept.
        assert (image.format, image.size, dict(image.getexif())) == ("WEBP", (120, 200), {})
    kept = [path for path in (objects_root / "data").rglob("*") if path.is_file()]
    assert all(b"Elm Street" not in path.read_bytes() for path in kept)
    ref = (await studio.sql.fetchval("select images from public.characters"))[0]
    digest = hashlib.sha256(portrait.content).hexdigest()
    assert ref["key"] == f"users/{studio.user_id}/characters/{body['id']}/{digest}.webp"


async def test_a_character_is_made_once_per_key(studio: Studio) -> None:
    file = ("a.png", picture("PNG"))
    replies = [await make(studio.http, file, key="once") for _ in range(2)]
    assert replies[0].json()["id"] == replies[1].json()["id"]
    problem(await make(studio.http, file, key="once", name="Bob"), 409, "CONFLICT")
    assert names(await studio.http.get(PLACE)) == ["Ada"]


BAD: list[tuple[str, bytes]] = [
    ("scripted.svg", SCRIPTED_SVG),
    ("scripted.png", SCRIPTED_SVG),
    ("captions.png", b"WEBVTT\n\n00:00.000 --> 00:02.000\nHello there.\n"),
    ("half.png", picture("PNG")[:90]),
    ("empty.png", b""),
    ("moving.gif", picture("GIF")),
    ("tiny.png", picture("PNG", (8, 8))),
    ("long.png", png_header(40_000, 64)),
    ("huge.png", png_header(40_000, 40_000)),
]


async def test_what_is_no_good_picture_is_refused_from_its_beginning_and_leaves_nothing(
    studio: Studio, objects_root: Path
) -> None:
    for name, data in BAD:
        before = time.process_time()
        detail = problem(await make(studio.http, (name, data)), 422, "INVALID_INPUT")["detail"]
        assert "Picture 1" in detail, name
        # Unpacking 4.8 GB takes many times as long.
        assert time.process_time() - before < 1, name
    large = ("large.png", bytes(8_388_609))
    problem(await make(studio.http, large), 413, "INVALID_INPUT")
    seven = [(f"{n}.png", picture("PNG")) for n in range(7)]
    problem(await make(studio.http, *seven), 422, "INVALID_INPUT")
    problem(await make(studio.http), 422, "INVALID_INPUT")
    good = ("a.png", picture("PNG"))
    problem(await make(studio.http, good, name=" "), 422, "INVALID_INPUT")
    problem(await make(studio.http, good, age="7"), 422, "INVALID_INPUT")
    assert names(await studio.http.get(PLACE)) == []
    assert not (objects_root / "data").exists()


async def test_characters_have_a_limit_and_what_is_above_it_is_not_stored(
    database: TestDatabase, bus: MockBroker, objects_root: Path
) -> None:
    async with serving(database, bus, objects_root, max_characters=1) as studio:
        await made(studio.http)
        kept = sorted((objects_root / "data").rglob("*"))
        more = await make(studio.http, ("b.png", picture("PNG", (100, 100))))
        problem(more, 409, "CONFLICT")
        assert sorted((objects_root / "data").rglob("*")) == kept


async def test_a_character_is_its_users_alone_and_deleted_by_that_user(
    studio: Studio, objects_root: Path
) -> None:
    body = await made(studio.http)
    place = f"{PLACE}/{body['id']}"
    script_id = await drafted_script(studio, objects_root)
    _, other = await studio.sign_up()
    async with other:
        problem(await other.get(place), 404, "NOT_FOUND")
        problem(await other.delete(place), 404, "NOT_FOUND")
        assert names(await other.get(PLACE)) == []
        theirs = await made(other, name="Eve")
    cast = {"cast": [{"character_id": theirs["id"]}]}
    binding = await studio.http.post(f"/api/v1/scripts/{script_id}/characters", json=cast)
    problem(binding, 404, "NOT_FOUND")
    key = (await studio.sql.fetchval("select images[0] from public.characters"))["key"]
    assert (await studio.http.get(place)).json()["name"] == "Ada"
    assert (await studio.http.delete(place)).status_code == 204
    problem(await studio.http.get(place), 404, "NOT_FOUND")
    problem(await studio.http.delete(place), 404, "NOT_FOUND")
    # A film in the making may still need them.
    assert await store_of(objects_root).head(key) is not None
    assert await studio.sql.fetchval("select key from gateway.discarded") == key


class CountedObjects:
    """Counts what is written."""

    def __init__(self, store: ObjectStore) -> None:
        self._store, self.written = store, 0

    def __getattr__(self, name: str) -> Any:
        self.written += name == "put"
        return getattr(self._store, name)


async def test_the_premade_cast_is_seeded_once_and_belongs_to_everyone(
    studio: Studio, objects_root: Path
) -> None:
    store: Any = CountedObjects(store_of(objects_root))
    people = [person.name for person in CAST]
    assert await seed(studio.sql, store) == people
    assert await seed(studio.sql, store) == []
    assert store.written == len(people)
    await made(studio.http)
    shown: list[Any] = []
    query: dict[str, Any] = {"limit": 3}
    while True:
        page = (await studio.http.get(PLACE, params=query)).json()
        shown += page["items"]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert sorted(item["name"] for item in shown) == sorted([*people, "Ada"])
    only = await studio.http.get(PLACE, params={"premade": True, "limit": 100})
    assert sorted(names(only)) == sorted(people)
    assert names(await studio.http.get(PLACE, params={"premade": False})) == ["Ada"]
    mira = next(item for item in shown if item["name"] == "Mira")
    async with httpx.AsyncClient() as http:
        portrait = await http.get(mira["images"][0]["url"])
    with Image.open(io.BytesIO(portrait.content)) as image:
        assert (image.format, image.size) == ("PNG", (768, 768))
    problem(await studio.http.delete(f"{PLACE}/{mira['id']}"), 409, "CONFLICT")
    assert len(shown) == len(people) + 1


async def test_a_script_has_a_cast_and_its_films_are_played_by_it(
    studio: Studio, objects_root: Path
) -> None:
    script_id = await drafted_script(studio, objects_root)
    ada, bob = [await made(studio.http, name=name) for name in ("Ada", "Bob")]
    place = f"/api/v1/scripts/{script_id}/characters"
    chosen = [
        {"speaker": "alice", "character_id": ada["id"]},
        {"speaker": None, "character_id": bob["id"]},
    ]
    reply = await studio.http.post(place, json={"cast": chosen}, headers={"If-Match": '"0"'})
    assert (reply.status_code, reply.headers["etag"]) == (200, '"1"')
    assert [(part["speaker"], part["name"]) for part in reply.json()["cast"]] == [
        ("Alice", "Ada"),
        (None, "Bob"),
    ]
    stale = await studio.http.post(place, json={"cast": []}, headers={"If-Match": '"0"'})
    problem(stale, 412, "CONFLICT")
    nobody = [{"speaker": "Queen", "character_id": ada["id"]}]
    problem(await studio.http.post(place, json={"cast": nobody}), 422, "INVALID_INPUT")
    unknown = [{"character_id": str(uuid4())}]
    problem(await studio.http.post(place, json={"cast": unknown}), 404, "NOT_FOUND")
    problem(await studio.http.post(place, json={"cast": chosen[:1] * 2}), 422, "INVALID_INPUT")
    await studio.http.delete(f"{PLACE}/{bob['id']}")
    film = await studio.http.post("/api/v1/jobs", json={"script_id": str(script_id)})
    assert film.status_code == 202, film.text
    event = (await studio.events())[-1]
    assert isinstance(event, GenerationRequested)
    (part,) = event.characters
    assert (part.character_id, part.name, part.speaker) == (UUID(ada["id"]), "Ada", "Alice")
    assert part.image is not None
    assert part.image.key.startswith(f"users/{studio.user_id}/characters/{ada['id']}/")


async def test_a_cast_whose_answer_was_lost_is_chosen_once(
    studio: Studio, objects_root: Path
) -> None:
    script_id = await drafted_script(studio, objects_root)
    ada = await made(studio.http, name="Ada")
    place = f"/api/v1/scripts/{script_id}/characters"

    async def choose(speaker: str, version: str) -> httpx.Response:
        cast = [{"speaker": speaker, "character_id": ada["id"]}]
        return await studio.http.post(place, json={"cast": cast}, headers={"If-Match": version})

    first, *again = [await choose("Alice", '"0"') for _ in "123"]
    assert (first.status_code, first.headers["etag"]) == (200, '"1"')
    assert [(reply.headers["etag"], reply.json()) for reply in again] == [('"1"', first.json())] * 2
    problem(await choose("Cat", '"0"'), 412, "CONFLICT")
    assert (await choose("Cat", '"1"')).headers["etag"] == '"2"'
    late = await choose("Alice", '"0"')
    problem(late, 412, "CONFLICT")
    assert late.headers["etag"] == '"2"'
