"""One contract for what was found out by listening: the fake, and the stitcher's own table."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from runtime.db import Database
from stitcher.adapters.measured import PostgresMeasured
from stitcher.domain.lines import Line, recalled
from stitcher.domain.voices import Word
from stitcher.handlers.ports import Measured

from tests.conftest import TestDatabase
from tests.unit.stitcher.making import PROJECT, FakeMeasured, ref

ONE, TWO, THREE = (digit * 64 for digit in "abc")
NOBODYS = UUID(int=3)


@pytest.fixture(params=["fake", "postgres"])
async def measured(
    request: pytest.FixtureRequest, database: TestDatabase
) -> AsyncIterator[Measured]:
    if request.param == "fake":
        yield FakeMeasured()
        return
    db = Database(database.dsn("stitcher"), 2)
    await db.open()
    yield PostgresMeasured(db)
    await db.close()


async def test_what_is_noted_is_recalled_by_name_and_the_last_word_counts(
    measured: Measured,
) -> None:
    assert await measured.recall(PROJECT, [ONE, TWO]) == {}
    await measured.note(PROJECT, ONE, {"samples": 1})
    await measured.note(PROJECT, TWO, {"samples": 2})
    await measured.note(PROJECT, ONE, {"refused": "“no”"})
    assert await measured.recall(PROJECT, [ONE, TWO, THREE]) == {
        ONE: {"refused": "“no”"},
        TWO: {"samples": 2},
    }
    assert await measured.recall(PROJECT, (name for name in [TWO])) == {TWO: {"samples": 2}}
    assert await measured.recall(PROJECT, []) == {}
    await measured.note(PROJECT, ONE, {})
    assert await measured.recall(PROJECT, [ONE]) == {ONE: {}}


async def test_a_line_comes_back_to_the_last_digit(measured: Measured) -> None:
    # A digit less, and a film that is made again would not find what was made for it.
    for seconds in (0.1 + 0.2, 1 / 3, 1e-9, 12345.678901234567):
        line = Line(seconds, (Word(0, 3, seconds / 7),), ref("one"))
        await measured.note(PROJECT, ONE, line.noted())
        assert recalled((await measured.recall(PROJECT, [ONE]))[ONE]) == line


async def test_another_project_knows_nothing_of_it(database: TestDatabase) -> None:
    db = Database(database.dsn("stitcher"), 2)
    await db.open()
    try:
        await PostgresMeasured(db).note(PROJECT, ONE, {"samples": 1})
        assert await PostgresMeasured(db).recall(NOBODYS, [ONE]) == {}
    finally:
        await db.close()
