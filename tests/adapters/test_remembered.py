"""One contract for the memory of fetched captions: the fake, and the transcriber's own tables."""

from collections.abc import AsyncIterator

import pytest
from runtime.db import Database
from transcriber.adapters.postgres import PostgresRemembered
from transcriber.domain import CaptionTrack, Snippet
from transcriber.handlers import Remembered

from tests.conftest import TestDatabase
from tests.unit.transcriber.fakes import FakeRemembered

VIDEO = "dQw4w9WgXcQ"
ENGLISH = CaptionTrack(
    VIDEO, "en-US", generated=True, snippets=(Snippet(0.5, 2.25, "Caf\u00e9 \u201cMoon\u201d\n"),)
)
GERMAN = CaptionTrack(VIDEO, "de", generated=False, snippets=(Snippet(0.0, 1.0, "Ja."),))


@pytest.fixture(params=["fake", "postgres"])
async def remembered(
    request: pytest.FixtureRequest, database: TestDatabase
) -> AsyncIterator[Remembered]:
    if request.param == "fake":
        yield FakeRemembered()
        return
    db = Database(database.dsn("transcriber"), 2)
    await db.open()
    yield PostgresRemembered(db, claim_seconds=60)
    await db.close()


async def test_nothing_is_known_at_first(remembered: Remembered) -> None:
    assert await remembered.recall(VIDEO, None) is None
    assert await remembered.recall(VIDEO, "en") is None


async def test_a_track_answers_its_ask_and_its_own_language(remembered: Remembered) -> None:
    await remembered.keep(ENGLISH, None)
    await remembered.keep(ENGLISH, None)
    for ask in (None, "en-US", "EN-us"):
        assert await remembered.recall(VIDEO, ask) == ENGLISH
    assert await remembered.recall(VIDEO, "de") is None
    assert await remembered.recall("another_one", None) is None


async def test_an_ask_keeps_its_answer(remembered: Remembered) -> None:
    await remembered.keep(ENGLISH, "fr")
    await remembered.keep(GERMAN, "de")
    assert await remembered.recall(VIDEO, "FR") == ENGLISH
    assert await remembered.recall(VIDEO, "de") == GERMAN


async def test_a_video_is_claimed_by_one_at_a_time(remembered: Remembered) -> None:
    assert await remembered.claim(VIDEO)
    assert not await remembered.claim(VIDEO)
    assert await remembered.claim("another_one")
    await remembered.release(VIDEO)
    assert await remembered.claim(VIDEO)


async def test_a_claim_left_behind_ends_by_itself(database: TestDatabase) -> None:
    db = Database(database.dsn("transcriber"), 2)
    await db.open()
    try:
        assert await PostgresRemembered(db, claim_seconds=-1).claim(VIDEO)
        assert await PostgresRemembered(db, claim_seconds=60).claim(VIDEO)
        assert not await PostgresRemembered(db, claim_seconds=60).claim(VIDEO)
    finally:
        await db.close()
