"""The library's music: heard by everybody before it is chosen, and listed in any case."""

from datetime import UTC, datetime
from pathlib import Path

import httpx
from contracts.documents import MUSIC_PREVIEWS, BedPreview, MusicPreviews
from contracts.music import BEDS
from runtime.objects import LocalObjects, put_model

from tests.component.gateway.studio import Studio

PLACE = "/api/v1/music"
SOUND = bytes(range(256)) * 4


def store_at(objects_root: Path) -> LocalObjects:
    """The gateway's store, as the stitcher writes into it."""
    return LocalObjects(objects_root, public_url="http://127.0.0.1", signing_key=b"unused")


async def put_previews(store: LocalObjects, *names: str) -> None:
    beds = [
        BedPreview(
            name=name,
            seconds=20.5,
            file=await store.put(f"premade/music/1/{name.split()[0]}.m4a", SOUND, "audio/mp4"),
        )
        for name in names
    ]
    await put_model(store, MUSIC_PREVIEWS, MusicPreviews(version=1, beds=tuple(beds)))


async def test_every_bed_is_played_whole_and_from_anywhere_by_every_user(
    studio: Studio, objects_root: Path
) -> None:
    await put_previews(store_at(objects_root), *(bed.name for bed in BEDS))
    beds = (await studio.http.get(PLACE)).json()["beds"]
    assert [bed["name"] for bed in beds] == [bed.name for bed in BEDS]
    assert {bed["seconds"] for bed in beds} == {20.5}
    assert all(datetime.fromisoformat(bed["expires_at"]) > datetime.now(UTC) for bed in beds)
    async with httpx.AsyncClient() as http:  # without a token
        for bed in beds:
            whole = await http.get(bed["url"])
            assert (whole.status_code, whole.content) == (200, SOUND)
            assert whole.headers["content-type"] == "audio/mp4"
        part = await http.get(beds[0]["url"], headers={"Range": "bytes=1000-1007"})
        assert (part.status_code, part.content) == (206, SOUND[1000:1008])
        forged = beds[0]["url"].replace(beds[0]["name"], beds[1]["name"])
        assert (await http.get(forged)).status_code == 401
    assert (await studio.http.get(PLACE)).json()["beds"] == beds
    _, other = await studio.sign_up()
    async with other:
        assert (await other.get(PLACE)).json()["beds"] == beds


async def test_a_bed_without_a_preview_is_listed_all_the_same(
    studio: Studio, objects_root: Path
) -> None:
    nothing = (await studio.http.get(PLACE)).json()["beds"]
    assert [bed["name"] for bed in nothing] == [bed.name for bed in BEDS]
    assert {(bed["url"], bed["expires_at"], bed["seconds"]) for bed in nothing} == {(None,) * 3}

    await put_previews(store_at(objects_root), BEDS[0].name, "a bed of tomorrow")
    some = (await studio.http.get(PLACE)).json()["beds"]
    assert [bool(bed["url"]) for bed in some] == [True] + [False] * (len(BEDS) - 1)

    await store_at(objects_root).put(MUSIC_PREVIEWS, b"?", "application/json")
    assert (await studio.http.get(PLACE)).json()["beds"] == nothing
