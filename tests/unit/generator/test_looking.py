"""When orders are looked at: rarely, near their expected end often, and never in a crowd."""

from dataclasses import replace
from pathlib import Path

import pytest
from generator.domain.attempt import Attempt
from generator.domain.looking import ENOUGH, FAR, HEARD, LATE, Pace, Usual, pause
from generator.domain.provider import Phase, Status
from generator.handlers.job import Job
from generator.handlers.looks import MISSED, Looks
from hypothesis import given
from hypothesis import strategies as st
from runtime.objects import LocalObjects

from tests.unit.generator.making import FakeKeeper, FakeProvider, plan, planned, scene

QUICK = Pace(floor=2.0)
USUAL = Usual(60.0, 90.0)


def out(at: float = 0.0) -> Attempt:
    return Attempt.first("a", "row", "0" * 64).sending(at).taken("order")


@pytest.fixture
async def job(tmp_path: Path) -> Job:
    store = LocalObjects(tmp_path, public_url="http://127.0.0.1", signing_key=b"key")
    made, provider = plan(scene()), FakeProvider()
    event = await planned(store, made)
    return Job.of(event, FakeKeeper().work(), made, {"animatic": provider}, lambda: 0.0)


@pytest.mark.parametrize(
    ("age", "seconds"), [(0.0, 2.0), (50.0, 5.0), (9_000.0, LATE)], ids=["new", "old", "very old"]
)
def test_an_old_order_is_looked_at_less_often(age: float, seconds: float) -> None:
    assert pause(age, None, QUICK, 0.5) == seconds


@pytest.mark.parametrize(
    ("age", "seconds"),
    [(0.0, FAR), (40.0, 8.0), (60.0, 3.0), (90.0, 4.5), (100.0, 10.0)],
    ids=["far", "soon", "at its soonest", "at its latest", "late"],
)
def test_near_its_expected_end_an_order_is_looked_at_often(age: float, seconds: float) -> None:
    assert pause(age, USUAL, QUICK, 0.5) == pytest.approx(seconds)


def test_where_webhooks_come_looks_are_rare() -> None:
    hears = Pace(floor=2.0, hears=True)
    assert pause(0.0, USUAL, hears, 0.5) == USUAL.late
    assert pause(80.0, USUAL, hears, 0.5) == HEARD
    assert pause(0.0, Usual(900, 900), hears, 0.5) == 2 * HEARD


def looks_while_at_work(seconds: float, usual: Usual | None, pace: Pace) -> tuple[int, float]:
    """How many looks an order takes, and how late its end is seen."""
    age, looks = 0.0, 0
    while age < seconds:
        age += pause(age, usual, pace, 0.5)
        looks += 1
    return looks, age - seconds


@pytest.mark.parametrize("seconds", [6.0, 30.0, 60.0, 75.0, 90.0])
def test_an_end_that_was_expected_is_seen_soon_and_at_little_cost(seconds: float) -> None:
    usual = Usual(0.9 * seconds, 1.2 * seconds)
    looks, late = looks_while_at_work(seconds, usual, QUICK)
    assert late <= max(2.0, seconds / 20)
    assert looks <= 12


@given(
    age=st.floats(0, 1e5),
    soon=st.floats(0, 1e4),
    more=st.floats(0, 1e4),
    floor=st.floats(0.1, 400),
    crowd=st.floats(0, 1e3),
    hears=st.booleans(),
    chance=st.floats(0, 1, exclude_max=True),
)
def test_looks_keep_to_the_providers_pace_and_the_crowds_and_never_stop(
    *, age: float, soon: float, more: float, floor: float, crowd: float, hears: bool, chance: float
) -> None:
    for usual in (None, Usual(soon, soon + more)):
        seconds = pause(age, usual, Pace(floor, crowd, hears), chance)
        assert seconds >= max(floor, 0.85 * crowd)
        assert seconds <= max(floor, 1.15 * max(crowd, 2 * HEARD))


def test_what_is_usual_is_learned_from_enough_orders_only() -> None:
    assert Usual.of([1.0] * (ENOUGH - 1)) is None
    assert Usual.of([5.0, 1.0, 3.0]) == Usual(1.0, 5.0)
    assert Usual.of([float(n) for n in range(41)]) == Usual(4.0, 36.0)


def test_what_was_learned_follows_a_provider_that_becomes_quicker(job: Job) -> None:
    looks, made, now = Looks(chance=lambda: 0.5), 0.0, 0.0
    for took in (100.0, 10.0):
        for _ in range(60):
            attempt, begun = out(now), now
            while now - begun < took:
                seconds = looks.pause(job, attempt, Status(Phase.RUNNING, poll_after=2.0), now)
                attempt = attempt.due(now, seconds)
                now += seconds
            looks.looked(job, attempt, Phase.SUCCEEDED, now)
            made = now - begun
    assert made <= 12.5


async def test_the_more_orders_are_out_the_rarer_each_is_looked_at(job: Job) -> None:
    status, seconds = Status(Phase.RUNNING, poll_after=2.0), list[float]()
    for crowd in (0, 600, 2_000):
        looks = Looks(per_second=30.0, crowd=lambda _, n=crowd: n, chance=lambda: 0.5)
        seconds.append(looks.pause(job, out(), status, 1.0))
    assert seconds == [2.0, 20.0, pytest.approx(2_000 / 30)]


def hooked(job: Job) -> Looks:
    provider = job.provider
    assert isinstance(provider, FakeProvider)
    provider.capabilities = replace(provider.capabilities, hook="fake")
    return Looks(chance=lambda: 0.5)


def seconds_of(looks: Looks, job: Job) -> float:
    return looks.pause(job, out(), Status(Phase.RUNNING, poll_after=2.0), 1.0)


async def test_webhooks_are_relied_upon_once_they_have_come(job: Job) -> None:
    looks = hooked(job)
    assert seconds_of(looks, job) < HEARD
    looks.looked(job, out().due(1.0, 20.0), Phase.RUNNING, 5.0)
    assert seconds_of(looks, job) >= HEARD


async def test_webhooks_that_stop_coming_are_not_relied_upon(job: Job) -> None:
    looks = hooked(job)
    looks.looked(job, out().due(1.0, 20.0), Phase.SUCCEEDED, 5.0)
    for _ in range(MISSED):
        assert looks.hears(job.name)
        looks.looked(job, out().due(1.0, 20.0), Phase.SUCCEEDED, 21.0)
    assert not looks.hears(job.name)


async def test_a_look_at_work_that_no_webhook_brought_about_says_nothing(job: Job) -> None:
    looks = hooked(job)
    looks.looked(job, out().due(1.0, 20.0), Phase.SUCCEEDED, 5.0)
    for _ in range(9):
        looks.looked(job, out().due(1.0, 20.0), Phase.RUNNING, 21.0)
    assert looks.hears(job.name)


@pytest.mark.parametrize(("seen", "took"), [(None, 60.0), (50.0, 55.0)])
async def test_an_end_counts_as_in_the_middle_between_two_looks(
    job: Job, seen: float | None, took: float
) -> None:
    looks, attempt = Looks(chance=lambda: 0.5), out()
    if seen is not None:
        attempt = attempt.due(seen, 10.0)
    for _ in range(ENOUGH):
        looks.looked(job, attempt, Phase.SUCCEEDED, 60.0)
    status = Status(Phase.RUNNING, poll_after=2.0)
    assert looks.pause(job, out(), status, 0.8 * took - 5.0) == pytest.approx(5.0)


async def test_only_clips_that_were_made_tell_how_long_one_takes(job: Job) -> None:
    looks = Looks(chance=lambda: 0.5)
    for phase in (Phase.FAILED, Phase.CANCELLED, Phase.RUNNING):
        for _ in range(ENOUGH):
            looks.looked(job, out(), phase, 400.0)
    for _ in range(ENOUGH):
        looks.looked(job, out().done("https://clips/1"), Phase.SUCCEEDED, 400.0)
    assert seconds_of(looks, job) == 2.0
