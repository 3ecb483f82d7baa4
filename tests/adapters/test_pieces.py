"""One contract for the memory of heard pieces: the fake, and the transcriber's own table."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from uuid import UUID

import pytest
from runtime.db import Database
from transcriber.adapters.pieces import PostgresPieces
from transcriber.domain.sound import Heard, Intent, Kept, PieceKey, Utterance
from transcriber.handlers import Pieces

from tests.conftest import TestDatabase
from tests.unit.transcriber.fakes import USD_PER_MINUTE, FakePieces

KEY = PieceKey("a" * 64, "gpt-transcribe", "en")
OPEN = PieceKey("a" * 64, "gpt-transcribe", "")
NEXT = PieceKey("b" * 64, "gpt-transcribe", "en")
MINE, OTHERS = UUID(int=1), UUID(int=2)
HEARD = Heard((Utterance(0.25, 9.5, "\u3053\u3093\u306b\u3061\u306f \u201cMoon\u201d"),), "ja")


@pytest.fixture(params=["fake", "postgres"])
async def pieces(request: pytest.FixtureRequest, database: TestDatabase) -> AsyncIterator[Pieces]:
    if request.param == "fake":
        yield FakePieces(resends=1)
        return
    db = Database(database.dsn("transcriber"), 4)
    await db.open()
    yield PostgresPieces(db, claim_seconds=60, resends=1, usd_per_minute=USD_PER_MINUTE)
    await db.close()


async def test_what_was_heard_is_recalled_with_its_cost(pieces: Pieces) -> None:
    assert await pieces.recall([], MINE) == {}
    assert await pieces.recall([KEY, NEXT], MINE) == {}
    assert await pieces.intend(KEY, MINE, 10.0) is Intent.GRANTED
    assert await pieces.recall([KEY], MINE) == {}
    await pieces.keep(KEY, HEARD, 10.0)
    assert await pieces.recall([KEY, NEXT], MINE) == {KEY: Kept(HEARD, Decimal("0.1"), mine=True)}
    assert not (await pieces.recall([KEY], OTHERS))[KEY].mine
    assert await pieces.recall([OPEN], MINE) == {}


async def test_a_known_piece_is_not_sent_again(pieces: Pieces) -> None:
    await pieces.intend(KEY, MINE, 10.0)
    await pieces.keep(KEY, HEARD, 10.0)
    await pieces.keep(KEY, Heard(()), 99.0)
    assert await pieces.intend(KEY, MINE, 10.0) is Intent.KNOWN
    assert await pieces.intend(KEY, OTHERS, 10.0) is Intent.KNOWN
    await pieces.free(KEY, MINE)
    await pieces.lose(KEY, MINE)
    assert (await pieces.recall([KEY], MINE))[KEY].heard == HEARD


async def test_another_job_waits_until_the_answer_is_there(pieces: Pieces) -> None:
    assert await pieces.intend(KEY, MINE, 10.0) is Intent.GRANTED
    assert await pieces.intend(KEY, OTHERS, 10.0) is Intent.BUSY
    assert await pieces.intend(NEXT, OTHERS, 10.0) is Intent.GRANTED
    assert await pieces.intend(OPEN, OTHERS, 10.0) is Intent.GRANTED


async def test_a_refusal_gives_the_piece_back_uncounted(pieces: Pieces) -> None:
    for _ in range(5):
        assert await pieces.intend(KEY, MINE, 10.0) is Intent.GRANTED
        await pieces.free(KEY, MINE)
    assert await pieces.intend(KEY, OTHERS, 10.0) is Intent.GRANTED
    await pieces.keep(KEY, HEARD, 10.0)
    assert (await pieces.recall([KEY], OTHERS))[KEY].cost_usd == Decimal("0.1")


async def test_a_lost_answer_is_asked_for_once_more_by_anyone(pieces: Pieces) -> None:
    await pieces.intend(KEY, MINE, 10.0)
    await pieces.lose(KEY, MINE)
    assert await pieces.intend(KEY, OTHERS, 10.0) is Intent.GRANTED
    await pieces.lose(KEY, OTHERS)
    for row in (MINE, OTHERS):
        assert await pieces.intend(KEY, row, 10.0) is Intent.SPENT
    await pieces.keep(KEY, HEARD, 10.0)
    kept = (await pieces.recall([KEY], OTHERS))[KEY]
    assert (kept.cost_usd, kept.mine) == (Decimal("0.2"), True), "a late answer is an answer"


async def test_a_row_whose_worker_died_asks_again_at_once(pieces: Pieces) -> None:
    await pieces.intend(KEY, MINE, 10.0)
    assert await pieces.intend(KEY, MINE, 10.0) is Intent.GRANTED
    assert await pieces.intend(KEY, OTHERS, 10.0) is Intent.BUSY
    assert await pieces.intend(KEY, MINE, 10.0) is Intent.SPENT


async def test_only_who_asks_gives_a_piece_back(pieces: Pieces) -> None:
    await pieces.intend(KEY, MINE, 10.0)
    await pieces.free(KEY, OTHERS)
    await pieces.lose(KEY, OTHERS)
    assert await pieces.intend(KEY, OTHERS, 10.0) is Intent.BUSY


async def test_of_many_at_once_one_is_let_through(pieces: Pieces) -> None:
    asked = (pieces.intend(KEY, UUID(int=n), 10.0) for n in range(10, 20))
    answers = await asyncio.gather(*asked)
    assert sorted(answers) == [Intent.BUSY] * 9 + [Intent.GRANTED]


async def test_a_claim_left_behind_ends_by_itself(database: TestDatabase) -> None:
    db = Database(database.dsn("transcriber"), 2)
    await db.open()
    try:
        left = PostgresPieces(db, claim_seconds=-1, resends=1, usd_per_minute=USD_PER_MINUTE)
        assert await left.intend(KEY, MINE, 10.0) is Intent.GRANTED
        assert await left.intend(KEY, OTHERS, 10.0) is Intent.GRANTED
        assert await left.intend(KEY, OTHERS, 10.0) is Intent.SPENT
    finally:
        await db.close()
