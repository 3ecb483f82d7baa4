"""What only Replicate says and wants."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from contracts.errors import ErrorCode, FilmError, Rejected, Transient
from generator.adapters import replicate
from generator.domain.provider import Phase

from tests.adapters.answering import HOME, answering, body
from tests.adapters.video_api import PUBLIC, Shares, now
from tests.unit.generator.making import order, request, ticket

ASKED = order(request(frames=70, size=(720, 1280)), "work.1", since=1_700_000_000.0)
TICKET = ticket(ASKED.request, "work.1", "p1")


async def test_the_request_says_what_the_model_wants() -> None:
    seen: list[httpx.Request] = []

    def handle(got: httpx.Request) -> httpx.Response:
        seen.append(got)
        return httpx.Response(201, json={"id": "p1", "status": "starting"})

    adapter = answering(replicate.provider, handle)
    await adapter.submit(ASKED, now)
    called_back = replace(ASKED, callback="https://studio.example.com/webhooks/replicate?about=x")
    await adapter.submit(called_back, now)
    pictured = replace(ASKED.request, pictures=("https://pictures.example.com/maya.png",))
    await adapter.submit(replace(ASKED, request=pictured), now)
    plain, hooked, with_picture = map(body, seen)
    assert plain == {
        "version": "bytedance/seedance-1-lite",
        "input": {
            "prompt": "a hill at sunrise",
            "duration": 3,
            "aspect_ratio": "9:16",
            "resolution": "720p",
            "fps": 24,
            "seed": ASKED.seed,
        },
    }
    assert hooked["webhook_events_filter"] == ["start", "completed"]
    assert hooked["webhook"] == called_back.callback
    assert with_picture["input"]["image"] == "https://pictures.example.com/maya.png"
    assert seen[0].headers["authorization"] == "Bearer secret-key"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (httpx.Response(401, json={"detail": "no"}), ErrorCode.PROVIDER_AUTH),
        (httpx.Response(402, json={"detail": "no"}), ErrorCode.PROVIDER_CREDITS_EXHAUSTED),
        (httpx.Response(404, json={"detail": "no"}), ErrorCode.PROVIDER_NOT_CONFIGURED),
        (httpx.Response(422, json={"detail": "no"}), ErrorCode.INVALID_INPUT),
        (httpx.Response(429, json={"detail": "no"}), ErrorCode.PROVIDER_RATE_LIMITED),
        (httpx.Response(500), ErrorCode.PROVIDER_UNCERTAIN),
        (httpx.Response(409), ErrorCode.PROVIDER_UNCERTAIN),
        (httpx.Response(200, json={"error": "boom"}), ErrorCode.PROVIDER_UNCERTAIN),
    ],
)
async def test_what_answers_to_an_order_mean(answer: httpx.Response, code: ErrorCode) -> None:
    with pytest.raises(FilmError) as failed:
        await answering(replicate.provider, answer).submit(ASKED, now)
    assert failed.value.code is code


@pytest.mark.parametrize(
    ("fields", "phase", "code"),
    [
        ({"status": "starting"}, Phase.QUEUED, None),
        ({"status": "processing"}, Phase.RUNNING, None),
        ({"status": "warming"}, Phase.RUNNING, None),
        ({"status": "canceled"}, Phase.CANCELLED, None),
        ({"status": "aborted"}, Phase.FAILED, ErrorCode.SCENE_TIMEOUT),
        ({"status": "failed", "error": "E1001"}, Phase.FAILED, ErrorCode.AI_PROVIDER_FAILURE),
        (
            {"status": "failed", "error": "flagged as sensitive (E005)"},
            Phase.FAILED,
            ErrorCode.CONTENT_REJECTED,
        ),
        (
            {"status": "succeeded", "output": None, "data_removed": True},
            Phase.FAILED,
            ErrorCode.OUTPUT_EXPIRED,
        ),
        ({"status": "succeeded", "output": []}, Phase.FAILED, ErrorCode.AI_PROVIDER_FAILURE),
    ],
)
async def test_what_states_mean(
    fields: dict[str, Any], phase: Phase, code: ErrorCode | None
) -> None:
    status = await answering(replicate.provider, httpx.Response(200, json=fields)).poll(TICKET)
    assert status.phase is phase
    assert code in {None, status.code}
    if fields["status"] == "aborted":
        assert status.cost_usd == 0


@pytest.mark.parametrize(
    "output",
    ["https://a.example.com/x.mp4", ["https://a.example.com/x.mp4"], {"url": "https://a.example.com/x.mp4"}],
)  # fmt: skip
async def test_an_output_has_many_forms(output: object) -> None:
    answer = httpx.Response(200, json={"status": "succeeded", "output": output})
    status = await answering(replicate.provider, answer).poll(TICKET)
    assert (status.phase, status.output) == (Phase.SUCCEEDED, "https://a.example.com/x.mp4")


def row(seed: object, name: str, status: str = "processing") -> dict[str, Any]:
    given = {"seed": seed, "prompt": ASKED.request.prompt}
    return {"id": name, "status": status, "input": given, "data_removed": False}


async def test_orders_are_looked_for_on_every_page_since_a_little_before() -> None:
    seen: list[str] = []

    def handle(got: httpx.Request) -> httpx.Response:
        seen.append(str(got.url))
        if "cursor" in str(got.url):
            rows = [row(ASKED.seed, "new"), row(ASKED.seed, "old"), row(ASKED.seed, "d", "failed")]
            return httpx.Response(200, json={"next": None, "results": rows})
        following = f"{HOME}/v1/predictions?cursor=abc"
        return httpx.Response(200, json={"next": following, "results": [row(1, "x"), {}]})

    found = await answering(replicate.provider, handle).reconcile(ASKED)
    assert found is not None
    assert found.request_id == "old"
    assert "created_after=2023-11-14T22%3A12%3A50" in seen[0]


@pytest.mark.parametrize(
    "answer",
    [
        {"results": [{"id": "p", "input": {}, "data_removed": True}], "next": None},
        {"results": [], "next": "https://evil.example.net/v1/predictions"},
        {"results": "none"},
        {"results": [], "next": f"{HOME}/v1/predictions?cursor=again"},
    ],
    ids=["inputs deleted", "a foreign page", "no list", "no end"],
)
async def test_a_list_that_cannot_show_it_proves_nothing(answer: dict[str, Any]) -> None:
    def handle(got: httpx.Request) -> httpx.Response:
        assert got.url.host == "api.example.com"
        return httpx.Response(200, json=answer)

    with pytest.raises(Transient):
        await answering(replicate.provider, handle).reconcile(ASKED)


@pytest.mark.parametrize(
    ("host", "sent"),
    [("x.replicate.delivery", True), ("replicate.delivery.example.net", False)],
)
async def test_the_token_goes_to_their_own_file_hosts_only(
    tmp_path: Path, host: str, *, sent: bool
) -> None:
    keys: list[str | None] = []

    def handle(got: httpx.Request) -> httpx.Response:
        keys.append(got.headers.get("authorization"))
        return httpx.Response(200, content=b"film", headers={"content-type": "video/mp4"})

    async def resolve(name: str, port: int) -> Sequence[str]:
        return [PUBLIC]

    adapter = answering(replicate.provider, handle)
    adapter = replace(adapter, wire=replace(adapter.wire, resolve=resolve))
    there = replace(TICKET, output=f"https://{host}/x.mp4")
    await adapter.fetch(there, tmp_path / "x.mp4", Shares())
    assert keys == (["Bearer secret-key"] if sent else [None])


async def test_their_words_and_our_key_are_not_shown() -> None:
    answer = httpx.Response(422, json={"detail": "secret-key is wrong for ACME"})
    with pytest.raises(Rejected) as refused:
        await answering(replicate.provider, answer).submit(ASKED, now)
    assert "ACME" in refused.value.detail
    assert "ACME" not in refused.value.message
    assert "secret-key" not in refused.value.detail


def test_a_model_that_is_not_listed_is_no_setting() -> None:
    with pytest.raises(ValueError, match="none of"):
        answering(replicate.provider, httpx.Response(200), model="me/unknown")
