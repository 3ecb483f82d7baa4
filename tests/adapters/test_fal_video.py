"""What only fal says and wants."""

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from contracts.errors import ErrorCode, FilmError, Transient
from generator.adapters import fal
from generator.domain.provider import Phase

from tests.adapters.answering import HOME, answering, body
from tests.adapters.video_api import now
from tests.unit.generator.making import order, request, ticket

ASKED = order(request(frames=70, size=(1280, 720)), "work.1", since=1_700_000_000.0)
TICKET = ticket(ASKED.request, "work.1", "r1")
PLACE = "/fal-ai/pika/requests/r1"
FILM = "https://media.example.com/x.mp4"


async def test_the_request_says_what_the_model_wants() -> None:
    seen: list[httpx.Request] = []

    def handle(got: httpx.Request) -> httpx.Response:
        seen.append(got)
        return httpx.Response(200, json={"request_id": "r1", "status": "IN_QUEUE"})

    adapter = answering(fal.provider, handle)
    await adapter.submit(ASKED, now)
    hook = "https://studio.example.com/webhooks/fal?about=v1.x.y"
    pictured = replace(ASKED.request, pictures=("https://pictures.example.com/maya.png",))
    await adapter.submit(replace(ASKED, request=pictured, callback=hook), now)
    words, picture = seen
    assert words.url == f"{HOME}/fal-ai/pika/v2.2/text-to-video"
    assert words.headers["authorization"] == "Key secret-key"
    assert "expiration_duration_seconds" in words.headers["x-fal-object-lifecycle-preference"]
    assert body(words) == {
        "prompt": "a hill at sunrise",
        "negative_prompt": "",
        "aspect_ratio": "16:9",
        "resolution": "720p",
        "duration": 5,
        "seed": ASKED.seed,
    }
    assert picture.url.path == "/fal-ai/pika/v2.2/image-to-video"
    assert parse_qs(picture.url.query.decode())["fal_webhook"] == [hook]
    assert body(picture)["image_url"] == "https://pictures.example.com/maya.png"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (httpx.Response(401), ErrorCode.PROVIDER_AUTH),
        (httpx.Response(403, json={"detail": "no"}), ErrorCode.PROVIDER_AUTH),
        (
            httpx.Response(403, json={"detail": "User is locked. Reason: Exhausted balance."}),
            ErrorCode.PROVIDER_CREDITS_EXHAUSTED,
        ),
        (httpx.Response(404), ErrorCode.PROVIDER_NOT_CONFIGURED),
        (
            httpx.Response(422, json={"detail": [{"type": "content_policy_violation"}]}),
            ErrorCode.CONTENT_REJECTED,
        ),
        (httpx.Response(422, json={"detail": [{"type": "missing"}]}), ErrorCode.INVALID_INPUT),
        (httpx.Response(429), ErrorCode.PROVIDER_RATE_LIMITED),
        (httpx.Response(504), ErrorCode.PROVIDER_UNCERTAIN),
        (httpx.Response(200, json={"error": "boom"}), ErrorCode.PROVIDER_UNCERTAIN),
    ],
)
async def test_what_answers_to_an_order_mean(answer: httpx.Response, code: ErrorCode) -> None:
    with pytest.raises(FilmError) as failed:
        await answering(fal.provider, answer).submit(ASKED, now)
    assert failed.value.code is code


async def test_the_addresses_it_gives_are_used_unless_they_lead_elsewhere() -> None:
    named = {
        "request_id": "r1",
        "status_url": f"{HOME}/other/requests/r1/status",
        "cancel_url": "https://evil.example.net/cancel",
        "response_url": f"{HOME}@evil.example.net/",
    }
    seen: list[str] = []

    def handle(got: httpx.Request) -> httpx.Response:
        seen.append(str(got.url))
        return httpx.Response(202, json={"status": "IN_QUEUE", **named})

    adapter = answering(fal.provider, handle)
    placed = await adapter.submit(ASKED, now)
    assert placed.links == {"status": named["status_url"]}
    await adapter.poll(placed)
    await adapter.cancel(placed)
    assert seen[1:] == [named["status_url"], f"{HOME}{PLACE}/cancel"]


def by_path(answers: dict[str, httpx.Response]) -> Any:
    def handle(got: httpx.Request) -> httpx.Response:
        return answers[got.url.path]

    return handle


def completed(result: httpx.Response, **more: Any) -> dict[str, httpx.Response]:
    status = httpx.Response(200, json={"status": "COMPLETED", **more})
    return {f"{PLACE}/status": status, PLACE: result}


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        (
            completed(httpx.Response(200), error="x", error_type="request_timeout"),
            ErrorCode.SCENE_TIMEOUT,
        ),
        (
            completed(httpx.Response(200), error="x", error_type="runner_disconnected"),
            ErrorCode.AI_PROVIDER_FAILURE,
        ),
        (
            completed(httpx.Response(422, json={"detail": [{"type": "content_policy_violation"}]})),
            ErrorCode.CONTENT_REJECTED,
        ),
        (
            completed(httpx.Response(422, json={"detail": [{"type": "value_error"}]})),
            ErrorCode.INVALID_INPUT,
        ),
        (
            completed(httpx.Response(200, json={"error": "no video was made"})),
            ErrorCode.AI_PROVIDER_FAILURE,
        ),
    ],
)
async def test_completed_is_not_success(
    answers: dict[str, httpx.Response], code: ErrorCode
) -> None:
    status = await answering(fal.provider, by_path(answers)).poll(TICKET)
    assert (status.phase, status.code) == (Phase.FAILED, code)


LIST = "/v1/models/requests/by-endpoint"


async def test_a_result_that_is_gone_is_looked_for_in_the_list() -> None:
    item = {"request_id": "r1", "json_output": {"video": {"url": FILM}}}
    answers = completed(httpx.Response(404)) | {LIST: httpx.Response(200, json={"items": [item]})}
    status = await answering(fal.provider, by_path(answers)).poll(TICKET)
    assert (status.phase, status.output) == (Phase.SUCCEEDED, FILM)


async def test_a_result_that_nobody_has_any_more_is_never_ordered_again_by_itself() -> None:
    answers = completed(httpx.Response(404)) | {LIST: httpx.Response(200, json={"items": []})}
    with pytest.raises(Transient) as gone:
        await answering(fal.provider, by_path(answers)).poll(TICKET)
    assert gone.value.code is ErrorCode.OUTPUT_EXPIRED


async def test_what_is_known_of_an_output_is_not_asked_for_again() -> None:
    def handle(_: httpx.Request) -> httpx.Response:
        raise AssertionError("nothing may be asked")

    status = await answering(fal.provider, handle).poll(replace(TICKET, output=FILM))
    assert (status.phase, status.output) == (Phase.SUCCEEDED, FILM)


async def test_orders_are_looked_for_on_every_page_and_the_oldest_is_taken() -> None:
    seen: list[dict[str, list[str]]] = []

    def item(seed: int, name: str, at: str) -> dict[str, Any]:
        given = {"seed": seed, "prompt": ASKED.request.prompt}
        return {"request_id": name, "sent_at": at, "json_input": given}

    def handle(got: httpx.Request) -> httpx.Response:
        query = parse_qs(got.url.query.decode())
        seen.append(query)
        if "cursor" in query:
            items = [item(ASKED.seed, "second", "b"), item(ASKED.seed, "first", "a")]
            return httpx.Response(200, json={"items": items, "has_more": False})
        more = {"items": [item(1, "x", "a"), 3], "has_more": True, "next_cursor": "c"}
        return httpx.Response(200, json=more)

    found = await answering(fal.provider, handle).reconcile(ASKED)
    assert found is not None
    assert found.request_id == "first"
    assert seen[0]["endpoint_id"] == ["fal-ai/pika/v2.2/text-to-video"]
    assert seen[0]["start"] == ["2023-11-14T22:12:50+00:00"]


@pytest.mark.parametrize(
    "answer", [{"items": 3}, {}, {"items": [], "has_more": True, "next_cursor": "again"}]
)
async def test_a_list_that_cannot_be_read_proves_nothing(answer: dict[str, Any]) -> None:
    with pytest.raises(Transient):
        await answering(fal.provider, httpx.Response(200, json=answer)).reconcile(ASKED)


async def test_a_request_that_is_over_may_be_cancelled() -> None:
    await answering(fal.provider, httpx.Response(400)).cancel(TICKET)


def test_a_model_that_is_not_listed_is_no_setting() -> None:
    with pytest.raises(ValueError, match="none of"):
        answering(fal.provider, httpx.Response(200), model="pika-9")
