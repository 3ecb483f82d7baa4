"""What only Runway says and wants."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import httpx
import pytest
from contracts.errors import ErrorCode, FilmError
from generator.adapters import runway
from generator.domain.provider import Phase

from tests.adapters.answering import answering, body
from tests.adapters.video_api import now
from tests.unit.generator.making import order, request, ticket

ASKED = order(request(frames=125, size=(1280, 720)), "work.1")
TICKET = ticket(ASKED.request, "work.1", "t1")


async def test_the_request_says_what_the_model_wants() -> None:
    seen: list[httpx.Request] = []

    def handle(got: httpx.Request) -> httpx.Response:
        seen.append(got)
        return httpx.Response(200, json={"id": "t1", "estimatedCost": {"credits": 60}})

    adapter = answering(runway.provider, handle)
    await adapter.submit(ASKED, now)
    tall = replace(ASKED.request, pictures=("data:image/png;base64,AA",), width=720, height=1280)
    await adapter.submit(replace(ASKED, request=tall), now)
    words, picture = seen
    assert words.url.path == "/v1/text_to_video"
    assert words.headers["x-runway-version"] == "2024-11-06"
    assert body(words) == {
        "model": "gen4.5",
        "promptText": "a hill at sunrise",
        "ratio": "1280:720",
        "duration": 5,
    }
    assert picture.url.path == "/v1/image_to_video"
    assert body(picture)["ratio"] == "720:1280"
    assert body(picture)["promptImage"] == "data:image/png;base64,AA"


async def test_a_prompt_is_cut_as_they_count_and_never_within_a_letter() -> None:
    seen: list[httpx.Request] = []

    def handle(got: httpx.Request) -> httpx.Response:
        seen.append(got)
        return httpx.Response(200, json={"id": "t1"})

    long = replace(ASKED.request, prompt="x" + "🎬" * 600)
    await answering(runway.provider, handle).submit(replace(ASKED, request=long), now)
    sent = body(seen[0])["promptText"]
    assert sent == "x" + "🎬" * 499


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (httpx.Response(400, json={"error": "ratio"}), ErrorCode.INVALID_INPUT),
        (
            httpx.Response(400, json={"error": "You do not have enough credits"}),
            ErrorCode.PROVIDER_CREDITS_EXHAUSTED,
        ),
        (httpx.Response(401), ErrorCode.PROVIDER_AUTH),
        (httpx.Response(429), ErrorCode.PROVIDER_RATE_LIMITED),
        (httpx.Response(502), ErrorCode.PROVIDER_UNCERTAIN),
        (httpx.Response(200, json={"error": "boom"}), ErrorCode.PROVIDER_UNCERTAIN),
    ],
)
async def test_what_answers_to_an_order_mean(answer: httpx.Response, code: ErrorCode) -> None:
    with pytest.raises(FilmError) as failed:
        await answering(runway.provider, answer).submit(ASKED, now)
    assert failed.value.code is code


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        ("SAFETY.INPUT.TEXT", ErrorCode.CONTENT_REJECTED),
        ("SAFETY.OUTPUT.VIDEO", ErrorCode.CONTENT_REJECTED),
        ("INPUT_PREPROCESSING.SAFETY.TEXT", ErrorCode.CONTENT_REJECTED),
        ("ASSET.INVALID", ErrorCode.INVALID_INPUT),
        ("INTERNAL.BAD_OUTPUT.CODE01", ErrorCode.AI_PROVIDER_FAILURE),
        ("INPUT_PREPROCESSING.INTERNAL", ErrorCode.AI_PROVIDER_FAILURE),
        ("THIRD_PARTY.UNAVAILABLE", ErrorCode.AI_PROVIDER_FAILURE),
        (None, ErrorCode.AI_PROVIDER_FAILURE),
        ("NEVER.SEEN", ErrorCode.AI_PROVIDER_FAILURE),
    ],
)
async def test_what_failures_mean_and_what_they_really_cost(
    failure: str | None, code: ErrorCode
) -> None:
    fields = {"status": "FAILED", "failureCode": failure, "cost": {"credits": 0}}
    status = await answering(runway.provider, httpx.Response(200, json=fields)).poll(TICKET)
    assert (status.phase, status.code, status.cost_usd) == (Phase.FAILED, code, Decimal(0))


@pytest.mark.parametrize(
    ("fields", "phase", "share"),
    [
        ({"status": "PENDING"}, Phase.QUEUED, 0.0),
        ({"status": "THROTTLED"}, Phase.QUEUED, 0.0),
        ({"status": "RUNNING", "progress": 0.4}, Phase.RUNNING, 0.4),
        ({"status": "UPSCALING"}, Phase.RUNNING, 0.0),
        ({"status": "CANCELLED"}, Phase.CANCELLED, 0.0),
    ],
)
async def test_what_states_mean(fields: dict[str, Any], phase: Phase, share: float) -> None:
    status = await answering(runway.provider, httpx.Response(200, json=fields)).poll(TICKET)
    assert (status.phase, status.progress) == (phase, share)
    assert status.poll_after >= 5.0


async def test_what_a_finished_task_took_is_kept() -> None:
    output = "https://files.example.com/x.mp4"
    fields = {"status": "SUCCEEDED", "output": [output], "cost": {"credits": 60}}
    status = await answering(runway.provider, httpx.Response(200, json=fields)).poll(TICKET)
    assert (status.output, status.cost_usd) == (output, Decimal("0.6"))


async def test_a_task_that_is_gone_is_not_ordered_again_and_may_be_cancelled() -> None:
    adapter = answering(runway.provider, httpx.Response(404))
    with pytest.raises(FilmError) as gone:
        await adapter.poll(TICKET)
    assert gone.value.code is ErrorCode.OUTPUT_EXPIRED
    await adapter.cancel(TICKET)


async def test_a_model_that_needs_a_picture_says_so() -> None:
    can = answering(runway.provider, httpx.Response(200), model="gen4_turbo").capabilities
    assert can.lacks(ASKED.request) == "needs a picture to start from"
    assert can.lacks(replace(ASKED.request, pictures=("https://x",))) is None
    assert can.seconds(ASKED.request) == 5


def test_a_model_that_is_not_listed_is_no_setting() -> None:
    with pytest.raises(ValueError, match="none of"):
        answering(runway.provider, httpx.Response(200), model="gen1")
