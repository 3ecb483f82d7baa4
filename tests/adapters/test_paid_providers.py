"""One behaviour of every paid provider: the real adapter against its stand-in."""

from collections.abc import AsyncGenerator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from contracts.errors import ErrorCode, FilmError, Rejected, Transient
from contracts.mezzanine import Mezzanine
from generator.adapters.mezzanine import FfmpegMezzanine
from generator.adapters.probe import probe
from generator.adapters.wire import Terms
from generator.domain.provider import Order, Phase, Status, Ticket
from generator.handlers.ports import VideoProvider
from standins.video import REFUSED
from standins.video_faults import Faults

from tests.adapters.houses import KINDS, PAID, House, house
from tests.adapters.test_http_video import Shares, never, now
from tests.adapters.test_video_provider import engine, unheard
from tests.ports import free_port
from tests.unit.generator.making import order, request
from tests.unit.generator.rows import Clock

QUICK = Terms(connect=2, create=0.5, read=2, download=5, max_bytes=64 * 1024 * 1024)
OVER = (100.0, 100.0)


@pytest.fixture(scope="module", params=KINDS)
def at(request: pytest.FixtureRequest) -> Iterator[House]:
    with house(request.param) as made:
        yield made


@pytest.fixture
def clock(at: House) -> Clock:
    return at.open(Faults(make_seconds=(0, 0)))


@pytest.fixture
async def client() -> AsyncGenerator[httpx.AsyncClient, None]:
    limits = httpx.Limits(max_keepalive_connections=0)
    async with httpx.AsyncClient(limits=limits, trust_env=False) as made:
        yield made


@pytest.fixture
def provider(at: House, clock: Clock, client: httpx.AsyncClient) -> VideoProvider:
    return at.provider(client, QUICK)


def placed(token: str, clock: Clock, **changes: Any) -> Order:
    values: dict[str, Any] = {"frames": 60, "size": (640, 360)}
    return order(request(**(values | changes)), token, since=clock())


def creates(at: House) -> int:
    return at.standin.books.ledger()["creates"]


def paid(at: House) -> float:
    return at.standin.books.ledger()["paid_usd"]


async def finished(provider: VideoProvider, ticket: Ticket) -> tuple[Ticket, Status]:
    status = await provider.poll(ticket)
    return replace(ticket, output=status.output), status


async def test_an_order_is_placed_polled_fetched_and_fits_the_film(
    at: House, provider: VideoProvider, clock: Clock, tmp_path: Path
) -> None:
    told = Shares()
    asked = placed("whole", clock)
    ticket, status = await finished(provider, await provider.submit(asked, now))
    assert status.phase is Phase.SUCCEEDED
    path = tmp_path / "clip.mp4"
    await provider.fetch(ticket, path, told)
    assert told[-1] == 1.0
    assert probe(path).seconds >= 2.0
    profile = Mezzanine(640, 360, 30)
    fitted = await FfmpegMezzanine(engine()).make(path, tmp_path, profile, 60, unheard)
    assert (probe(fitted).frames, probe(fitted).width) == (60, 640)
    assert creates(at) == 1


async def test_what_a_scene_costs_is_known_before_and_told_after(
    at: House, provider: VideoProvider, clock: Clock
) -> None:
    asked = placed("price", clock)
    estimate = provider.capabilities.price(asked.request)
    status = await provider.poll(await provider.submit(asked, now))
    told = estimate if status.cost_usd is None else status.cost_usd
    assert float(told) == pytest.approx(float(estimate)) == pytest.approx(paid(at))
    assert paid(at) > 0


async def test_an_order_waits_runs_and_ends_by_the_clock(
    at: House, provider: VideoProvider, clock: Clock
) -> None:
    at.standin.faults = Faults(make_seconds=(10, 10))
    ticket = await provider.submit(placed("timed", clock), now)
    seen: list[Status] = []
    for _ in range(4):
        seen.append(await provider.poll(ticket))
        clock.time += 4
    assert [status.phase for status in seen] == [
        Phase.QUEUED,
        Phase.RUNNING,
        Phase.RUNNING,
        Phase.SUCCEEDED,
    ]
    assert all(status.poll_after >= provider.capabilities.rest for status in seen)


LOST = ["create_500_after", "create_reset_after", "create_hang"]
LOST_HALF = [*LOST, "create_half"]


@pytest.mark.parametrize("fault", LOST_HALF)
async def test_a_lost_answer_is_uncertain_and_its_order_is_found_where_orders_are_listed(
    at: House, provider: VideoProvider, clock: Clock, fault: str
) -> None:
    at.standin.faults = Faults(script={"create": [fault]}, make_seconds=(0, 0), hang_seconds=5)
    asked = placed(fault, clock)
    with pytest.raises(Transient) as lost:
        await provider.submit(asked, now)
    assert lost.value.code is ErrorCode.PROVIDER_UNCERTAIN
    assert creates(at) == 1
    found = await provider.reconcile(asked)
    assert (found is not None) is provider.capabilities.can_reconcile
    if found is not None:
        assert (await provider.poll(found)).phase is Phase.SUCCEEDED


async def test_an_order_is_told_from_another_that_asks_for_the_same(
    at: House, provider: VideoProvider, clock: Clock
) -> None:
    if not provider.capabilities.can_reconcile:
        assert await provider.reconcile(placed("any", clock)) is None
        return
    first = await provider.submit(placed("twin.1", clock), now)
    second = await provider.submit(placed("twin.2", clock), now)
    for ticket in (second, first):
        found = await provider.reconcile(ticket.order)
        assert found is not None
        assert found.request_id == ticket.request_id
    assert await provider.reconcile(placed("twin.3", clock)) is None


async def test_an_error_before_anything_was_done_is_uncertain_too(
    at: House, provider: VideoProvider, clock: Clock
) -> None:
    at.standin.faults = Faults(script={"create": ["create_500_before"]})
    asked = placed("before", clock)
    with pytest.raises(Transient) as unknown:
        await provider.submit(asked, now)
    assert unknown.value.code is ErrorCode.PROVIDER_UNCERTAIN
    assert (await provider.reconcile(asked), creates(at)) == (None, 0)


async def test_a_busy_server_is_a_clean_refusal_with_its_wait(
    at: House, provider: VideoProvider, clock: Clock
) -> None:
    at.standin.faults = Faults(script={"create": ["create_429"]}, retry_after=7)
    with pytest.raises(Transient) as busy:
        await provider.submit(placed("busy", clock), now)
    assert (busy.value.code, busy.value.retry_after) == (ErrorCode.PROVIDER_RATE_LIMITED, 7.0)
    assert creates(at) == 0


async def test_an_order_whose_record_is_old_never_leaves(
    at: House, provider: VideoProvider, clock: Clock
) -> None:
    with pytest.raises(Transient) as late:
        await provider.submit(placed("late", clock), never)
    assert late.value.code is ErrorCode.INTERNAL
    assert at.standin.books.requests["create"] == 0
    assert (await provider.submit(placed("late", clock), now)).request_id


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
    at: House, provider: VideoProvider, clock: Clock
) -> None:
    with pytest.raises(Rejected) as refused:
        await provider.submit(placed("empty", clock, prompt=""), now)
    assert (refused.value.code, creates(at)) == (ErrorCode.INVALID_INPUT, 0)


async def test_a_question_that_is_not_answered_may_be_asked_again(
    at: House, provider: VideoProvider, clock: Clock
) -> None:
    ticket = await provider.submit(placed("asked", clock), now)
    at.standin.faults = Faults(script={"get": ["get_500"]})
    with pytest.raises(Transient):
        await provider.poll(ticket)
    assert (await provider.poll(ticket)).phase is Phase.SUCCEEDED


async def test_a_cancelled_order_is_over(at: House, provider: VideoProvider, clock: Clock) -> None:
    at.standin.faults = Faults(make_seconds=OVER)
    ticket = await provider.submit(placed("cancelled", clock), now)
    await provider.cancel(ticket)
    assert (await provider.poll(ticket)).phase in {Phase.CANCELLED, Phase.FAILED}


async def test_the_key_goes_nowhere_it_does_not_belong(
    at: House, provider: VideoProvider, clock: Clock, tmp_path: Path
) -> None:
    ticket, _ = await finished(provider, await provider.submit(placed("file", clock), now))
    await provider.fetch(ticket, tmp_path / "a.mp4", Shares())
    if at.name in {"runway", "pika"}:
        assert at.standin.books.requests["download_with_key"] == 0
    elsewhere = replace(ticket, output="http://10.1.2.3/a.mp4")
    with pytest.raises(Rejected):
        await provider.fetch(elsewhere, tmp_path / "b.mp4", Shares())


# What only the paid stand-ins do wrong.


@pytest.fixture(scope="module", params=PAID)
def paid_at(request: pytest.FixtureRequest) -> Iterator[House]:
    with house(request.param) as made:
        yield made


@pytest.fixture
def its_clock(paid_at: House) -> Clock:
    return paid_at.open(Faults(make_seconds=(0, 0)))


@pytest.fixture
def its(paid_at: House, its_clock: Clock, client: httpx.AsyncClient) -> VideoProvider:
    return paid_at.provider(client, QUICK)


async def ordered(at: House, its: VideoProvider, clock: Clock, **script: str) -> Ticket:
    at.standin.faults = Faults(
        script={kind: [fault] for kind, fault in script.items()}, make_seconds=(0, 0)
    )
    return await its.submit(placed("-".join(script.values()), clock), now)


@pytest.mark.parametrize("fault", ["create_200_error", "create_reset_before"])
async def test_an_answer_that_is_no_answer_is_uncertain(
    paid_at: House, its: VideoProvider, its_clock: Clock, fault: str
) -> None:
    with pytest.raises(Transient) as unknown:
        await ordered(paid_at, its, its_clock, create=fault)
    assert (unknown.value.code, creates(paid_at)) == (ErrorCode.PROVIDER_UNCERTAIN, 0)


async def test_an_empty_account_is_told_apart(
    paid_at: House, its: VideoProvider, its_clock: Clock
) -> None:
    with pytest.raises(Rejected) as broke:
        await ordered(paid_at, its, its_clock, create="create_402")
    assert broke.value.code is ErrorCode.PROVIDER_CREDITS_EXHAUSTED


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("job_failed", ErrorCode.AI_PROVIDER_FAILURE),
        ("job_refused", ErrorCode.CONTENT_REJECTED),
        ("job_empty", ErrorCode.AI_PROVIDER_FAILURE),
    ],
)
async def test_what_is_over_without_a_clip_has_failed(
    paid_at: House, its: VideoProvider, its_clock: Clock, fault: str, code: ErrorCode
) -> None:
    status = await its.poll(await ordered(paid_at, its, its_clock, job=fault))
    assert (status.phase, status.code) == (Phase.FAILED, code)


async def test_a_prompt_the_safety_check_refuses_says_so(
    paid_at: House, its: VideoProvider, its_clock: Clock
) -> None:
    paid_at.standin.faults = Faults(rates={"job_failed": 1.0}, make_seconds=(0, 0))
    asked = placed("unsafe", its_clock, prompt=f"a hill {REFUSED}")
    status = await its.poll(await its.submit(asked, now))
    assert (status.phase, status.code) == (Phase.FAILED, ErrorCode.CONTENT_REJECTED)


async def test_a_status_never_seen_before_means_still_at_work(
    paid_at: House, its: VideoProvider, its_clock: Clock
) -> None:
    paid_at.standin.faults = Faults(script={"job": ["job_strange"]}, make_seconds=(10, 10))
    ticket = await its.submit(placed("strange", its_clock), now)
    its_clock.time += 5
    assert (await its.poll(ticket)).phase is Phase.RUNNING
    its_clock.time += 5
    assert (await its.poll(ticket)).phase is Phase.SUCCEEDED


@pytest.mark.parametrize("fault", ["get_429", "get_garbage"])
async def test_an_answer_that_says_nothing_is_asked_for_again(
    paid_at: House, its: VideoProvider, its_clock: Clock, fault: str
) -> None:
    with pytest.raises(Transient):
        await its.poll(await ordered(paid_at, its, its_clock, get=fault))


HOSTILE = [
    ("download_private", ErrorCode.AI_PROVIDER_FAILURE),
    ("download_huge", ErrorCode.AI_PROVIDER_FAILURE),
    ("download_empty", ErrorCode.AI_PROVIDER_FAILURE),
    ("download_expired", ErrorCode.OUTPUT_EXPIRED),
    ("download_500", ErrorCode.AI_PROVIDER_FAILURE),
]


@pytest.mark.parametrize("hostile", HOSTILE, ids=[fault for fault, _ in HOSTILE])
async def test_a_hostile_file_is_not_kept_and_the_next_look_may_bring_a_good_one(
    paid_at: House,
    its: VideoProvider,
    its_clock: Clock,
    tmp_path: Path,
    hostile: tuple[str, ErrorCode],
) -> None:
    fault, code = hostile
    ticket, _ = await finished(its, await ordered(paid_at, its, its_clock, download=fault))
    path = tmp_path / "clip.mp4"
    with pytest.raises(FilmError) as failed:
        await its.fetch(ticket, path, Shares())
    assert failed.value.code is code
    assert not path.exists() or path.stat().st_size < QUICK.max_bytes
    again, _ = await finished(its, ticket)
    await its.fetch(again, path, Shares())
    assert probe(path).seconds >= 2.0


async def test_a_page_that_calls_itself_a_film_is_no_video(
    paid_at: House, its: VideoProvider, its_clock: Clock, tmp_path: Path
) -> None:
    ticket = await ordered(paid_at, its, its_clock, download="download_html")
    ticket, _ = await finished(its, ticket)
    path = tmp_path / "clip.mp4"
    await its.fetch(ticket, path, Shares())
    with pytest.raises(Rejected) as refused:
        await FfmpegMezzanine(engine()).make(path, tmp_path, Mezzanine(640, 360, 30), 60, unheard)
    assert refused.value.code is ErrorCode.AI_PROVIDER_FAILURE
