"""The kill matrix: every provider, every instant, a death or a cut connection; then who paid what.

Where orders can be looked for, a finished scene is paid once. Where they cannot, the rule that an
operator chose holds, and nothing more is ever sent.
"""

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from runtime.objects import LocalObjects
from runtime.work import Done, Outcome
from standins.runway import RunwayStandin
from standins.video_faults import Faults

from tests.adapters.houses import KINDS, house
from tests.component.generator.desk import PATIENCE, Desk
from tests.component.generator.verdicts import dying_at, immortal, paid_once, settled_by_the_rule
from tests.unit.generator.rows import Row

MAKE = (1.0, 6.0)


@pytest.fixture(scope="module", params=KINDS)
def desk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    store = LocalObjects(folder, public_url="http://127.0.0.1", signing_key=b"key")
    with house(request.param) as made:
        yield Desk(made, store)


def right(desk: Desk, row: Row, outcome: Outcome) -> None:
    """What must hold at this provider."""
    if desk.house.name == "runway":
        settled_by_the_rule(desk, row, outcome, 1 + desk.patience.unlisted)
        standin = desk.house.standin
        assert isinstance(standin, RunwayStandin)
    else:
        paid_once(desk, row, outcome)


ALONE: dict[str, dict[str, list[str | None]]] = {
    "half an answer": {"create": ["create_half"]},
    "200 with an error": {"create": ["create_200_error"]},
    "reset before": {"create": ["create_reset_before"] * 2},
    "a request that hangs": {"create": ["create_hang"]},
    "busy": {"create": ["create_429"] * 3, "get": ["get_429"] * 3},
    "a proxy's page": {"get": ["get_garbage"] * 3},
    "an expired file": {"download": ["download_expired"] * 2},
    "no file": {"download": ["download_html", "download_empty"]},
    "a file from elsewhere": {"download": ["download_private"] * 2},
    "a file of 20 GB": {"download": ["download_huge"] * 2},
    "a new status": {"job": ["job_strange"]},
    "no output": {"job": ["job_empty", None]},
}


@pytest.mark.parametrize("script", ALONE.values(), ids=ALONE.keys())
async def test_each_fault_alone(desk: Desk, script: dict[str, list[str | None]]) -> None:
    if not desk.house.vendor:
        return  # the generic API's own faults are in test_paying_once
    row, outcome = await desk.lead(Faults(script=script, make_seconds=MAKE), immortal)
    if script.get("job") == ["job_empty", None]:
        # Done and paid by their books, and there is nothing to fetch: it is ordered once more.
        assert isinstance(outcome, Done)
        assert desk.ledger()["creates"] == 2
        return
    right(desk, row, outcome)


LIVES: dict[str, dict[str, list[str | None]]] = {
    "a good day": {},
    "a lost answer": {"create": ["create_reset_after"]},
    "a lost order": {"create": ["create_500_before"]},
    "a bad day": {"job": ["job_failed"], "download": ["download_truncated"]},
}
MUST = {
    "before a create",
    "after the bytes of a create",
    "after the head of a create",
    "within a create",
    "before a save",
    "after a save",
    "within a download",
    "before the end is stored",
}


@pytest.mark.parametrize("life", LIVES)
async def test_a_death_at_every_instant(desk: Desk, life: str) -> None:
    instants: list[str] = []
    faults = {"script": LIVES[life], "make_seconds": MAKE}
    right(desk, *await desk.lead(Faults.of(faults), dying_at(set(), instants)))
    assert set(instants) >= MUST or life != "a good day"
    for number in range(len(instants)):
        row, outcome = await desk.lead(Faults.of(faults), dying_at({number}, []))
        assert row.deaths == 1
        right(desk, row, outcome)


@pytest.mark.parametrize("life", ["a good day", "a bad day"])
async def test_a_cut_at_every_instant(desk: Desk, life: str) -> None:
    instants: list[str] = []
    faults = {"script": LIVES[life], "make_seconds": MAKE}
    right(desk, *await desk.lead_cut(Faults.of(faults), dying_at(set(), instants)))
    for number in range(len(instants)):
        right(desk, *await desk.lead_cut(Faults.of(faults), dying_at({number}, [])))


@pytest.mark.parametrize("life", ["a lost answer", "a lost order"])
async def test_an_operator_may_have_lost_orders_sent_once_more(desk: Desk, life: str) -> None:
    if desk.house.name != "runway":
        return  # the rule is for those who cannot be asked; the others are as above
    bold = replace(desk, patience=replace(PATIENCE, unlisted=1))
    instants: list[str] = []
    faults = {"script": LIVES[life], "make_seconds": MAKE}
    row, outcome = await bold.lead(Faults.of(faults), dying_at(set(), instants))
    right(bold, row, outcome)
    assert isinstance(outcome, Done)
    for number in range(len(instants)):
        right(bold, *await bold.lead(Faults.of(faults), dying_at({number}, [])))


async def test_nobody_asks_more_often_than_is_allowed(desk: Desk) -> None:
    standin = desk.house.standin
    row, outcome = await desk.lead(
        Faults(
            script={"download": ["download_500"] * 3, "get": ["get_500"]}, make_seconds=(20, 20)
        ),
        immortal,
    )
    right(desk, row, outcome)
    if isinstance(standin, RunwayStandin):
        assert standin.too_often == 0


RATES = {
    "create_429": 0.12,
    "create_500_before": 0.08,
    "create_500_after": 0.08,
    "create_reset_after": 0.1,
    "create_reset_before": 0.05,
    "create_200_error": 0.05,
    "create_half": 0.05,
    "get_500": 0.15,
    "get_429": 0.05,
    "get_garbage": 0.05,
    "download_truncated": 0.1,
    "download_500": 0.1,
    "download_expired": 0.05,
    "download_html": 0.05,
    "download_empty": 0.05,
    "download_private": 0.05,
}

GENERIC = frozenset(
    {
        *("create_429", "create_500_before", "create_500_after", "create_reset_after"),
        *("get_500", "download_truncated", "download_500"),
    }
)
"""What the stand-in of the generic API knows of these."""


@given(seed=st.integers(0, 2**32), failures=st.integers(0, 2))
@settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
async def test_any_faults_and_any_deaths(desk: Desk, seed: int, failures: int) -> None:
    chance = random.Random(seed)
    script: dict[str, list[str | None]] = {"job": ["job_failed"] * failures}
    rates = {n: r for n, r in RATES.items() if desk.house.vendor or n in GENERIC}
    faults = Faults(seed, rates, script, MAKE, list_lag=chance.uniform(0, 5))
    lives = [6]

    def fate(_: str) -> bool:
        dies = lives[0] > 0 and chance.random() < 0.06
        lives[0] -= dies
        return dies

    right(desk, *await desk.lead(faults, fate))
