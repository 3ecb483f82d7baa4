"""The provider ``http`` against its stand-in."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from contracts.errors import ErrorCode, FilmError, Rejected, Transient
from generator.adapters.http_video import HttpVideo
from generator.adapters.probe import probe
from generator.domain.provider import Phase, Status
from pydantic import SecretStr
from standins.video import KEY, REFUSED
from standins.video_faults import Faults

from tests.adapters import media
from tests.adapters.video_api import (
    QUICK,
    Served,
    Shares,
    asked,
    never,
    now,
)
from tests.ports import free_port
from tests.unit.generator.making import order, ticket
from tests.unit.generator.rows import Clock


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
