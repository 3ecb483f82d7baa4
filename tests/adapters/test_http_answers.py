"""What the provider ``http`` makes of answers, hostile ones too, without a server."""

import json
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
from contracts.errors import ErrorCode, FilmError, Rejected, Transient
from generator.adapters.answers import Answer, failure, retry_after, status_of
from generator.domain.provider import Phase

from tests.adapters.video_api import (
    NOW,
    TICKET,
    answering,
    asked,
    now,
)
from tests.unit.generator.making import order


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
