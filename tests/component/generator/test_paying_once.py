"""The real handler and the real adapter against the stand-in: a finished scene is paid for once.

Whatever the provider does wrong and whenever the process dies: of one scene there are never two
orders at work, and there are as many orders as the provider itself lost, and one.
"""

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from contracts.errors import ErrorCode
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from runtime.objects import LocalObjects
from runtime.work import Failed, LeaseLostError
from standins.video_faults import Faults

from tests.adapters.houses import house
from tests.component.generator.desk import PATIENCE, Desk, Fenced, Paused, Wire
from tests.component.generator.verdicts import dying_at, immortal, paid_once
from tests.unit.generator.making import FakeKeeper

MAKE = (1.0, 6.0)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder: Path = tmp_path_factory.mktemp("desk")
    store = LocalObjects(folder, public_url="http://127.0.0.1", signing_key=b"key")
    with house("http") as made:
        yield Desk(made, store)


ALONE: dict[str, dict[str, list[str | None]]] = {
    "429": {"create": ["create_429"] * 3},
    "500 before": {"create": ["create_500_before"] * 2},
    "500 after": {"create": ["create_500_after"]},
    "reset after": {"create": ["create_reset_after"]},
    "hang": {"create": ["create_hang"]},
    "500 on questions": {"get": ["get_500"] * 9},
    "500 on the look": {"create": ["create_500_after"], "get": ["get_500"] * 5},
    "failed": {"job": ["job_failed"] * 2},
    "lost and failed": {"create": ["create_reset_after"] * 2, "job": ["job_failed"]},
    "500 on the file": {"download": ["download_500"] * 3},
    "half a file": {"download": ["download_truncated"] * 5},
}


@pytest.mark.parametrize("script", ALONE.values(), ids=ALONE.keys())
async def test_each_fault_alone(desk: Desk, script: dict[str, list[str | None]]) -> None:
    row, outcome = await desk.lead(Faults(script=script, make_seconds=MAKE), immortal)
    paid_once(desk, row, outcome)


async def test_a_list_that_lags_behind_is_waited_for(desk: Desk) -> None:
    faults = Faults(
        script={"create": ["create_reset_after"]},
        make_seconds=MAKE,
        list_lag=PATIENCE.window - PATIENCE.send,
    )
    paid_once(desk, *await desk.lead(faults, immortal))


async def test_a_provider_that_always_fails_is_paid_so_often_and_no_more(desk: Desk) -> None:
    faults = Faults(rates={"job_failed": 1.0}, make_seconds=MAKE)
    _, outcome = await desk.lead(faults, immortal)
    assert isinstance(outcome, Failed)
    assert outcome.code is ErrorCode.AI_PROVIDER_FAILURE
    assert desk.ledger()["creates"] == PATIENCE.orders


async def test_a_file_that_never_comes_is_not_ordered_again(desk: Desk) -> None:
    faults = Faults(rates={"download_500": 1.0}, make_seconds=MAKE)
    _, outcome = await desk.lead(faults, immortal)
    assert isinstance(outcome, Failed)
    ledger = desk.ledger()
    assert (ledger["creates"], ledger["requests"]["download"]) == (1, PATIENCE.downloads)


LIVES: dict[str, Faults] = {
    "a good day": Faults(make_seconds=MAKE),
    "a lost answer": Faults(script={"create": ["create_reset_after"]}, make_seconds=MAKE),
    "a lost order": Faults(script={"create": ["create_500_before"]}, make_seconds=MAKE),
    "a failed job": Faults(script={"job": ["job_failed"]}, make_seconds=MAKE),
    "a bad download": Faults(script={"download": ["download_truncated"]}, make_seconds=MAKE),
}


@pytest.mark.parametrize("faults", LIVES.values(), ids=LIVES.keys())
async def test_a_death_at_every_instant(desk: Desk, faults: Faults) -> None:
    instants: list[str] = []
    told = {"script": faults.script, "make_seconds": faults.make_seconds}
    paid_once(desk, *await desk.lead(Faults.of(told), dying_at(set(), instants)))
    assert {
        "before a create",
        "after the bytes of a create",
        "before a save",
        "after a save",
        "within a download",
        "before the end is stored",
    } <= set(instants)
    for number in range(len(instants)):
        row, outcome = await desk.lead(Faults.of(told), dying_at({number}, []))
        assert row.deaths == 1
        paid_once(desk, row, outcome)


@pytest.mark.parametrize(
    ("instant", "deaths"),
    [
        ("before a create", 4),
        ("after the head of a create", 1),  # from then on the order is found, not sent
        ("after a save", 4),
        ("within a download", 4),
        ("before the end is stored", 4),
    ],
)
async def test_dying_at_the_same_instant_again_and_again(
    desk: Desk, instant: str, deaths: int
) -> None:
    left = 4

    def fate(at: str) -> bool:
        nonlocal left
        left -= at == instant
        return at == instant and left >= 0

    row, outcome = await desk.lead(Faults(make_seconds=MAKE), fate)
    assert row.deaths == deaths
    paid_once(desk, row, outcome)


@pytest.mark.parametrize("slept", [0.0, PATIENCE.send + 0.1, 600.0])
async def test_a_process_that_slept_through_its_lease_sends_nothing_twice(
    desk: Desk, slept: float
) -> None:
    desk.open(Faults(make_seconds=MAKE))
    wire = Paused(desk.network)
    taking_over = Wire(immortal, desk.network, desk.house.door)
    async with (
        httpx.AsyncClient(transport=wire, trust_env=False) as sleeping,
        httpx.AsyncClient(transport=taking_over, trust_env=False) as awake,
    ):
        first = await desk.row(sleeping, Fenced())
        stopped = asyncio.create_task(first.run())
        await wire.stopped.wait()
        second = await desk.row(awake, FakeKeeper(checkpoint=first.keeper.checkpoint))
        desk.clock.time += slept
        ended = await second.finish() if slept > PATIENCE.window else None
        wire.woken.set()
        with pytest.raises(LeaseLostError):
            await stopped
        paid_once(desk, second, ended or await second.finish())
    assert desk.house.standin.books.requests["create"] == 1


RATES = {
    "create_429": 0.15,
    "create_500_before": 0.1,
    "create_500_after": 0.1,
    "create_reset_after": 0.15,
    "create_hang": 0.03,
    "get_500": 0.25,
    "download_truncated": 0.2,
    "download_500": 0.15,
}


@given(seed=st.integers(0, 2**32), failures=st.integers(0, 2))
@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
async def test_any_faults_and_any_deaths(desk: Desk, seed: int, failures: int) -> None:
    chance = random.Random(seed)
    faults = Faults(
        seed, RATES, {"job": ["job_failed"] * failures}, MAKE, list_lag=chance.uniform(0, 6)
    )
    lives = [8]

    def fate(_: str) -> bool:
        dies = lives[0] > 0 and chance.random() < 0.08
        lives[0] -= dies
        return dies

    row, outcome = await desk.lead(faults, fate)
    paid_once(desk, row, outcome)
    assert len(desk.ledger()["failed_tokens"]) == failures
