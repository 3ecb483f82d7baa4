"""What vendors do wrong beside that: odd answers, odd states, hostile files."""

from pathlib import Path

import pytest
from contracts.errors import ErrorCode, FilmError, Rejected, Transient
from contracts.mezzanine import Mezzanine
from generator.adapters.mezzanine import FfmpegMezzanine
from generator.adapters.probe import probe
from generator.domain.provider import Phase, Ticket
from generator.handlers.ports import VideoProvider
from standins.video import REFUSED
from standins.video_faults import Faults

from tests.adapters.houses import (
    PAID,
    QUICK,
    House,
    creates,
    finished,
    placed,
)
from tests.adapters.test_video_provider import engine, unheard
from tests.adapters.video_api import Shares, now
from tests.unit.generator.rows import Clock

pytestmark = pytest.mark.parametrize("at", PAID, indirect=True)


async def ordered(at: House, its: VideoProvider, clock: Clock, **script: str) -> Ticket:
    at.standin.faults = Faults(
        script={kind: [fault] for kind, fault in script.items()}, make_seconds=(0, 0)
    )
    return await its.submit(placed("-".join(script.values()), clock), now)


@pytest.mark.parametrize("fault", ["create_200_error", "create_reset_before"])
async def test_an_answer_that_is_no_answer_is_uncertain(
    at: House, its: VideoProvider, clock: Clock, fault: str
) -> None:
    with pytest.raises(Transient) as unknown:
        await ordered(at, its, clock, create=fault)
    assert (unknown.value.code, creates(at)) == (ErrorCode.PROVIDER_UNCERTAIN, 0)


async def test_an_empty_account_is_told_apart(at: House, its: VideoProvider, clock: Clock) -> None:
    with pytest.raises(Rejected) as broke:
        await ordered(at, its, clock, create="create_402")
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
    at: House, its: VideoProvider, clock: Clock, fault: str, code: ErrorCode
) -> None:
    status = await its.poll(await ordered(at, its, clock, job=fault))
    assert (status.phase, status.code) == (Phase.FAILED, code)


async def test_a_prompt_the_safety_check_refuses_says_so(
    at: House, its: VideoProvider, clock: Clock
) -> None:
    at.standin.faults = Faults(rates={"job_failed": 1.0}, make_seconds=(0, 0))
    asked = placed("unsafe", clock, prompt=f"a hill {REFUSED}")
    status = await its.poll(await its.submit(asked, now))
    assert (status.phase, status.code) == (Phase.FAILED, ErrorCode.CONTENT_REJECTED)


async def test_a_status_never_seen_before_means_still_at_work(
    at: House, its: VideoProvider, clock: Clock
) -> None:
    at.standin.faults = Faults(script={"job": ["job_strange"]}, make_seconds=(10, 10))
    ticket = await its.submit(placed("strange", clock), now)
    clock.time += 5
    assert (await its.poll(ticket)).phase is Phase.RUNNING
    clock.time += 5
    assert (await its.poll(ticket)).phase is Phase.SUCCEEDED


@pytest.mark.parametrize("fault", ["get_429", "get_garbage"])
async def test_an_answer_that_says_nothing_is_asked_for_again(
    at: House, its: VideoProvider, clock: Clock, fault: str
) -> None:
    with pytest.raises(Transient):
        await its.poll(await ordered(at, its, clock, get=fault))


HOSTILE = [
    ("download_private", ErrorCode.AI_PROVIDER_FAILURE),
    ("download_huge", ErrorCode.AI_PROVIDER_FAILURE),
    ("download_empty", ErrorCode.AI_PROVIDER_FAILURE),
    ("download_expired", ErrorCode.OUTPUT_EXPIRED),
    ("download_500", ErrorCode.AI_PROVIDER_FAILURE),
]


@pytest.mark.parametrize("hostile", HOSTILE, ids=[fault for fault, _ in HOSTILE])
async def test_a_hostile_file_is_not_kept_and_the_next_look_may_bring_a_good_one(
    at: House,
    its: VideoProvider,
    clock: Clock,
    tmp_path: Path,
    hostile: tuple[str, ErrorCode],
) -> None:
    fault, code = hostile
    ticket, _ = await finished(its, await ordered(at, its, clock, download=fault))
    path = tmp_path / "clip.mp4"
    with pytest.raises(FilmError) as failed:
        await its.fetch(ticket, path, Shares())
    assert failed.value.code is code
    assert not path.exists() or path.stat().st_size < QUICK.max_bytes
    again, _ = await finished(its, ticket)
    await its.fetch(again, path, Shares())
    assert probe(path).seconds >= 2.0


async def test_a_page_that_calls_itself_a_film_is_no_video(
    at: House, its: VideoProvider, clock: Clock, tmp_path: Path
) -> None:
    ticket = await ordered(at, its, clock, download="download_html")
    ticket, _ = await finished(its, ticket)
    path = tmp_path / "clip.mp4"
    await its.fetch(ticket, path, Shares())
    with pytest.raises(Rejected) as refused:
        await FfmpegMezzanine(engine()).make(path, tmp_path, Mezzanine(640, 360, 30), 60, unheard)
    assert refused.value.code is ErrorCode.AI_PROVIDER_FAILURE
