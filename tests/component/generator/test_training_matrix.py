"""The kill matrix for trainings: every instant, a death or a cut connection; then who paid what."""

import random
from collections.abc import Iterator

import httpx
import pytest
from contracts.errors import ErrorCode
from contracts.events import CharacterReady
from generator.domain.ledger import State
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from runtime.objects import LocalObjects
from runtime.work import Done, Failed, Outcome, Waiting
from standins.replicate import ReplicateStandin
from standins.server import serving
from standins.video_faults import Faults

from tests.adapters.houses import Door
from tests.component.generator.desk import cut
from tests.component.generator.school import MODEL, Lesson, School
from tests.component.generator.verdicts import dying_at, immortal
from tests.unit.generator.making import FakeKeeper

MAKE = (3.0, 6.0)


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    store = LocalObjects(
        tmp_path_factory.mktemp("school"), public_url="http://127.0.0.1", signing_key=b"key"
    )
    standin = ReplicateStandin()
    door = Door(standin.app)
    with serving(door) as base:
        yield School(standin, door, base, store)


def trained_once(school: School, row: Lesson, outcome: Outcome) -> None:
    """Exactly one training was paid for, and its model is told with what it cost."""
    assert isinstance(outcome, Done), (outcome, row.outcomes)
    (ready,) = outcome.events
    assert isinstance(ready, CharacterReady)
    ledger = school.ledger()
    assert (ledger["creates"], ledger["statuses"]["succeeded"]) == (1, 1)
    assert ledger["by_prompt"] == {MODEL: 1}
    assert ready.model_ref.startswith(f"{MODEL}:")
    assert float(ready.cost_usd) == pytest.approx(ledger["paid_usd"])
    (entry,) = school.log.entries.values()
    assert (entry.state, entry.provider) == (State.SUCCEEDED, "replicate")
    assert entry.cost_usd == ready.cost_usd


def paid_at_most_once(school: School, row: Lesson, outcome: Outcome) -> None:
    """A training that the provider lost is told as such and not paid for again by itself."""
    if isinstance(outcome, Done):
        trained_once(school, row, outcome)
        return
    assert isinstance(outcome, Failed)
    assert outcome.code is ErrorCode.AI_PROVIDER_FAILURE
    assert "first picture" in outcome.message
    assert school.ledger()["creates"] == 1


LIVES: dict[str, dict[str, list[str | None]]] = {
    "a good day": {},
    "a lost answer": {"create": ["create_reset_after"]},
    "a lost order": {"create": ["create_500_before"]},
    "a lost training": {"job": ["job_failed"]},
}
MUST = {
    "before a preparation",
    "before a create",
    "after the bytes of a create",
    "after the head of a create",
    "within a create",
    "before a poll",
    "before a save",
    "after a save",
    "before the end is stored",
}


@pytest.mark.parametrize("life", LIVES)
async def test_a_death_at_every_instant_of_a_training(school: School, life: str) -> None:
    instants: list[str] = []
    faults = {"script": LIVES[life], "make_seconds": MAKE}
    paid_at_most_once(school, *await school.lead(Faults.of(faults), dying_at(set(), instants)))
    assert set(instants) >= MUST or life != "a good day"
    for number in range(len(instants)):
        row, outcome = await school.lead(Faults.of(faults), dying_at({number}, []))
        assert row.deaths == 1
        paid_at_most_once(school, row, outcome)


@pytest.mark.parametrize("life", ["a good day", "a lost answer"])
async def test_a_cut_at_every_instant_of_a_training(school: School, life: str) -> None:
    instants: list[str] = []
    faults = {"script": LIVES[life], "make_seconds": MAKE}
    trained_once(school, *await school.lead(Faults.of(faults), dying_at(set(), instants), cut))
    for number in range(len(instants)):
        trained_once(school, *await school.lead(Faults.of(faults), dying_at({number}, []), cut))


ALONE: dict[str, dict[str, list[str | None]]] = {
    "half an answer": {"create": ["create_half"]},
    "200 with an error": {"create": ["create_200_error"]},
    "a request that hangs": {"create": ["create_hang"]},
    "busy": {"create": ["create_429"] * 3},
    "garbage": {"get": [None, None, None, "get_garbage", "get_500", "get_429"] * 2},
    "a new status": {"job": ["job_strange"]},
}


@pytest.mark.parametrize("script", ALONE.values(), ids=ALONE.keys())
async def test_each_fault_of_a_training_alone(
    school: School, script: dict[str, list[str | None]]
) -> None:
    trained_once(school, *await school.lead(Faults(script=script, make_seconds=MAKE), immortal))


RATES = {
    "create_429": 0.12,
    "create_500_before": 0.1,
    "create_500_after": 0.1,
    "create_reset_after": 0.15,
    "create_half": 0.05,
    "get_500": 0.1,
    "get_429": 0.05,
}


@given(seed=st.integers(0, 2**32))
@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
async def test_any_faults_and_any_deaths_of_a_training(school: School, seed: int) -> None:
    chance = random.Random(seed)
    faults = Faults(seed, RATES, {}, MAKE, list_lag=chance.uniform(0, 5))
    lives = [6]

    def fate(_: str) -> bool:
        dies = lives[0] > 0 and chance.random() < 0.06
        lives[0] -= dies
        return dies

    trained_once(school, *await school.lead(faults, fate))


@pytest.mark.parametrize("lost", [False, True])
async def test_a_cancelled_training_ends_at_its_provider(school: School, *, lost: bool) -> None:
    script: dict[str, list[str | None]] = {"create": ["create_reset_after"]} if lost else {}
    school.open(Faults(script=script, make_seconds=(500.0, 500.0)))
    async with httpx.AsyncClient(trust_env=False) as client:
        row = await school.row(client, FakeKeeper())
        assert isinstance(await row.run(), Waiting)
        undo, keeper = school.undo(client), FakeKeeper(row.keeper.checkpoint)
        for _ in range(20):
            outcome = await undo(row.event, keeper.work(step="undo.train"))
            if isinstance(outcome, Done):
                break
            assert isinstance(outcome, Waiting)
            await keeper.close(outcome)
            school.clock.time += outcome.seconds
    ledger = school.ledger()
    assert (ledger["creates"], ledger["statuses"]["cancelled"]) == (1, 1)
    (entry,) = school.log.entries.values()
    assert (entry.state, entry.code) == (State.GIVEN_UP, ErrorCode.CANCELLED)
