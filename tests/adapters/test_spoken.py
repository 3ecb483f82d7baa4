"""One contract for the memory of spoken lines: the fake, and the stitcher's own table."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from uuid import UUID

import pytest
from runtime.db import Database
from stitcher.adapters.spoken import PostgresSpoken
from stitcher.domain.voices import Intent, Order
from stitcher.handlers.paying import Spoken

from tests.conftest import TestDatabase
from tests.unit.stitcher.making import PROJECT, planned, ref
from tests.unit.stitcher.speaking import FakeSpoken

LINE = Order("Call me Ishmael.", "en", "sage", "tts")  # Herman Melville, "Moby-Dick" (1851)
NEXT = Order("Some years ago", "en", "sage", "tts")
MINE, OTHERS, NOBODYS = UUID(int=1), UUID(int=2), UUID(int=3)
EVENT = planned()
USD = Decimal("0.000240")


@pytest.fixture(params=["fake", "postgres"])
async def spoken(request: pytest.FixtureRequest, database: TestDatabase) -> AsyncIterator[Spoken]:
    if request.param == "fake":
        yield FakeSpoken(resends=1)
        return
    db = Database(database.dsn("stitcher"), 4)
    await db.open()
    yield PostgresSpoken(db, claim_seconds=60, resends=1)
    await db.close()


async def test_what_was_said_is_recalled_with_its_cost(spoken: Spoken) -> None:
    assert await spoken.recall(PROJECT, LINE.name) is None
    assert await spoken.intend(EVENT, LINE, MINE) is Intent.GRANTED
    assert await spoken.recall(PROJECT, LINE.name) is None
    await spoken.keep(PROJECT, LINE, ref("a"), USD)
    await spoken.keep(PROJECT, LINE, ref("b"), USD)
    assert await spoken.recall(PROJECT, LINE.name) == ref("a")
    assert await spoken.recall(NOBODYS, LINE.name) is None
    assert await spoken.paid(EVENT) == USD
    assert await spoken.intend(EVENT, LINE, OTHERS) is Intent.KNOWN


async def test_a_refusal_gives_a_line_back(spoken: Spoken) -> None:
    await spoken.intend(EVENT, LINE, MINE)
    await spoken.free(PROJECT, LINE, OTHERS)
    assert await spoken.intend(EVENT, LINE, OTHERS) is Intent.BUSY
    await spoken.free(PROJECT, LINE, MINE)
    assert await spoken.intend(EVENT, LINE, OTHERS) is Intent.GRANTED
    await spoken.keep(PROJECT, LINE, ref("a"), USD)
    assert await spoken.paid(EVENT) == USD


async def test_a_lost_answer_is_asked_for_once_more_by_anyone(spoken: Spoken) -> None:
    await spoken.intend(EVENT, LINE, MINE)
    await spoken.lose(PROJECT, LINE, MINE)
    assert await spoken.intend(EVENT, LINE, OTHERS) is Intent.GRANTED
    await spoken.lose(PROJECT, LINE, OTHERS)
    for row in (MINE, OTHERS):
        assert await spoken.intend(EVENT, LINE, row) is Intent.SPENT
    await spoken.keep(PROJECT, LINE, ref("a"), USD)
    assert await spoken.paid(EVENT) == 2 * USD, "a late answer is an answer"


async def test_a_row_whose_worker_died_asks_again_at_once(spoken: Spoken) -> None:
    await spoken.intend(EVENT, LINE, MINE)
    assert await spoken.intend(EVENT, LINE, MINE) is Intent.GRANTED
    assert await spoken.intend(EVENT, LINE, OTHERS) is Intent.BUSY
    assert await spoken.intend(EVENT, LINE, MINE) is Intent.SPENT


async def test_a_sound_that_is_gone_is_paid_for_again_and_both_are_on_record(
    spoken: Spoken,
) -> None:
    await spoken.intend(EVENT, LINE, MINE)
    await spoken.keep(PROJECT, LINE, ref("a"), USD)
    await spoken.drop(PROJECT, LINE.name)
    assert await spoken.recall(PROJECT, LINE.name) is None
    assert await spoken.intend(EVENT, LINE, MINE) is Intent.GRANTED
    await spoken.keep(PROJECT, LINE, ref("b"), USD)
    assert await spoken.paid(EVENT) == 2 * USD


async def test_of_many_at_once_one_is_let_through(spoken: Spoken) -> None:
    asked = (spoken.intend(EVENT, NEXT, UUID(int=n)) for n in range(10, 20))
    answers = await asyncio.gather(*asked)
    assert sorted(answers) == [Intent.BUSY] * 9 + [Intent.GRANTED]
