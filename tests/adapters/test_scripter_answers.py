"""One contract for the memory of a model's answers: the fake, and the scripter's own table."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from uuid import UUID

import pytest
from contracts.errors import ErrorCode
from runtime.db import Database
from scripter.adapters.postgres import PostgresAnswers
from scripter.domain.model_plan import Claim, Finish
from scripter.handlers import Answers

from tests.conftest import TestDatabase
from tests.unit.scripter.fakes import FakeAnswers, answer

Make = Callable[[float], Answers]
KEY = "a" * 64
ONE, TWO = UUID(int=1), UUID(int=2)


@pytest.fixture(params=["fake", "postgres"])
async def make(request: pytest.FixtureRequest, database: TestDatabase) -> AsyncIterator[Make]:
    """A memory whose claims end after so many seconds."""
    if request.param == "fake":
        kept = FakeAnswers()

        def fake(seconds: float) -> Answers:
            return replace(kept, claim_seconds=seconds, rows=kept.rows)

        yield fake
        return
    db = Database(database.dsn("scripter"), 2)
    await db.open()
    yield lambda seconds: PostgresAnswers(db, seconds)
    await db.close()


async def test_a_question_is_claimed_by_one_at_a_time(make: Make) -> None:
    answers = make(60)
    assert await answers.claim(KEY, "m", ONE) is Claim.GRANTED
    assert await answers.claim(KEY, "m", ONE) is Claim.BUSY
    assert await answers.claim(KEY, "m", TWO) is Claim.BUSY
    assert await answers.claim("b" * 64, "m", TWO) is Claim.GRANTED


async def test_an_answer_is_remembered_with_what_it_cost_and_who_paid(make: Make) -> None:
    answers = make(60)
    await answers.claim(KEY, "m", ONE)
    assert await answers.recall(KEY) is None
    given = answer('{"scenes": "\u6708"}', Finish.CUT_OFF)
    await answers.keep(KEY, given)
    await answers.keep(KEY, answer("a later one changes nothing"))
    assert await answers.recall(KEY) == replace(given, job_id=ONE)
    # Asked once more, it is read, and stays the first job's.
    assert await answers.claim(KEY, "m", TWO) is Claim.GRANTED
    assert await answers.recall(KEY) == replace(given, job_id=ONE)


async def test_two_requests_with_no_known_end_are_enough_for_one_job(make: Make) -> None:
    answers = make(60)
    for _ in range(2):
        assert await answers.claim(KEY, "m", ONE) is Claim.GRANTED
        await answers.give_up(KEY, ErrorCode.AI_PROVIDER_FAILURE, unknown=True)
    assert await answers.claim(KEY, "m", ONE) is Claim.SPENT
    assert await answers.claim(KEY, "m", TWO) is Claim.GRANTED


async def test_a_clean_refusal_may_be_repeated(make: Make) -> None:
    answers = make(60)
    for _ in range(4):
        assert await answers.claim(KEY, "m", ONE) is Claim.GRANTED
        await answers.give_up(KEY, ErrorCode.PROVIDER_RATE_LIMITED, unknown=False)


async def test_a_claim_left_behind_ends_and_counts_as_unknown(make: Make) -> None:
    assert await make(-1).claim(KEY, "m", ONE) is Claim.GRANTED
    assert await make(-1).claim(KEY, "m", ONE) is Claim.GRANTED
    assert await make(60).claim(KEY, "m", ONE) is Claim.SPENT
