"""Where a provider's links may lead, and what may come from there."""

from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

import httpx
import pytest
from contracts.errors import ErrorCode, Rejected, Transient
from generator.adapters.downloads import Downloads
from standins.server import serving
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from tests.adapters.video_api import (
    ELSEWHERE,
    PUBLIC,
    Handle,
    Shares,
)

Names = dict[str, Sequence[str]]


def downloads(handle: Handle, names: Names, home: str = ELSEWHERE, most: int = 1_000) -> Downloads:
    async def resolve(host: str, port: int) -> Sequence[str]:
        if host not in names:
            raise OSError("no such host")
        return names[host]

    client = httpx.AsyncClient(transport=httpx.MockTransport(handle), trust_env=False)
    return Downloads(client, httpx.URL(home), most, 5.0, resolve)


def video(content: bytes = b"video", **headers: str) -> httpx.Response:
    return httpx.Response(200, content=content, headers={"content-type": "video/mp4", **headers})


SECRET = {"Authorization": "Bearer secret-key"}


async def test_the_key_goes_home_and_nowhere_else(tmp_path: Path) -> None:
    seen: list[httpx.Request] = []

    def handle(got: httpx.Request) -> httpx.Response:
        seen.append(got)
        if got.url.path == "/file":
            return httpx.Response(302, headers={"location": "https://cdn.example.net/a.mp4?x=1"})
        return video()

    there = downloads(handle, {"cdn.example.net": [PUBLIC]})
    await there.save("/file", tmp_path / "a.mp4", SECRET, Shares())
    assert (tmp_path / "a.mp4").read_bytes() == b"video"
    home, cdn = seen
    assert home.headers["authorization"] == "Bearer secret-key"
    assert "authorization" not in cdn.headers
    # The address that was checked is the one connected to, under the name's certificate.
    assert cdn.url == f"https://{PUBLIC}/a.mp4?x=1"
    assert cdn.headers["host"] == "cdn.example.net"
    assert cdn.extensions["sni_hostname"] == "cdn.example.net"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.8",
        "172.16.3.4",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104
        "224.0.0.1",
        "::1",
        "fe80::1%eth0",
        "fd00::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::",
    ],
)
@pytest.mark.parametrize("redirected", [False, True])
async def test_private_addresses_are_off_limits(
    tmp_path: Path, address: str, *, redirected: bool
) -> None:
    def handle(got: httpx.Request) -> httpx.Response:
        assert got.url.host == "video.example.com"
        return httpx.Response(307, headers={"location": "https://inner.example.net/"})

    there = downloads(handle, {"inner.example.net": [PUBLIC, address]})
    url = "/file" if redirected else "https://inner.example.net/"
    with pytest.raises(Rejected) as refused:
        await there.save(url, tmp_path / "a.mp4", SECRET, Shares())
    assert refused.value.code is ErrorCode.AI_PROVIDER_FAILURE


@pytest.mark.parametrize(
    "url",
    [
        "http://cdn.example.net/a.mp4",
        "ftp://cdn.example.net/a.mp4",
        "https://me:pass@cdn.example.net/",
        "file:///etc/passwd",
        "http://127.0.0.1/",
    ],
)
async def test_links_that_are_not_plain_https_are_refused(tmp_path: Path, url: str) -> None:
    def handle(_: httpx.Request) -> httpx.Response:
        raise AssertionError("nothing may be asked")

    there = downloads(handle, {"cdn.example.net": [PUBLIC], "127.0.0.1": ["127.0.0.1"]})
    with pytest.raises(Rejected):
        await there.save(url, tmp_path / "a.mp4", SECRET, Shares())


@pytest.mark.parametrize(
    ("home", "address", "allowed"),
    [
        ("http://127.0.0.1:8000", "127.0.0.1", True),
        ("http://127.0.0.1:8000", "10.0.0.8", False),
        ("http://127.0.0.1:8000", PUBLIC, False),
        (ELSEWHERE, "127.0.0.1", False),
    ],
)
async def test_loopback_may_lead_to_loopback_only(
    tmp_path: Path, home: str, address: str, *, allowed: bool
) -> None:
    there = downloads(lambda _: video(), {"files.test": [address]}, home)
    try:
        await there.save("http://files.test:9000/a", tmp_path / "a.mp4", SECRET, Shares())
    except Rejected:
        assert not allowed
    else:
        assert allowed


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (httpx.Response(404), ErrorCode.OUTPUT_EXPIRED),
        (httpx.Response(403), ErrorCode.OUTPUT_EXPIRED),
        (httpx.Response(500), ErrorCode.AI_PROVIDER_FAILURE),
        (httpx.Response(200, html="<html>"), ErrorCode.AI_PROVIDER_FAILURE),
        (video(b""), ErrorCode.AI_PROVIDER_FAILURE),
        (video(b"short", **{"content-length": "900"}), ErrorCode.AI_PROVIDER_FAILURE),
        (httpx.Response(302, headers={"location": "/again"}), ErrorCode.AI_PROVIDER_FAILURE),
    ],
)
async def test_what_is_no_whole_video_can_be_fetched_again(
    tmp_path: Path, answer: httpx.Response, code: ErrorCode
) -> None:
    with pytest.raises(Transient) as failed:
        await downloads(lambda _: answer, {}).save("/a", tmp_path / "a.mp4", SECRET, Shares())
    assert failed.value.code is code


async def test_a_name_that_does_not_resolve_can_be_tried_again(tmp_path: Path) -> None:
    with pytest.raises(Transient):
        await downloads(lambda _: video(), {}).save(
            "https://gone.example.net/a", tmp_path / "a.mp4", SECRET, Shares()
        )


@pytest.mark.parametrize("announced", [False, True])
async def test_a_file_that_is_too_large_is_not_kept_coming(
    tmp_path: Path, *, announced: bool
) -> None:
    sent = 0

    async def endless() -> AsyncGenerator[bytes, None]:
        nonlocal sent
        while sent < 10_000_000:
            sent += 1_000
            yield b"x" * 1_000

    headers = {"content-type": "video/mp4"} | ({"content-length": "5000"} if announced else {})
    answer = httpx.Response(200, content=endless(), headers=headers)
    with pytest.raises(Rejected, match="too large"):
        await downloads(lambda _: answer, {}).save("/a", tmp_path / "a.mp4", SECRET, Shares())
    assert sent <= (0 if announced else 400_000)


async def test_a_real_redirect_on_loopback_is_followed_without_the_key(
    client: httpx.AsyncClient, tmp_path: Path
) -> None:
    keys: list[str | None] = []

    async def file(got: Request) -> Response:
        keys.append(got.headers.get("authorization"))
        return Response(b"video", media_type="video/mp4")

    with serving(Starlette(routes=[Route("/a", file)])) as elsewhere:

        async def moved(_: Request) -> Response:
            return RedirectResponse(f"{elsewhere}/a")

        with serving(Starlette(routes=[Route("/a", moved)])) as home:
            there = Downloads(client, httpx.URL(home), 1_000, 5.0)
            await there.save("/a", tmp_path / "a.mp4", SECRET, Shares())
    assert keys == [None]
    assert (tmp_path / "a.mp4").read_bytes() == b"video"
