"""One contract for both object stores: a local directory, and S3 as moto's server speaks it."""

import asyncio
import filecmp
from collections.abc import Generator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import boto3
import httpx
import pytest
from contracts.errors import ErrorCode, Rejected, Transient
from contracts.events import Source
from contracts.values import SourceKind
from moto.server import ThreadedMotoServer
from runtime.objects import (
    BadSignatureError,
    LocalObjects,
    ObjectMissingError,
    ObjectStore,
    get_model,
    put_model,
)
from runtime.objects.s3 import S3Objects

BUCKET = "films"
CREDENTIALS = {
    "aws_access_key_id": "test",
    "aws_secret_access_key": "test",
    "region_name": "us-east-1",
}


@pytest.fixture(scope="module")
def s3_endpoint() -> Generator[str, None, None]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    boto3.client("s3", endpoint_url=endpoint, **CREDENTIALS).create_bucket(Bucket=BUCKET)
    yield endpoint
    server.stop()


def local(root: Path, now: float = 1_000_000.0) -> LocalObjects:
    return LocalObjects(
        root,
        public_url="http://127.0.0.1:1/objects",
        signing_key=b"key of a test",
        now=lambda: now,
    )


@pytest.fixture(params=["local", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    if request.param == "local":
        return local(tmp_path / "objects")
    endpoint: str = request.getfixturevalue("s3_endpoint")
    url = f"s3://{BUCKET}/{tmp_path.name}"
    return S3Objects.from_url(url, endpoint_url=endpoint, **CREDENTIALS)


class TestEveryStore:
    async def test_what_is_put_is_got(self, store: ObjectStore) -> None:
        ref = await store.put("users/u/a.json", b"hello", "application/json")
        assert (ref.size, ref.content_type) == (5, "application/json")
        assert ref.sha256.startswith("2cf24dba5fb0a30e26e83b2ac5b9e29e")
        assert await store.get("users/u/a.json") == b"hello"
        assert await store.head("users/u/a.json") == ref

    async def test_a_put_replaces(self, store: ObjectStore) -> None:
        await store.put("a/b", b"one", "text/plain")
        await store.put("a/b", b"two", "text/plain")
        assert await store.get("a/b") == b"two"

    async def test_files_go_in_and_out_whole(self, store: ObjectStore, tmp_path: Path) -> None:
        source, target = tmp_path / "in.bin", tmp_path / "out.bin"
        source.write_bytes(bytes(range(256)) * 80_000)  # over the multipart threshold
        ref = await store.put("clips/big.mp4", source, "video/mp4")
        await store.download("clips/big.mp4", target)
        assert ref.size == source.stat().st_size
        assert filecmp.cmp(target, source, shallow=False)
        assert await store.head("clips/big.mp4") == ref

    async def test_what_is_missing_is_said_to_be(self, store: ObjectStore, tmp_path: Path) -> None:
        assert await store.head("nothing/here") is None
        with pytest.raises(ObjectMissingError):
            await store.get("nothing/here")
        with pytest.raises(ObjectMissingError):
            await store.download("nothing/here", tmp_path / "x")
        await store.delete("nothing/here")

    async def test_a_deleted_object_is_gone(self, store: ObjectStore) -> None:
        await store.put("a/b", b"one", "text/plain")
        await store.delete("a/b")
        assert await store.head("a/b") is None

    async def test_a_get_above_the_limit_is_refused(self, store: ObjectStore) -> None:
        await store.put("a/b", b"x" * 11, "text/plain")
        with pytest.raises(Rejected) as refused:
            await store.get("a/b", limit=10)
        assert refused.value.code is ErrorCode.INVALID_INPUT
        assert await store.get("a/b", limit=11) == b"x" * 11

    @pytest.mark.parametrize(
        "key",
        ["", "/etc/passwd", "../up", "a/../b", "a//b", "a/", "ä", ".hidden", "x" * 513, "a b"],
    )
    async def test_keys_that_could_leave_the_store_are_refused(
        self, store: ObjectStore, key: str
    ) -> None:
        with pytest.raises(Rejected) as refused:
            await store.put(key, b"", "text/plain")
        assert refused.value.code is ErrorCode.INVALID_INPUT

    async def test_documents_are_stored_as_equal_bytes(self, store: ObjectStore) -> None:
        source = Source(kind=SourceKind.TEXT, filename="ä.txt")
        one = await put_model(store, "doc/1.json", source)
        two = await put_model(store, "doc/2.json", source.model_copy())
        assert one.sha256 == two.sha256
        assert await get_model(store, one, Source) == source

    async def test_writers_at_once_leave_one_whole_object(self, store: ObjectStore) -> None:
        bodies = [bytes([n]) * 100_000 for n in range(8)]
        await asyncio.gather(*(store.put("a/race", body, "x/y") for body in bodies))
        assert await store.get("a/race") in bodies

    async def test_a_signed_url_names_its_end(self, store: ObjectStore) -> None:
        await store.put("a/film.mp4", b"film", "video/mp4")
        url = store.signed_url("a/film.mp4", seconds=60, filename="Mein Film.mp4")
        query = dict(parse_qsl(urlsplit(url).query))
        assert "a/film.mp4" in url
        assert {"expires", "X-Amz-Expires"} & query.keys()


class TestS3:
    async def test_a_signed_url_is_version_4_and_reads_the_object(self, s3_endpoint: str) -> None:
        store = S3Objects.from_url(f"s3://{BUCKET}", endpoint_url=s3_endpoint, **CREDENTIALS)
        await store.put("a/film.mp4", b"film", "video/mp4")
        url = store.signed_url("a/film.mp4", seconds=60, filename="f.mp4")
        query = dict(parse_qsl(urlsplit(url).query))
        assert query["X-Amz-Algorithm"] == "AWS4-HMAC-SHA256"
        async with httpx.AsyncClient(trust_env=False) as client:
            reply = await client.get(url)
        assert reply.content == b"film"
        saved = store.signed_url("a/film.mp4", seconds=60, filename="ä.mp4", attachment=True)
        said = dict(parse_qsl(urlsplit(saved).query))["response-content-disposition"]
        assert said == "attachment; filename*=UTF-8''%C3%A4.mp4"

    async def test_a_store_that_is_away_is_transient(self) -> None:
        gone = "http://127.0.0.1:1"
        store = S3Objects.from_url(f"s3://{BUCKET}", endpoint_url=gone, **CREDENTIALS)
        with pytest.raises(Transient) as away:
            await store.get("a/b")
        assert away.value.code is ErrorCode.STORAGE_FAILED


class TestLocal:
    async def test_a_signed_url_opens_its_object_only_and_only_in_time(
        self, tmp_path: Path
    ) -> None:
        store = local(tmp_path)
        await store.put("a/film.mp4", b"film", "video/mp4")
        await store.put("a/other.mp4", b"other", "video/mp4")
        url = urlsplit(store.signed_url("a/film.mp4", seconds=60, filename="f.mp4"))
        query = dict(parse_qsl(url.query))
        assert urlunsplit(url).startswith("http://127.0.0.1:1/objects/a/film.mp4?")
        assert store.verify("a/film.mp4", query).read_bytes() == b"film"
        for key, changed in [
            ("a/other.mp4", query),
            ("a/film.mp4", query | {"expires": "9999999999"}),
            ("a/film.mp4", query | {"filename": "evil.exe"}),
            ("a/film.mp4", query | {"signature": "0" * 64}),
            ("a/film.mp4", {}),
        ]:
            with pytest.raises(BadSignatureError):
                store.verify(key, changed)
        with pytest.raises(BadSignatureError, match="expired"):
            local(tmp_path, now=1_000_061.0).verify("a/film.mp4", query)

    async def test_a_full_or_read_only_disk_is_transient(self, tmp_path: Path) -> None:
        (tmp_path / "objects").write_text("a file where the folder should be")
        with pytest.raises(Transient) as away:
            await local(tmp_path / "objects").put("a/b", b"x", "text/plain")
        assert away.value.code is ErrorCode.STORAGE_FAILED

    async def test_a_killed_write_leaves_no_object(self, tmp_path: Path) -> None:
        store = local(tmp_path)
        missing = tmp_path / "not-there.mp4"
        with pytest.raises(Transient):
            await store.put("a/b", missing, "video/mp4")
        assert await store.head("a/b") is None
        assert not [p for p in tmp_path.rglob("*") if p.is_file()]
