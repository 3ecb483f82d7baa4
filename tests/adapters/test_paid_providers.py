"""One behaviour of every paid provider: the real adapter against its stand-in."""

from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from contracts.errors import ErrorCode, Rejected, Transient
from contracts.mezzanine import Mezzanine
from generator.adapters.mezzanine import FfmpegMezzanine
from generator.adapters.probe import probe
from generator.domain.provider import Phase, Status
from generator.handlers.ports import VideoProvider
from standins.video_faults import Faults

from tests.adapters.houses import (
    KINDS,
    QUICK,
    House,
    creates,
    finished,
    paid,
    placed,
)
from tests.adapters.test_video_provider import engine, unheard
from tests.adapters.video_api import Shares, never, now
from tests.ports import free_port
from tests.unit.generator.rows import Clock

OVER = (100.0, 100.0)
pytestmark = pytest.mark.parametrize("at", KINDS, indirect=True)


async def test_an_order_is_placed_polled_fetched_and_fits_the_film(
    at: House, its: VideoProvider, clock: Clock, tmp_path: Path
) -> None:
    told = Shares()
    asked = placed("whole", clock)
    ticket, status = await finished(its, await its.submit(asked, now))
    assert status.phase is Phase.SUCCEEDED
    path = tmp_path / "clip.mp4"
    await its.fetch(ticket, path, told)
    assert told[-1] == 1.0
    assert probe(path).seconds >= 2.0
    profile = Mezzanine(640, 360, 30)
    fitted = await FfmpegMezzanine(engine()).make(path, tmp_path, profile, 60, unheard)
    assert (probe(fitted).frames, probe(fitted).width) == (60, 640)
    assert creates(at) == 1


async def test_what_a_scene_costs_is_known_before_and_told_after(
    at: House, its: VideoProvider, clock: Clock
) -> None:
    asked = placed("price", clock)
    estimate = its.capabilities.price(asked.request)
    status = await its.poll(await its.submit(asked, now))
    told = estimate if status.cost_usd is None else status.cost_usd
    assert float(told) == pytest.approx(float(estimate)) == pytest.approx(paid(at))
    assert paid(at) > 0


async def test_an_order_waits_runs_and_ends_by_the_clock(
    at: House, its: VideoProvider, clock: Clock
) -> None:
    at.standin.faults = Faults(make_seconds=(10, 10))
    ticket = await its.submit(placed("timed", clock), now)
    seen: list[Status] = []
    for _ in range(4):
        seen.append(await its.poll(ticket))
        clock.time += 4
    assert [status.phase for status in seen] == [
        Phase.QUEUED,
        Phase.RUNNING,
        Phase.RUNNING,
        Phase.SUCCEEDED,
    ]
    assert all(status.poll_after >= its.capabilities.rest for status in seen)


LOST = ["create_500_after", "create_reset_after", "create_hang"]
LOST_HALF = [*LOST, "create_half"]


@pytest.mark.parametrize("fault", LOST_HALF)
async def test_a_lost_answer_is_uncertain_and_its_order_is_found_where_orders_are_listed(
    at: House, its: VideoProvider, clock: Clock, fault: str
) -> None:
    at.standin.faults = Faults(script={"create": [fault]}, make_seconds=(0, 0), hang_seconds=5)
    asked = placed(fault, clock)
    with pytest.raises(Transient) as lost:
        await its.submit(asked, now)
    assert lost.value.code is ErrorCode.PROVIDER_UNCERTAIN
    assert creates(at) == 1
    found = await its.reconcile(asked)
    assert (found is not None) is its.capabilities.can_reconcile
    if found is not None:
        assert (await its.poll(found)).phase is Phase.SUCCEEDED


async def test_an_order_is_told_from_another_that_asks_for_the_same(
    at: House, its: VideoProvider, clock: Clock
) -> None:
    if not its.capabilities.can_reconcile:
        assert await its.reconcile(placed("any", clock)) is None
        return
    first = await its.submit(placed("twin.1", clock), now)
    second = await its.submit(placed("twin.2", clock), now)
    for ticket in (second, first):
        found = await its.reconcile(ticket.order)
        assert found is not None
        assert found.request_id == ticket.request_id
    assert await its.reconcile(placed("twin.3", clock)) is None


async def test_an_error_before_anything_was_done_is_uncertain_too(
    at: House, its: VideoProvider, clock: Clock
) -> None:
    at.standin.faults = Faults(script={"create": ["create_500_before"]})
    asked = placed("before", clock)
    with pytest.raises(Transient) as unknown:
        await its.submit(asked, now)
    assert unknown.value.code is ErrorCode.PROVIDER_UNCERTAIN
    assert (await its.reconcile(asked), creates(at)) == (None, 0)


async def test_a_busy_server_is_a_clean_refusal_with_its_wait(
    at: House, its: VideoProvider, clock: Clock
) -> None:
    at.standin.faults = Faults(script={"create": ["create_429"]}, retry_after=7)
    with pytest.raises(Transient) as busy:
        await its.submit(placed("busy", clock), now)
    assert (busy.value.code, busy.value.retry_after) == (ErrorCode.PROVIDER_RATE_LIMITED, 7.0)
    assert creates(at) == 0


async def test_an_order_whose_record_is_old_never_leaves(
    at: House, its: VideoProvider, clock: Clock
) -> None:
    with pytest.raises(Transient) as late:
        await its.submit(placed("late", clock), never)
    assert late.value.code is ErrorCode.INTERNAL
    assert at.standin.books.requests["create"] == 0
    assert (await its.submit(placed("late", clock), now)).request_id


async def test_nobody_at_home_is_a_clean_refusal(
    at: House, client: httpx.AsyncClient, clock: Clock
) -> None:
    absent = at.provider(client, QUICK, base=f"http://127.0.0.1:{free_port()}")
    with pytest.raises(Transient) as away:
        await absent.submit(placed("nobody", clock), now)
    assert away.value.code is ErrorCode.AI_PROVIDER_FAILURE


async def test_a_wrong_key_is_ours_to_mend(
    at: House, client: httpx.AsyncClient, clock: Clock
) -> None:
    with pytest.raises(Rejected) as refused:
        await at.provider(client, QUICK, key="wrong").submit(placed("key", clock), now)
    assert refused.value.code is ErrorCode.PROVIDER_AUTH
    assert "wrong" not in f"{refused.value.message} {refused.value}"


async def test_what_is_not_valid_is_refused_and_not_ordered(
    at: House, its: VideoProvider, clock: Clock
) -> None:
    with pytest.raises(Rejected) as refused:
        await its.submit(placed("empty", clock, prompt=""), now)
    assert (refused.value.code, creates(at)) == (ErrorCode.INVALID_INPUT, 0)


async def test_a_question_that_is_not_answered_may_be_asked_again(
    at: House, its: VideoProvider, clock: Clock
) -> None:
    ticket = await its.submit(placed("asked", clock), now)
    at.standin.faults = Faults(script={"get": ["get_500"]})
    with pytest.raises(Transient):
        await its.poll(ticket)
    assert (await its.poll(ticket)).phase is Phase.SUCCEEDED


async def test_a_cancelled_order_is_over(at: House, its: VideoProvider, clock: Clock) -> None:
    at.standin.faults = Faults(make_seconds=OVER)
    ticket = await its.submit(placed("cancelled", clock), now)
    await its.cancel(ticket)
    assert (await its.poll(ticket)).phase in {Phase.CANCELLED, Phase.FAILED}


async def test_the_key_goes_nowhere_it_does_not_belong(
    at: House, its: VideoProvider, clock: Clock, tmp_path: Path
) -> None:
    ticket, _ = await finished(its, await its.submit(placed("file", clock), now))
    await its.fetch(ticket, tmp_path / "a.mp4", Shares())
    if at.name in {"runway", "pika"}:
        assert at.standin.books.requests["download_with_key"] == 0
    elsewhere = replace(ticket, output="http://10.1.2.3/a.mp4")
    with pytest.raises(Rejected):
        await its.fetch(elsewhere, tmp_path / "b.mp4", Shares())
