"""Previews: takes before there is a film, and films, by addresses that a browser can keep."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from runtime.objects import LocalObjects
from standins.cloudfront import CloudFrontStandin
from standins.server import serving as serving_app
from studio.embedded.broker import MockBroker

from tests.component.gateway.studio import Studio, serving
from tests.conftest import TestDatabase

CLIP = bytes(range(256)) * 8
PRIVATE = "private, no-store"
WEEK = 604_800
"""Addresses that live so long are not renewed while a test looks at them twice."""


@pytest.fixture(scope="module")
def private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@contextmanager
def cloudfront(
    objects_root: Path, key: rsa.RSAPrivateKey
) -> Generator[tuple[CloudFrontStandin, dict[str, Any]]]:
    """A distribution over the store's folder, and the gateway's settings for it."""
    standin = CloudFrontStandin(objects_root / "data", "KTEST", key.public_key())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    with serving_app(standin.app) as url:
        told = {"cloudfront_domain": url, "cloudfront_key_id": "KTEST"}
        yield standin, told | {"cloudfront_private_key": pem}


async def reviewed(studio: Studio, objects_root: Path, scenes: int) -> UUID:
    """A job whose scenes are made and that has no film yet."""
    body = {"script_id": str(await studio.ready_script()), "settings": {"review": True}}
    job = UUID((await studio.http.post("/api/v1/jobs", json=body)).json()["job_id"])
    await studio.sql.execute(
        "insert into public.job_scenes (job_id, scene_index, take, status, s3_key, poster_key)"
        " select $1, i, t, 'succeeded', format('scenes/%s-%s.mp4', i, t),"
        " format('scenes/%s-%s.jpg', i, t) from generate_series(0, $2 - 1) i,"
        " generate_series(1, 2) t",
        job,
        scenes,
    )
    store = LocalObjects(objects_root, public_url=studio.url, signing_key=b"x")
    await store.put("scenes/0-1.mp4", CLIP, "video/mp4")
    await store.put("users/u/projects/p/film.mp4", CLIP, "video/mp4")
    return job


def takes_of(page: Any) -> list[Any]:
    return [take for scene in page["scenes"] for take in scene["takes"]]


def urls_of(page: Any) -> set[str]:
    return {take[kind]["url"] for take in takes_of(page) for kind in ("clip", "poster")}


async def plays(url: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as http:
        whole, head = await http.get(url), await http.head(url)
        part = await http.get(url, headers={"Range": "bytes=-16"})
        beyond = await http.get(url, headers={"Range": "bytes=9999-"})
    assert (whole.status_code, whole.content) == (200, CLIP)
    assert whole.headers["content-type"] == "video/mp4"
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(CLIP))
    assert head.headers["accept-ranges"] == "bytes"
    assert (part.status_code, part.content) == (206, CLIP[-16:])
    assert part.headers["content-range"] == f"bytes {len(CLIP) - 16}-{len(CLIP) - 1}/{len(CLIP)}"
    assert beyond.status_code == 416
    return whole


async def test_a_take_plays_before_the_film_exists_at_an_address_that_stays(
    database: TestDatabase, bus: MockBroker, objects_root: Path
) -> None:
    async with serving(database, bus, objects_root, result_seconds=WEEK) as studio:
        job = await reviewed(studio, objects_root, 2)
        page = await studio.http.get(f"/api/v1/jobs/{job}/scenes")
        assert page.headers["cache-control"] == PRIVATE
        first = page.json()["scenes"][0]["takes"][0]
        await plays(first["clip"]["url"])
        assert first["clip"]["expires_at"]
        assert (await studio.http.get(f"/api/v1/jobs/{job}/scenes")).json() == page.json()


async def test_a_film_is_shown_at_one_address_and_saved_at_another(
    studio: Studio, objects_root: Path
) -> None:
    await reviewed(studio, objects_root, 1)
    reply = await studio.http.get(f"/api/v1/jobs/{await studio.film()}/result")
    assert reply.headers["cache-control"] == PRIVATE
    video = reply.json()["video"]
    shown, saved = await plays(video["url"]), await plays(video["download_url"])
    assert shown.headers["content-disposition"].startswith("inline")
    assert saved.headers["content-disposition"].startswith("attachment")
    assert video["filename"] in saved.headers["content-disposition"]
    async with httpx.AsyncClient(trust_env=False) as http:
        turned = await http.get(video["url"] + "&attachment=1")
    assert turned.status_code == 401


async def test_a_page_of_takes_is_signed_for_cloudfront_in_one_go(
    database: TestDatabase, bus: MockBroker, objects_root: Path, private_key: rsa.RSAPrivateKey
) -> None:
    with cloudfront(objects_root, private_key) as (standin, told):
        async with serving(database, bus, objects_root, **told, result_seconds=WEEK) as studio:
            job = await reviewed(studio, objects_root, 200)
            page = (await studio.http.get(f"/api/v1/jobs/{job}/scenes")).json()
            takes, urls = takes_of(page), urls_of(page)
            assert len(urls) == 800
            assert all("&Signature=" in url and "Key-Pair-Id=KTEST" in url for url in urls)
            await plays(takes[0]["clip"]["url"])
            assert len(standin.served) == 4
            again = (await studio.http.get(f"/api/v1/jobs/{job}/scenes")).json()
            # Each address is renewed at a time of its own: that may be now for one of so many.
            assert len(urls & urls_of(again)) >= 790


async def test_a_film_is_shown_and_saved_from_cloudfront(
    database: TestDatabase, bus: MockBroker, objects_root: Path, private_key: rsa.RSAPrivateKey
) -> None:
    with cloudfront(objects_root, private_key) as (_, told):
        async with serving(database, bus, objects_root, **told) as studio:
            await reviewed(studio, objects_root, 1)
            reply = await studio.http.get(f"/api/v1/jobs/{await studio.film()}/result")
            video = reply.json()["video"]
            assert "content-disposition" not in (await plays(video["url"])).headers
            saved = (await plays(video["download_url"])).headers["content-disposition"]
            assert saved == f"attachment; filename*=UTF-8''{video['filename']}"
            async with httpx.AsyncClient(trust_env=False) as http:
                other = await http.get(
                    video["url"].replace("users/u/projects/p/film.mp4", "scenes/0-1.mp4")
                )
            assert other.status_code == 403
