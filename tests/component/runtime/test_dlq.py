"""Dead letters: found, put back as they came, dropped."""

import asyncio
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest
from contracts import envelope
from contracts.events import ImportRequested
from contracts.topics import SERVICES
from runtime import outbox
from runtime.bus import Record
from runtime.db import connect
from runtime.dlq import DeadLetters
from runtime.letters import Moved, NoSuchLetterError, Wanted, dead_letter
from runtime.outbox import Message
from runtime.replay import replay
from runtime.service import Service
from runtime.settings import RuntimeSettings
from runtime.work import Done, Outcome, Route, Work
from studio.embedded.broker import MockBroker

from tests.component.harness import running, runtime_settings
from tests.component.runtime.toys import requested
from tests.conftest import TestDatabase
from tests.waiting import until

BODY = b"\xff\x00 no event"


def record(topic: str = "import.requested", offset: int = 0, body: bytes = BODY) -> Record:
    return Record(topic, 3, offset, b"\xfe", [("x", b"y"), ("odd", b"\x00\xff")], body)


@pytest.fixture
async def letters(sql: "asyncpg.Connection[asyncpg.Record]") -> DeadLetters:
    return await DeadLetters.reach(sql, SERVICES)


async def set_aside(
    sql: "asyncpg.Connection[asyncpg.Record]", service: str, one: Record, reason: str = "x"
) -> UUID:
    letter = dead_letter(service, one, reason, "because\x00")
    await outbox.put_messages(sql, service, [letter])
    return letter[0]


async def redriven(letters: DeadLetters, wanted: Wanted) -> Moved:
    moves = [moved async for moved in letters.redrive(wanted)]
    return Moved(sum(m.put_back for m in moves), sum(m.stuck for m in moves))


async def rows_for(
    sql: "asyncpg.Connection[asyncpg.Record]", service: str, topic: str
) -> list[Message]:
    rows = await sql.fetch(
        f"select topic, key, headers, body from {service}.outbox where topic = $1 order by seq",
        topic,
    )
    return [Message(row["topic"], row["key"], row["headers"], row["body"]) for row in rows]


async def test_letters_are_counted_by_service_reason_and_source(
    sql: "asyncpg.Connection[asyncpg.Record]", letters: DeadLetters
) -> None:
    for n in range(3):
        await set_aside(sql, "transcriber", record(offset=n), "unknown_type")
    await set_aside(sql, "transcriber", record("job.cancelled"), "unknown_type")
    await set_aside(sql, "projector", record(), "invalid_body")
    found = [(g.service, g.reason, g.topic, g.open) for g in await letters.groups(Wanted())]
    assert found == [
        ("transcriber", "unknown_type", "import.requested", 3),
        ("transcriber", "unknown_type", "job.cancelled", 1),
        ("projector", "invalid_body", "import.requested", 1),
    ]
    assert await letters.count(Wanted(service="transcriber")) == 4
    assert await letters.count(Wanted(reason="invalid_body")) == 1


async def test_a_letter_is_shown_as_it_came_and_found_by_the_start_of_its_id(
    sql: "asyncpg.Connection[asyncpg.Record]", letters: DeadLetters
) -> None:
    own = await set_aside(sql, "stitcher", record(offset=9), "not_cloudevents")
    for text in (str(own), str(own)[:13], own.hex[:6].upper()):
        letter = await letters.find(text)
        assert letter.id == own
    assert (letter.topic, letter.partition, letter.offset) == ("import.requested", "3", "9")
    assert (letter.key, letter.body) == (b"\xfe", BODY)
    assert letter.headers == {"x": "y", "odd": "\\x00\\xff"}
    assert letter.error == "because\\x00"
    for wrong in ("abc", "zzzz", str(uuid4()), ""):
        with pytest.raises(NoSuchLetterError):
            await letters.find(wrong)


async def test_a_record_read_twice_is_one_letter_but_not_one_of_another_log(
    sql: "asyncpg.Connection[asyncpg.Record]", letters: DeadLetters
) -> None:
    """A broker that lost its log gives the same place to other bytes."""
    for body in (b"one", b"one", b"two"):
        await set_aside(sql, "scripter", record(body=body))
    bodies = [letter.body for letter in await letters.letters(Wanted(), 10)]
    assert bodies == [b"one", b"two"]


async def test_what_is_put_back_is_what_came_and_it_is_put_back_once(
    sql: "asyncpg.Connection[asyncpg.Record]", letters: DeadLetters
) -> None:
    for n in range(450):
        await set_aside(sql, "transcriber", record(offset=n))
    other = await set_aside(sql, "transcriber", record(offset=999), "another")
    assert await redriven(letters, Wanted(reason="x")) == Moved(450, 0)
    assert await redriven(letters, Wanted(reason="x")) == Moved(0, 0)
    (first, *_) = messages = await rows_for(sql, "transcriber", "import.requested")
    assert len(messages) == 450
    assert first == Message("import.requested", b"\xfe", {"x": "y", "odd": "\\x00\\xff"}, BODY)
    assert [letter.id for letter in await letters.letters(Wanted(), 10)] == [other]
    (group, *_) = await letters.groups(Wanted(reason="x", settled=True))
    assert (group.open, group.redriven) == (0, 450)


async def test_it_is_put_back_once_more_when_asked(
    sql: "asyncpg.Connection[asyncpg.Record]", letters: DeadLetters
) -> None:
    own = await set_aside(sql, "transcriber", record())
    wanted = Wanted(ids=(own,))
    assert await redriven(letters, wanted) == Moved(1, 0)
    again = Wanted(ids=(own,), settled=True)
    assert await redriven(letters, again) == Moved(1, 0)
    assert len(await rows_for(sql, "transcriber", "import.requested")) == 2
    letter = await letters.find(str(own))
    assert (letter.state, letter.redrives) == ("redriven", 2)


async def test_two_who_redrive_at_once_put_it_back_once(
    sql: "asyncpg.Connection[asyncpg.Record]", letters: DeadLetters, database: TestDatabase
) -> None:
    for n in range(50):
        await set_aside(sql, "transcriber", record(offset=n))
    second = await connect(database.superuser)
    others = await DeadLetters.reach(second, SERVICES)
    both = await asyncio.gather(redriven(letters, Wanted()), redriven(others, Wanted()))
    assert sum(moved.put_back for moved in both) == 50
    assert len(await rows_for(sql, "transcriber", "import.requested")) == 50
    await second.close()


async def test_a_letter_from_a_topic_that_is_gone_stays_open(
    sql: "asyncpg.Connection[asyncpg.Record]", letters: DeadLetters
) -> None:
    """Nobody could publish it, and a relay would try for ever."""
    own = await set_aside(sql, "publisher", record("old.topic"))
    assert await redriven(letters, Wanted()) == Moved(0, 1)
    assert (await letters.find(str(own))).state == "open"


async def test_what_was_dropped_is_gone_for_good(
    sql: "asyncpg.Connection[asyncpg.Record]", letters: DeadLetters, database: TestDatabase
) -> None:
    own = await set_aside(sql, "generator", record())
    kept = await set_aside(sql, "generator", record(offset=1), "another")
    assert [n async for n in letters.drop(Wanted(reason="x"))] == [1]
    assert [n async for n in letters.drop(Wanted(reason="x"))] == []
    letter = await letters.find(str(own))
    assert (letter.state, letter.body, letter.key, letter.headers) == ("dropped", b"", None, {})
    assert (letter.reason, letter.topic) == ("x", "import.requested")
    assert await redriven(letters, Wanted(ids=(own,), settled=True)) == Moved(0, 0)
    await set_aside(sql, "generator", record())
    assert [one.id for one in await letters.letters(Wanted(), 9)] == [kept]
    await sql.execute("update generator.outbox set published_at = now()")
    assert await replay(database.superuser, ["generator"]) == 1


async def test_a_services_role_reaches_its_own_letters_only(database: TestDatabase) -> None:
    conn = await connect(database.dsn("stitcher"))
    assert (await DeadLetters.reach(conn, SERVICES)).services == ["stitcher"]
    await conn.close()


class Answer:
    async def __call__(self, event: ImportRequested, work: Work) -> Outcome:
        return Done()


def build(settings: RuntimeSettings) -> Service:
    return Service("transcriber", settings, [Route(ImportRequested, "fetch", Answer())])


async def test_what_an_old_release_did_not_know_is_worked_on_when_a_new_one_does(
    database: TestDatabase, bus: MockBroker, objects_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = runtime_settings("transcriber", database, bus, objects_root)
    async with running(build, settings, database) as app:
        with monkeypatch.context() as old:
            old.setattr(envelope, "BY_TYPE", {})
            (sent,) = await app.send(requested(), times=1)
            await until(app.consumed, "it is set aside")
        letters = await DeadLetters.reach(app.sql, SERVICES)
        (letter,) = await letters.letters(Wanted(service="transcriber"), 10)
        assert letter.reason == "unknown_type"
        assert await app.work() == []
        assert await redriven(letters, Wanted(ids=(letter.id,))) == Moved(1, 0)

        async def accepted() -> bool:
            return len(await app.work()) == 1

        await until(accepted, "it is accepted")
        await app.settle()
        (row,) = await app.work()
        assert (row["event_id"], row["state"]) == (sent.id, "done")
