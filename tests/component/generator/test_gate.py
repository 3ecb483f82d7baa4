"""The gate for paid orders, on the database: one truth for all replicas."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest
from contracts.errors import ErrorCode, Rejected
from generator.adapters.attempts import PostgresAttempts
from generator.adapters.gate import PostgresGate
from generator.adapters.watching import BREAKER, IN_FLIGHT, GateWatch
from generator.domain.budget import Caps
from generator.domain.ledger import Entry, State
from generator.domain.routing import Blocked, Breaking, Limits, Why
from generator.handlers.ports import Gate
from runtime.db import Database

from tests.component.generator.test_attempts import ENTRY
from tests.conftest import TestDatabase
from tests.unit.generator.gates import FakeGate
from tests.unit.generator.making import FakeAttemptLog

NOW = 1_700_000_000.0
PRICE = Decimal("0.25")
MANY = 60
BREAKING = Breaking(failures=2, rest=60, probe=100)
OUTAGE = ErrorCode.AI_PROVIDER_FAILURE


@pytest.fixture
async def db(database: TestDatabase) -> AsyncGenerator[Database, None]:
    made = Database(database.dsn("generator"), 8)
    await made.open()
    yield made
    await made.close()


def entry(number: int, **changes: object) -> Entry:
    return replace(ENTRY, token=f"row-{number}.1", ordered_at=NOW, **changes)  # type: ignore[arg-type]


async def outcome(gate: Gate, one: Entry, now: float = NOW) -> str:
    try:
        blocked = await gate.admit(one, PRICE, now)
    except Rejected as error:
        return error.code
    return "left" if blocked is None else blocked.why


async def rush(*gates: Gate, jobs: int = 1) -> list[str]:
    """Many orders of one user at the same time, through several replicas' gates."""
    return await asyncio.gather(
        *(
            outcome(gates[n % len(gates)], entry(n, job_id=UUID(int=n % jobs + 1)))
            for n in range(MANY)
        )
    )


@pytest.mark.parametrize(
    ("caps", "jobs", "fits"),
    [
        (Caps(job=Decimal("2.60")), 1, 10),
        (Caps(day=Decimal("2.60")), 6, 10),
        (Caps(job=Decimal("0.50"), day=Decimal(2)), 6, 8),
        (Caps(), 1, MANY),
    ],
)
async def test_a_budget_is_not_overrun_however_many_ask_at_once(
    db: Database, caps: Caps, jobs: int, fits: int
) -> None:
    said = await rush(PostgresGate(db, caps=caps), PostgresGate(db, caps=caps), jobs=jobs)
    assert said.count("left") == fits
    assert said.count(ErrorCode.BUDGET_EXCEEDED) == MANY - fits
    reserved = await db.fetchval("select sum(reserved_usd) from generator.attempts")
    assert reserved == PRICE * fits


async def test_a_films_own_budget_holds_beside_ours_over_all_providers(db: Database) -> None:
    gates = [PostgresGate(db, caps=Caps(day=Decimal(100))) for _ in range(2)]

    async def ask(number: int) -> str:
        one = entry(number, provider=("runway", "pika")[number % 2])
        try:
            await gates[number % 2].admit(one, PRICE, NOW, Decimal("1.30"))
        except Rejected as error:
            return f"{error.code} {error.message}"
        return "left"

    said = await asyncio.gather(*map(ask, range(MANY)))
    assert said.count("left") == 5
    refused = [words for words in said if words != "left"]
    assert all("$1.25 of $1.30 of your budget for this film" in words for words in refused)


async def test_no_more_orders_are_out_at_once_than_the_account_allows(db: Database) -> None:
    limits = {ENTRY.provider: Limits(in_flight=7)}
    said = await rush(PostgresGate(db, limits), PostgresGate(db, limits))
    assert (said.count("left"), said.count(Why.FULL)) == (7, MANY - 7)


async def test_an_account_is_asked_no_faster_than_it_allows(db: Database) -> None:
    limits = {ENTRY.provider: Limits(per_minute=60, burst=5)}
    gate = PostgresGate(db, limits)
    said = await rush(gate, PostgresGate(db, limits))
    assert (said.count("left"), said.count(Why.RATE)) == (5, MANY - 5)
    later = [await outcome(gate, entry(100 + n), NOW + 2.5) for n in range(4)]
    assert later == ["left", "left", Why.RATE, Why.RATE]


async def test_what_was_paid_replaces_what_was_reserved(db: Database) -> None:
    gate, log = PostgresGate(db, caps=Caps(job=Decimal("0.50"))), PostgresAttempts(db)
    one, two, three = entry(1), entry(2), entry(3)
    assert [await outcome(gate, one), await outcome(gate, two)] == ["left", "left"]
    assert await outcome(gate, three) == ErrorCode.BUDGET_EXCEEDED
    await log.record(replace(one, state=State.SUCCEEDED, cost_usd=Decimal("0.10")))
    assert await outcome(gate, three) == ErrorCode.BUDGET_EXCEEDED
    await log.record(replace(two, state=State.REFUSED))
    assert await outcome(gate, three) == "left"


async def test_an_order_that_may_have_been_paid_keeps_its_price(db: Database) -> None:
    gate, log = PostgresGate(db, caps=Caps(job=Decimal("0.30"))), PostgresAttempts(db)
    await outcome(gate, entry(1))
    await log.record(entry(1, state=State.GIVEN_UP))
    assert await outcome(gate, entry(2)) == ErrorCode.BUDGET_EXCEEDED


async def test_a_new_day_and_another_user_have_budgets_of_their_own(db: Database) -> None:
    gate = PostgresGate(db, caps=Caps(day=Decimal("0.30")))
    assert await outcome(gate, entry(1)) == "left"
    assert await outcome(gate, entry(2)) == ErrorCode.BUDGET_EXCEEDED
    assert await outcome(gate, entry(3, user_id=UUID(int=99))) == "left"
    tomorrow = NOW + 86_400
    assert await outcome(gate, replace(entry(4), ordered_at=tomorrow), tomorrow) == "left"


async def test_an_order_is_let_through_again_as_itself(db: Database) -> None:
    limits = {ENTRY.provider: Limits(in_flight=1)}
    gate = PostgresGate(db, limits, Caps(job=PRICE))
    assert [await outcome(gate, entry(1)) for _ in range(3)] == ["left"] * 3
    assert await outcome(gate, entry(2)) == Why.FULL


async def test_what_never_left_is_free_again_and_what_did_is_not(db: Database) -> None:
    gate, log = PostgresGate(db), PostgresAttempts(db)
    await gate.admit(entry(1), PRICE, NOW)
    await gate.admit(entry(2), PRICE, NOW)
    await log.record(entry(2, state=State.TAKEN))
    await gate.release(ENTRY.job_id, ENTRY.scene_index)
    rows = await db.fetch("select state from generator.attempts order by token")
    assert [row["state"] for row in rows] == ["refused", "taken"]


@pytest.mark.parametrize("real", [False, True])
async def test_a_breaker_opens_lets_one_try_and_closes(db: Database, *, real: bool) -> None:
    fake = FakeGate(FakeAttemptLog(), breaking=BREAKING)
    gate: Gate = PostgresGate(db, breaking=BREAKING) if real else fake
    name = ENTRY.provider

    async def ill(token: str, now: float) -> Blocked | None:
        return (await gate.health([name], token, now)).get(name)

    assert await outcome(gate, entry(1)) == "left"
    await gate.failed(name, OUTAGE, NOW)
    assert await ill("row-2.1", NOW) is None
    await gate.failed(name, OUTAGE, NOW)
    assert await ill("row-2.1", NOW) == Blocked(Why.OPEN, 60.0, OUTAGE)
    assert await outcome(gate, entry(2), NOW + 59) == Why.OPEN
    assert await outcome(gate, entry(2), NOW + 60) == "left"
    assert await outcome(gate, entry(3), NOW + 60) == Why.PROBED
    assert await outcome(gate, entry(2), NOW + 61) == "left"
    await gate.worked(name, finished=False)
    assert await outcome(gate, entry(3), NOW + 62) == Why.PROBED
    assert await outcome(gate, entry(3), NOW + 162) == "left"
    await gate.failed(name, OUTAGE, NOW + 163)
    assert await outcome(gate, entry(4), NOW + 164) == Why.OPEN
    await gate.worked(name, finished=True)
    assert await outcome(gate, entry(4), NOW + 165) == "left"


@pytest.mark.parametrize("real", [False, True])
async def test_a_refused_account_opens_at_once_and_is_well_when_it_takes_one(
    db: Database, *, real: bool
) -> None:
    gate: Gate = PostgresGate(db) if real else FakeGate(FakeAttemptLog())
    await gate.failed(ENTRY.provider, ErrorCode.PROVIDER_AUTH, NOW)
    assert await outcome(gate, entry(1)) == Why.OPEN
    assert await outcome(gate, entry(1), NOW + 60) == "left"
    await gate.worked(ENTRY.provider, finished=False)
    assert await outcome(gate, entry(2), NOW + 61) == "left"


async def test_only_one_of_many_tries_an_ill_provider(db: Database) -> None:
    gates = [PostgresGate(db, breaking=BREAKING) for _ in range(2)]
    await gates[0].failed(ENTRY.provider, ErrorCode.PROVIDER_AUTH, NOW - 60)
    said = await rush(*gates)
    assert (said.count("left"), said.count(Why.PROBED)) == (1, MANY - 1)


@pytest.mark.parametrize("real", [False, True])
async def test_a_paused_account_is_left_alone(db: Database, *, real: bool) -> None:
    gate: Gate = PostgresGate(db) if real else FakeGate(FakeAttemptLog())
    await gate.pause(ENTRY.provider, NOW + 30)
    blocked = await gate.admit(entry(1), PRICE, NOW)
    assert blocked == Blocked(Why.PAUSED, 30.0)
    assert await outcome(gate, entry(1), NOW + 30) == "left"


async def test_gauges_tell_what_all_replicas_see(db: Database) -> None:
    gate = PostgresGate(db)
    await gate.admit(entry(1), PRICE, NOW)
    await gate.failed("pika", ErrorCode.PROVIDER_AUTH, NOW)
    await gate.failed("http", ErrorCode.PROVIDER_AUTH, 4_000_000_000.0)
    await GateWatch(db, ["runway", "pika", "http"], 3_600).measure()

    def told(name: str) -> tuple[float, float]:
        gauges = (IN_FLIGHT, BREAKER)
        out, breaker = (next(iter(g.labels(name).collect())).samples[0].value for g in gauges)
        return out, breaker

    assert (told("runway"), told("pika"), told("http")) == ((1, 0), (0, 1), (0, 2))
