"""The provider ``http`` and its downloads: against the stand-in, and against hostile answers."""

import json
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from contracts.errors import ErrorCode, FilmError, Rejected, Transient
from contracts.mezzanine import Mezzanine
from generator.adapters.answers import Answer, failure, retry_after, status_of
from generator.adapters.downloads import Downloads
from generator.adapters.http_video import HttpVideo
from generator.adapters.probe import probe
from generator.adapters.wire import Terms
from generator.domain.provider import Phase, SceneRequest, Status
from pydantic import SecretStr
from standins.server import serving
from standins.video import KEY, REFUSED, VideoStandin
from standins.video_faults import Faults
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from tests.adapters import media
from tests.ports import free_port
from tests.unit.generator.making import order, request, ticket
from tests.unit.generator.rows import Clock

Served = tuple[VideoStandin, str]
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
QUICK = Terms(connect=2, create=0.5, read=2, download=5, poll=3)


def now() -> bool:
    """An order may leave."""
    return True


def never() -> bool:
    """An order may not leave any more."""
    return False


class Shares(list[float]):
    """Progress as it was told."""

    async def __call__(self, share: float) -> None:
        self.append(share)


def asked(**changes: Any) -> SceneRequest:
    values: dict[str, Any] = {"frames": 24, "size": (320, 320)}
    return request(**(values | changes))


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    standin = VideoStandin(now=Clock())
    with serving(standin.app) as base:
        yield standin, base


@pytest.fixture(autouse=True)
def nothing_wrong(served: Served) -> None:
    served[0].faults = Faults(make_seconds=(0, 0))


@pytest.fixture
async def client() -> AsyncGenerator[httpx.AsyncClient, None]:
    limits = httpx.Limits(max_keepalive_connections=0)
    async with httpx.AsyncClient(limits=limits, trust_env=False) as made:
        yield made


@pytest.fixture
def provider(served: Served, client: httpx.AsyncClient) -> HttpVideo:
    return HttpVideo(client, served[1], SecretStr(KEY), QUICK, now=lambda: NOW)


def orders(served: Served, token: str) -> int:
    return len(served[0].books.by_token.get(token, []))


async def test_an_order_is_placed_polled_and_fetched(provider: HttpVideo, tmp_path: Path) -> None:
    told = Shares()
    placed = await provider.submit(order(asked(), "whole"), now)
    status = await provider.poll(placed)
    assert (status.phase, status.poll_after, str(status.cost_usd)) == (
        Phase.SUCCEEDED,
        3,
        "0.0400",
    )
    path = tmp_path / "clip.mp4"
    await provider.fetch(replace(placed, output=status.output), path, told)
    found = probe(path)
    assert (found.width, found.height, found.frames, found.fps) == (320, 320, 24, 30)
    assert told[-1] == 1.0
    assert media.complaints(path) == ""


@pytest.mark.parametrize("foreign", [False, True])
async def test_the_stand_ins_clips_are_what_was_asked_for(
    client: httpx.AsyncClient, tmp_path: Path, *, foreign: bool
) -> None:
    standin = VideoStandin(foreign=foreign)
    standin.faults = Faults(make_seconds=(0, 0))
    seen: set[bytes] = set()
    with serving(standin.app) as base:
        provider = HttpVideo(client, base, SecretStr(KEY), QUICK)
        for prompt in ("one", "two"):
            placed = await provider.submit(order(asked(prompt=prompt), prompt), now)
            path = tmp_path / f"{prompt}.mp4"
            await provider.fetch(placed, path, Shares())
            seen.add(path.read_bytes())
    assert len(seen) == 2
    found = probe(tmp_path / "one.mp4")
    kept = set(found.keyframes) >= set(Mezzanine(320, 320, 30).keyframes(24))
    assert (kept, found.sound is None) == (not foreign, foreign)
    assert found.seconds >= 0.8


async def test_an_order_waits_runs_and_ends_by_the_clock(
    served: Served, provider: HttpVideo
) -> None:
    standin = served[0]
    clock = standin.books.now
    assert isinstance(clock, Clock)
    standin.faults = Faults(make_seconds=(10, 10), rates={"job_failed": 1.0})
    placed = await provider.submit(order(asked(), "timed"), now)
    seen: list[Status] = []
    for _ in range(4):
        seen.append(await provider.poll(placed))
        clock.time += 4
    phases = [status.phase for status in seen]
    assert phases == [Phase.QUEUED, Phase.RUNNING, Phase.RUNNING, Phase.FAILED]
    assert "fell over" in seen[-1].message


async def test_a_cancelled_order_says_so(served: Served, provider: HttpVideo) -> None:
    served[0].faults = Faults(make_seconds=(10, 10))
    placed = await provider.submit(order(asked(), "cancelled"), now)
    await provider.cancel(placed)
    assert (await provider.poll(placed)).phase is Phase.CANCELLED


LOST = ["create_500_after", "create_reset_after", "create_hang"]


@pytest.mark.parametrize("fault", LOST)
async def test_a_lost_answer_is_uncertain_and_its_order_is_found(
    served: Served, provider: HttpVideo, fault: str
) -> None:
    served[0].faults = Faults(script={"create": [fault]}, make_seconds=(0, 0), hang_seconds=5)
    with pytest.raises(Transient) as lost:
        await provider.submit(order(asked(), fault), now)
    assert lost.value.code is ErrorCode.PROVIDER_UNCERTAIN
    assert orders(served, fault) == 1
    found = await provider.reconcile(order(asked(), fault))
    assert found is not None
    assert (await provider.poll(found)).phase is Phase.SUCCEEDED


async def test_an_error_before_anything_was_done_is_uncertain_too(
    served: Served, provider: HttpVideo
) -> None:
    served[0].faults = Faults(script={"create": ["create_500_before"]})
    with pytest.raises(Transient) as unknown:
        await provider.submit(order(asked(), "before"), now)
    assert unknown.value.code is ErrorCode.PROVIDER_UNCERTAIN
    assert await provider.reconcile(order(asked(), "before")) is None


async def test_a_new_order_may_be_missing_in_lists_for_a_while(
    served: Served, provider: HttpVideo
) -> None:
    clock = served[0].books.now
    assert isinstance(clock, Clock)
    served[0].faults = Faults(list_lag=5)
    await provider.submit(order(asked(), "lagging"), now)
    assert await provider.reconcile(order(asked(), "lagging")) is None
    clock.time += 5
    assert await provider.reconcile(order(asked(), "lagging")) is not None


async def test_a_busy_server_is_a_clean_refusal_with_its_wait(
    served: Served, provider: HttpVideo
) -> None:
    served[0].faults = Faults(script={"create": ["create_429"]}, retry_after=7)
    with pytest.raises(Transient) as busy:
        await provider.submit(order(asked(), "busy"), now)
    assert (busy.value.code, busy.value.retry_after) == (ErrorCode.PROVIDER_RATE_LIMITED, 7.0)
    assert orders(served, "busy") == 0


async def test_an_order_whose_record_is_old_never_leaves(
    served: Served, provider: HttpVideo
) -> None:
    before = served[0].books.requests["create"]
    with pytest.raises(Transient) as late:
        await provider.submit(order(asked(), "late"), never)
    assert late.value.code is ErrorCode.INTERNAL
    assert served[0].books.requests["create"] == before
    assert (await provider.submit(order(asked(), "late"), now)).request_id


async def test_nobody_at_home_is_a_clean_refusal(client: httpx.AsyncClient) -> None:
    absent = HttpVideo(client, f"http://127.0.0.1:{free_port()}", SecretStr(KEY), QUICK)
    with pytest.raises(Transient) as away:
        await absent.submit(order(asked(), "nobody"), now)
    assert away.value.code is ErrorCode.AI_PROVIDER_FAILURE


async def test_a_wrong_key_is_ours_to_mend(served: Served, client: httpx.AsyncClient) -> None:
    with pytest.raises(Rejected) as refused:
        await HttpVideo(client, served[1], SecretStr("wrong"), QUICK).submit(
            order(asked(), "key"), now
        )
    assert refused.value.code is ErrorCode.PROVIDER_AUTH


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"prompt": f"a hill {REFUSED}"}, ErrorCode.CONTENT_REJECTED),
        ({"prompt": ""}, ErrorCode.INVALID_INPUT),
    ],
)
async def test_what_the_server_refuses_is_not_ordered(
    served: Served, provider: HttpVideo, changes: dict[str, Any], code: ErrorCode
) -> None:
    with pytest.raises(Rejected) as refused:
        await provider.submit(order(asked(**changes), "refused"), now)
    assert refused.value.code is code
    assert orders(served, "refused") == 0
    assert "refused the prompt" not in refused.value.message


@pytest.mark.parametrize("question", ["poll", "reconcile"])
async def test_a_question_that_is_not_answered_may_be_asked_again(
    served: Served, provider: HttpVideo, question: str
) -> None:
    placed = await provider.submit(order(asked(), f"asked-{question}"), now)
    served[0].faults = Faults(script={"get": ["get_500"]})
    questions: dict[str, Callable[[], Any]] = {
        "poll": lambda: provider.poll(placed),
        "reconcile": lambda: provider.reconcile(order(asked(), placed.order.token)),
    }
    with pytest.raises(Transient):
        await questions[question]()
    assert (await provider.poll(placed)).phase is Phase.SUCCEEDED


async def test_an_order_nobody_knows_cannot_be_cancelled(provider: HttpVideo) -> None:
    with pytest.raises(FilmError):
        await provider.cancel(ticket(asked(), "none", "vid/../none"))


@pytest.mark.parametrize("fault", ["download_500", "download_truncated"])
async def test_a_download_goes_wrong_without_harm(
    served: Served, provider: HttpVideo, tmp_path: Path, fault: str
) -> None:
    placed = await provider.submit(order(asked(prompt="down"), fault), now)
    number = served[0].books.requests["download"]
    odd = next(s for s in range(99) if not Faults(seed=s).even(number))
    served[0].faults = Faults(seed=odd, script={"download": [fault]})
    path = tmp_path / "clip.mp4"
    with pytest.raises(Transient) as failed:
        await provider.fetch(placed, path, Shares())
    assert failed.value.code is ErrorCode.AI_PROVIDER_FAILURE
    await provider.fetch(placed, path, Shares())
    assert probe(path).frames == 24


async def test_half_a_file_that_claims_to_be_whole_is_no_video(
    served: Served, provider: HttpVideo, tmp_path: Path
) -> None:
    placed = await provider.submit(order(asked(prompt="half"), "half"), now)
    number = served[0].books.requests["download"]
    even = next(s for s in range(99) if Faults(seed=s).even(number))
    served[0].faults = Faults(seed=even, script={"download": ["download_truncated"]})
    path = tmp_path / "clip.mp4"
    await provider.fetch(placed, path, Shares())
    with pytest.raises(Rejected):
        probe(path)


async def test_the_ledger_counts_what_was_taken(client: httpx.AsyncClient) -> None:
    standin = VideoStandin(now=Clock())
    with serving(standin.app) as base:
        provider = HttpVideo(client, base, SecretStr(KEY), QUICK)
        script = {"create": [None, "create_500_after", "create_429"], "job": ["job_failed"]}
        told = await client.put(f"{base}/_faults", json={"script": script, "make_seconds": [0, 0]})
        assert told.status_code == 204
        for token in ("a", "b", "c"):
            try:
                await provider.submit(order(asked(prompt=f"scene {token}"), token), now)
            except Transient:
                continue
        ledger = (await client.get(f"{base}/_ledger")).json()
    assert ledger["creates"] == 2
    assert ledger["by_token"] == {"a": 1, "b": 1}
    assert ledger["by_prompt"] == {"scene a": 1, "scene b": 1}
    assert ledger["failed_tokens"] == ["a"]
    assert ledger["paid_usd"] == pytest.approx(0.08)


async def test_two_jobs_of_one_prompt_at_once_are_noticed(
    served: Served, provider: HttpVideo
) -> None:
    served[0].faults = Faults(make_seconds=(10, 10))
    await provider.submit(order(asked(prompt="twice"), "twice.1"), now)
    assert "twice" not in served[0].books.ledger()["twice_live"]
    await provider.submit(order(asked(prompt="twice"), "twice.2"), now)
    assert "twice" in served[0].books.ledger()["twice_live"]


@pytest.mark.parametrize(
    "told",
    [{"rates": {"nonsense": 1}}, {"script": {"x": []}}, {"rate": {}}, {"rates": {"get_500": 2}}],
)
async def test_faults_that_mean_nothing_are_refused(
    served: Served, client: httpx.AsyncClient, told: dict[str, Any]
) -> None:
    assert (await client.put(f"{served[1]}/_faults", json=told)).status_code == 422


def test_the_same_seed_draws_the_same_faults() -> None:
    rates = {"create_429": 0.2, "create_hang": 0.3}
    draws = [[f.draw("create") for _ in range(200)] for f in (Faults(5, rates), Faults(5, rates))]
    assert draws[0] == draws[1]
    assert {"create_429", "create_hang", None} == set(draws[0])
    assert 0.3 < draws[0].count(None) / 200 < 0.7


# Hostile answers, without a server.


Handle = Callable[[httpx.Request], httpx.Response]
ELSEWHERE = "https://video.example.com"


def answering(
    handle: Handle, base: str = ELSEWHERE, terms: Terms = QUICK, **more: Any
) -> HttpVideo:
    client = httpx.AsyncClient(transport=httpx.MockTransport(handle), trust_env=False)
    return HttpVideo(client, base, SecretStr("secret-key"), terms, now=lambda: NOW, **more)


TICKET = ticket(asked(), "t", "vid_1")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (httpx.Response(201, text="not json"), ErrorCode.PROVIDER_UNCERTAIN),
        (httpx.Response(201, json={"status": "queued"}), ErrorCode.PROVIDER_UNCERTAIN),
        (httpx.Response(201, json={"id": 7}), ErrorCode.PROVIDER_UNCERTAIN),
        (httpx.Response(201, json=["id"]), ErrorCode.PROVIDER_UNCERTAIN),
        (httpx.Response(302, headers={"location": "/x"}), ErrorCode.PROVIDER_UNCERTAIN),
        (httpx.Response(408), ErrorCode.PROVIDER_UNCERTAIN),
        (httpx.Response(409, json={"id": "vid_1"}), ErrorCode.PROVIDER_UNCERTAIN),
        (httpx.Response(503, headers={"retry-after": "5"}), ErrorCode.PROVIDER_UNCERTAIN),
        (httpx.Response(402), ErrorCode.PROVIDER_CREDITS_EXHAUSTED),
        (httpx.Response(403), ErrorCode.PROVIDER_AUTH),
        (httpx.Response(404), ErrorCode.AI_PROVIDER_FAILURE),
    ],
)
async def test_only_an_answer_that_refuses_is_a_refusal(
    answer: httpx.Response, code: ErrorCode
) -> None:
    with pytest.raises(FilmError) as failed:
        await answering(lambda _: answer).submit(order(asked(), "t"), now)
    assert failed.value.code is code


async def test_a_providers_words_and_our_key_are_not_shown() -> None:
    said = {"error": {"code": "x", "message": "bad secret-key for ACME Corp"}}
    with pytest.raises(Rejected) as refused:
        await answering(lambda _: httpx.Response(422, json=said)).submit(order(asked(), "t"), now)
    assert "ACME" not in refused.value.message
    assert "ACME" in refused.value.detail
    assert "secret-key" not in refused.value.detail


@pytest.mark.parametrize("word", ["in_moderation", "SUCCEEDED!", "", "starting"])
async def test_a_status_nobody_knows_means_still_at_work(word: str) -> None:
    answer = httpx.Response(200, json={"id": "vid_1", "status": word, "progress": "half"})
    status = await answering(lambda _: answer).poll(TICKET)
    assert (status.phase, status.progress, status.cost_usd) == (Phase.RUNNING, 0.0, None)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"status": 3}', b"x" * 2_000_000])
async def test_an_answer_that_says_nothing_is_asked_for_again(body: bytes) -> None:
    with pytest.raises(Transient) as failed:
        await answering(lambda _: httpx.Response(200, content=body)).poll(TICKET)
    assert failed.value.code is ErrorCode.AI_PROVIDER_FAILURE


@pytest.mark.parametrize("body", [{}, {"items": 3}])
async def test_a_list_that_cannot_be_read_finds_nothing_out(body: object) -> None:
    with pytest.raises(Transient):
        await answering(lambda _: httpx.Response(200, json=body)).reconcile(order(asked(), "t"))


async def test_of_several_orders_with_a_token_the_oldest_living_one_is_taken() -> None:
    items = [
        {"id": "other", "client_token": "else", "status": "running"},
        {"id": "dead", "client_token": "t", "status": "failed"},
        {"id": "first", "client_token": "t", "status": "running"},
        {"id": "second", "client_token": "t", "status": "queued"},
    ]
    provider = answering(lambda _: httpx.Response(200, json={"items": items}))
    found = await provider.reconcile(order(asked(), "t"))
    assert found is not None
    assert found.request_id == "first"


@pytest.mark.parametrize(
    ("fields", "share", "cost"),
    [
        ({"progress": 7, "cost_usd": -1}, 1.0, None),
        ({"progress": float("nan"), "cost_usd": float("inf")}, 0.0, None),
        ({"progress": 0.25, "cost_usd": "0.1"}, 0.25, "0.1000"),
        ({"progress": True, "cost_usd": True}, 1.0, None),
    ],
)
def test_numbers_are_believed_within_reason(
    fields: dict[str, Any], share: float, cost: str | None
) -> None:
    status = status_of({"status": "running", **fields}, 5.0, "")
    assert (status.progress, status.cost_usd and str(status.cost_usd)) == (share, cost)


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("12", 12.0),
        ("-3", 0.0),
        (format_datetime(NOW.replace(minute=1), usegmt=True), 60.0),
        ("soon", None),
        ("inf", None),
        (None, None),
    ],
)
def test_how_long_to_wait_is_a_number_or_a_date(header: str | None, wait: float | None) -> None:
    assert retry_after(header, NOW) == wait


def test_a_refused_output_is_told_apart_from_a_broken_one() -> None:
    refused = status_of({"status": "failed", "error": {"code": "output_moderation"}}, 5, "")
    broken = status_of({"status": "failed", "error": "boom"}, 5, "")
    assert refused.code is ErrorCode.CONTENT_REJECTED
    assert broken.code is ErrorCode.AI_PROVIDER_FAILURE


def test_an_unknown_error_can_be_tried_again() -> None:
    assert isinstance(failure(Answer(599, {}, b""), "", lambda: NOW), Transient)


# Where a provider's links may lead.


Names = dict[str, Sequence[str]]
PUBLIC = "93.184.215.14"


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


async def test_the_request_says_what_the_contract_says() -> None:
    seen: list[dict[str, Any]] = []

    def handle(got: httpx.Request) -> httpx.Response:
        seen.append(json.loads(got.content))
        assert got.headers["authorization"] == "Bearer secret-key"
        return httpx.Response(201, json={"id": "vid_1", "status": "queued"})

    for prompt in ("a hill at sunrise", "a hill at sunrise", "another hill"):
        await answering(handle).submit(order(asked(prompt=prompt), "t"), now)
    first, same, other = seen
    assert first == same
    assert first["seed"] != other["seed"]
    assert first | {"seed": 0} == {
        "prompt": "a hill at sunrise",
        "negative_prompt": "",
        "frames": 24,
        "fps": 30,
        "width": 320,
        "height": 320,
        "seed": 0,
        "client_token": "t",
    }
