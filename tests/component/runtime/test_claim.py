"""Which row is claimed next: priority, fair shares, lanes, the oldest job."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from contracts.envelope import Envelope
from contracts.events import ImportRequested, Source
from contracts.values import SourceKind
from runtime.claim import Claimer, Rules
from runtime.db import Database, connect
from runtime.store import Claimed, NewWork, WorkStore

from tests.conftest import TestDatabase

ALICE, BOB = UUID(int=1), UUID(int=2)


@pytest.fixture
async def store(database: TestDatabase) -> AsyncGenerator[WorkStore, None]:
    db = Database(database.dsn("generator"), 4)
    await db.open()
    yield WorkStore(db, "generator")
    await db.close()


def rows(user: UUID, job: int, scenes: int, lane: str = "") -> list[NewWork]:
    event = ImportRequested(
        job_id=UUID(int=job),
        user_id=user,
        project_id=uuid4(),
        script_id=uuid4(),
        source=Source(kind=SourceKind.TEXT),
    )
    envelope = Envelope(id=uuid4(), source="/test", time=datetime.now(UTC), event=event)
    return NewWork.accepted(envelope, "make", range(scenes), lane)


async def claim(store: WorkStore, limit: int, rules: Rules | None = None) -> list[Claimed]:
    return await store.claim(limit, Claimer("test", ["make"], 60, rules or Rules()))


def names(claimed: list[Claimed]) -> list[tuple[int, int | None]]:
    return [(item.work.job_id.int, item.work.ordinal) for item in claimed]


async def test_the_oldest_job_goes_first_whatever_came_in_first(store: WorkStore) -> None:
    await store.accept(rows(ALICE, 12, 2))
    await store.accept(rows(ALICE, 11, 2))
    assert names(await claim(store, 3)) == [(11, 0), (11, 1), (12, 0)]


async def test_what_comes_in_is_claimed_in_the_same_call(store: WorkStore) -> None:
    older, newer = rows(ALICE, 11, 1), rows(ALICE, 12, 3)
    await store.accept(older)
    fresh, claimed = await store.accept_and_claim(newer, 2, Claimer("test", ["make"], 60))
    assert fresh == 3
    assert names(claimed) == [(11, 0), (12, 0)]
    assert names(await claim(store, 9)) == [(12, 1), (12, 2)]


async def test_what_came_in_before_makes_and_claims_nothing(store: WorkStore) -> None:
    given = rows(ALICE, 11, 2)
    await store.accept(given)
    assert await store.accept_and_claim(given, 2, Claimer("test", ["make"], 60)) == (0, [])
    assert names(await claim(store, 9)) == [(11, 0), (11, 1)]


async def test_what_is_claimed_is_not_claimed_again(store: WorkStore) -> None:
    await store.accept(rows(ALICE, 11, 3))
    assert names(await claim(store, 2)) == [(11, 0), (11, 1)]
    assert names(await claim(store, 2)) == [(11, 2)]
    assert await claim(store, 2) == []


async def test_a_lease_that_ran_out_is_claimed_with_a_higher_attempt(store: WorkStore) -> None:
    await store.accept(rows(ALICE, 11, 1))
    (first,) = await claim(store, 1)
    await store.db.execute("update generator.work set lease_until = now() - interval '1 second'")
    (second,) = await claim(store, 1)
    assert (first.work.attempt, second.work.attempt) == (1, 2)


async def test_a_user_with_much_work_does_not_shut_out_another(store: WorkStore) -> None:
    await store.accept(rows(ALICE, 11, 50))
    await store.accept(rows(BOB, 12, 2))
    fair = Rules(fair_share=3)
    assert names(await claim(store, 5, fair)) == [(11, 0), (11, 1), (11, 2), (12, 0), (12, 1)]
    # Alone again, the first user may have all that is free.
    assert names(await claim(store, 3, fair)) == [(11, 3), (11, 4), (11, 5)]


async def test_what_a_user_has_at_work_counts_toward_the_share(store: WorkStore) -> None:
    await store.accept(rows(ALICE, 11, 10))
    await claim(store, 3, Rules(fair_share=3))
    await store.accept(rows(BOB, 12, 2))
    assert names(await claim(store, 2, Rules(fair_share=3))) == [(12, 0), (12, 1)]


async def test_priority_goes_before_everything(store: WorkStore) -> None:
    await store.accept(rows(ALICE, 11, 2))
    await store.accept(rows(ALICE, 12, 1))
    await store.db.execute("update generator.work set priority = 5 where job_id = $1", UUID(int=12))
    assert names(await claim(store, 2)) == [(12, 0), (11, 0)]


async def test_a_full_lane_waits_and_others_go_on(store: WorkStore) -> None:
    await store.accept(rows(ALICE, 11, 3, "runway"))
    await store.accept(rows(ALICE, 12, 2, "fal"))
    rules = Rules(fair_share=10, lanes={"runway": 1})
    assert names(await claim(store, 4, rules)) == [(11, 0), (12, 0), (12, 1)]
    assert await claim(store, 4, rules) == []
    await store.db.execute(
        "update generator.work set state = 'done' where job_id = $1 and ordinal = 0", UUID(int=11)
    )
    assert names(await claim(store, 4, rules)) == [(11, 1)]


async def test_rows_that_are_not_due_wait(store: WorkStore) -> None:
    await store.accept(rows(ALICE, 11, 1))
    (item,) = await claim(store, 1)
    await store.again(item.work, 3600, "later")
    assert await claim(store, 1) == []
    await store.db.execute("update generator.work set due_at = now()")
    (item,) = await claim(store, 1)
    assert item.work.tries == 1


async def test_a_message_that_fans_out_is_stored_once_and_given_to_every_row(
    store: WorkStore,
) -> None:
    await store.accept(rows(ALICE, 11, 3))
    assert await store.db.fetchval("select count(*) from generator.shared") == 1
    assert await store.db.fetchval("select count(event) from generator.work") == 0
    first, *others = [*(await claim(store, 1)), *(await claim(store, 2))]
    assert str(UUID(int=11)) in first.event
    assert {item.event for item in others} == {first.event}
    assert len(await claim(WorkStore(store.db, "generator"), 3)) == 0, "all are at work"


async def test_a_worker_frozen_in_the_middle_of_a_claim_does_not_stop_the_others(
    store: WorkStore, database: TestDatabase
) -> None:
    await store.accept(rows(ALICE, 11, 1))
    frozen = await connect(database.dsn("generator"))
    try:
        await frozen.execute("begin")
        await frozen.execute(
            "select set_config('idle_in_transaction_session_timeout', '50', true),"
            " pg_advisory_xact_lock(hashtextextended('filmstudio.claim.generator', 0))"
        )
        assert names(await claim(store, 1)) == [(11, 0)]
    finally:
        frozen.terminate()


async def test_every_transaction_of_a_service_ends_when_its_process_is_frozen(
    store: WorkStore,
) -> None:
    setting = await store.db.fetchval("show idle_in_transaction_session_timeout")
    assert setting == "20s"


async def test_a_row_made_in_the_moment_its_job_is_cancelled_is_stopped_too(
    store: WorkStore,
) -> None:
    await store.accept(rows(ALICE, 11, 2))
    await store.accept(rows(ALICE, 12, 1))
    # As when the step behind a fan-in is made by a row that ends while the cancel is accepted.
    await store.db.execute("insert into generator.cancelled (job_id) values ($1)", UUID(int=11))
    assert await store.stop_cancelled() == 2
    assert await store.stop_cancelled() == 0
    assert names(await claim(store, 5)) == [(12, 0)]
