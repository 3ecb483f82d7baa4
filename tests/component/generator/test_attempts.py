"""The books of paid orders, on the database."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from contracts.errors import ErrorCode
from generator.adapters.attempts import PostgresAttempts
from generator.adapters.retention import AttemptsRetention
from generator.domain.ledger import Entry, Hastened, State
from generator.handlers.ports import AttemptLog
from runtime.db import Database

from tests.conftest import TestDatabase
from tests.unit.generator.making import FakeAttemptLog

ENTRY = Entry(
    token="work.1",
    work_id=UUID(int=1),
    job_id=UUID(int=2),
    user_id=UUID(int=3),
    project_id=UUID(int=4),
    scene_index=5,
    provider="runway",
    model="gen4.5",
    request_hash="a" * 64,
    number=1,
    sends=1,
    ordered_at=1_700_000_000.0,
    state=State.SENDING,
)

ENDED = set(State) - {State.SENDING, State.UNCERTAIN, State.TAKEN}


@pytest.fixture
async def db(database: TestDatabase) -> AsyncGenerator[Database, None]:
    made = Database(database.dsn("generator"), 2)
    await made.open()
    yield made
    await made.close()


async def kept(log: AttemptLog, db: Database) -> list[tuple[str, str | None, Decimal | None]]:
    if isinstance(log, FakeAttemptLog):
        return [(e.state, e.request_id, e.cost_usd) for e in log.entries.values()]
    rows = await db.fetch("select state, request_id, cost_usd from generator.attempts")
    return [(row["state"], row["request_id"], row["cost_usd"]) for row in rows]


@pytest.mark.parametrize("real", [False, True])
async def test_an_order_has_one_entry_and_its_end_stays(db: Database, *, real: bool) -> None:
    log: AttemptLog = PostgresAttempts(db) if real else FakeAttemptLog()
    cost = Decimal("0.2500")
    taken = replace(ENTRY, state=State.TAKEN, request_id="task")
    over = replace(taken, state=State.SUCCEEDED, cost_usd=cost)
    for entry in (ENTRY, taken, taken, over, replace(ENTRY, state=State.UNCERTAIN), taken):
        await log.record(entry)
    assert await kept(log, db) == [("succeeded", "task", cost)]


async def test_everything_that_support_asks_for_is_kept(db: Database) -> None:
    failed = replace(
        ENTRY,
        state=State.FAILED,
        request_id="task",
        cost_usd=Decimal("0.1"),
        code=ErrorCode.CONTENT_REJECTED,
        detail="SAFETY.OUTPUT",
        sends=2,
    )
    await PostgresAttempts(db).record(failed)
    row = await db.fetchrow("select * from generator.attempts")
    assert row is not None
    assert (row["provider"], row["model"], row["scene_index"]) == ("runway", "gen4.5", 5)
    assert (row["error_code"], row["error_detail"]) == ("CONTENT_REJECTED", "SAFETY.OUTPUT")
    assert (row["sends"], row["ordered_at"].timestamp()) == (2, ENTRY.ordered_at)


async def test_an_order_nobody_knows_hastens_nothing(db: Database) -> None:
    rows = PostgresAttempts(db)
    assert await rows.hasten(uuid4(), "runway", "task", "work.1") is Hastened.NOTHING
    await rows.record(ENTRY)
    assert await rows.hasten(ENTRY.job_id, "runway", "task", "work.1") is Hastened.NOTHING


async def test_a_waiting_row_is_hastened_and_one_at_work_is_not(db: Database) -> None:
    rows = PostgresAttempts(db)
    await rows.record(ENTRY)
    await db.execute(
        "insert into generator.work (id, step, job_id, user_id, event_id, event_type, event,"
        " due_at, lease_until) values ($1, 'make', $2, $3, $1, 't', '{}',"
        " now() + interval '1 h', now() + interval '1 h')",
        ENTRY.work_id,
        ENTRY.job_id,
        ENTRY.user_id,
    )
    asked = (ENTRY.job_id, "runway", "task")
    assert await rows.hasten(*asked, "work.1") is Hastened.AT_WORK
    await db.execute("update generator.work set lease_until = null")
    assert await rows.hasten(*asked, None) is Hastened.NOTHING
    assert await rows.hasten(*asked, "work.1") is Hastened.DUE
    assert await db.fetchval("select due_at <= now() from generator.work")
    assert await rows.hasten(*asked, "work.1") is Hastened.NOTHING


async def test_orders_of_long_ago_are_forgotten_unless_they_may_be_out(db: Database) -> None:
    log, keeper = PostgresAttempts(db), AttemptsRetention(db, days=400)
    for state in State:
        for age in ("old", "new"):
            await log.record(replace(ENTRY, token=f"{state} {age}", state=state))
    async with db.transaction() as conn:
        await conn.execute(
            "update generator.attempts set updated_at = now() - interval '401 days'"
            " where token like '% old'"
        )
    assert await keeper.sweep() == len(ENDED)
    assert await keeper.sweep() == 0
    rows = await db.fetch("select token from generator.attempts where token like '% old'")
    assert {row["token"].split()[0] for row in rows} == set(State) - ENDED
    assert await db.fetchval("select count(*) from generator.attempts") == 2 * len(State) - len(
        ENDED
    )
