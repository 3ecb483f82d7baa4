"""The client: what the API refuses is told in its words; what is fetched is whole."""

from pathlib import Path

import httpx
import pytest
from studio.client import File
from studio.trouble import Away, Exit, Trouble

from tests.unit.studio.gateway import FakeGateway, client_of, job, problem


async def test_a_problem_is_told_with_code_detail_and_next_step() -> None:
    async with client_of(FakeGateway(problem(404))) as client:
        with pytest.raises(Trouble) as caught:
            await client.job("j")
    assert caught.value.line == "NOT_FOUND: There is no such thing here. No job j."
    assert caught.value.next_step == "Check the id."
    assert not isinstance(caught.value, Away)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_what_may_pass_is_told_apart(status: int) -> None:
    async with client_of(FakeGateway(problem(status, "RATE_LIMITED"))) as client:
        with pytest.raises(Away):
            await client.job("j")


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'"x"', b"{}"])
async def test_an_error_that_is_no_problem_body_is_told_by_its_status(body: bytes) -> None:
    async with client_of(lambda _: httpx.Response(500, content=body)) as client:
        with pytest.raises(Trouble, match=r"^500: The API answered with an error"):
            await client.job("j")


async def test_something_else_on_that_port_is_named() -> None:
    async with client_of(lambda _: httpx.Response(200, content=b"<html>")) as client:
        with pytest.raises(Trouble, match="is not our API"):
            await client.jobs(5)


async def test_an_api_that_is_not_there_is_a_clear_line() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    async with client_of(refuse) as client:
        line = r"The API at http://gateway does not answer \(refused\)"
        with pytest.raises(Away, match=line) as caught:
            await client.job("j")
    assert caught.value.code is Exit.NOT_RUNNING


async def test_the_token_goes_to_the_api_but_not_with_signed_links(tmp_path: Path) -> None:
    gateway = FakeGateway(job("succeeded"))
    async with client_of(gateway) as client:
        result = await client.result("j")
        await client.download(result.video, tmp_path / "new" / "film.mp4")
    assert [request.headers["authorization"] for request in gateway.asked] == ["Bearer token", ""]
    assert (tmp_path / "new" / "film.mp4").read_bytes() == gateway.film


async def test_a_damaged_download_leaves_nothing(tmp_path: Path) -> None:
    gateway = FakeGateway(job("succeeded"))
    gateway.film = b"cut"
    async with client_of(gateway) as client:
        result = await client.result("j")
        with pytest.raises(Away, match=r"film\.mp4 arrived damaged"):
            await client.download(result.video, tmp_path / "film.mp4")
    assert list(tmp_path.iterdir()) == []


async def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    async with client_of(FakeGateway(job("succeeded"))) as client:
        with pytest.raises(Trouble, match="cannot be written"):
            await client.download(File(url="/objects/x", sha256=""), tmp_path / "file" / "film.mp4")


async def test_the_stream_gives_the_ids_of_what_happened() -> None:
    async with client_of(FakeGateway(job("running"))) as client:
        assert [happened async for happened in client.happenings("j")] == ["1", "2"]


async def test_a_file_is_sent_with_its_name_and_language(tmp_path: Path) -> None:
    (tmp_path / "talk.vtt").write_text("WEBVTT")
    gateway = FakeGateway(job("queued"))
    async with client_of(gateway) as client:
        assert await client.import_file(tmp_path / "talk.vtt", "de") == "j"
    [request] = gateway.asked
    body = request.content
    assert b'filename="talk.vtt"' in body
    assert b"WEBVTT" in body
    assert b'name="language"' in body


async def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    async with client_of(FakeGateway(job("queued"))) as client:
        with pytest.raises(Trouble, match=r"none\.vtt cannot be read: No such file") as caught:
            await client.import_file(tmp_path / "none.vtt")
    assert caught.value.code is Exit.USAGE
