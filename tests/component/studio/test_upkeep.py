"""``studio dlq`` and ``studio replay`` as a user runs them, on a real database."""

import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest
from contracts.events import JobUpdated
from runtime import outbox
from runtime.bus import Record
from runtime.letters import dead_letter
from studio.trouble import Exit

from tests.component.projector.story import film, make_rows
from tests.conftest import TestDatabase

BODY = b"\xff\x00 no event"


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str
    raw: bytes


@dataclass(frozen=True)
class Command:
    """The command against one database; its connection string is a secret of the environment."""

    dsn: str
    folder: Path

    async def __call__(self, *words: str, dsn: str | None = None) -> Done:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "studio.cli", *words),
            env={
                "PATH": os.defpath,
                "COLUMNS": "200",
                "STUDIO_DSN": dsn or self.dsn,
                "STUDIO_HOME": str(self.folder),
            },
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        assert "Traceback" not in err.decode()
        return Done(process.returncode or 0, out.decode(errors="replace"), err.decode(), out)


@pytest.fixture
def studio(database: TestDatabase, tmp_path: Path) -> Command:
    return Command(database.superuser, tmp_path / "home")


async def set_aside(
    sql: "asyncpg.Connection[asyncpg.Record]",
    offset: int,
    *,
    service: str = "transcriber",
    reason: str = "unknown_type",
    topic: str = "import.requested",
) -> UUID:
    record = Record(topic, 3, offset, b"\xfe", [("x", b"y")], BODY)
    own = dead_letter(service, record, reason, "why")
    await outbox.put_messages(sql, service, [own])
    return own[0]


async def count(sql: "asyncpg.Connection[asyncpg.Record]", topic: str) -> int:
    found: int = await sql.fetchval(
        "select count(*) from transcriber.outbox where topic = $1", topic
    )
    return found


async def test_dead_letters_are_listed_shown_put_back_and_dropped(
    studio: Command, sql: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    assert (await studio("dlq", "list")).out == "No dead letters.\n"
    first, second = await set_aside(sql, 1), await set_aside(sql, 2)
    other = await set_aside(sql, 3, service="projector", reason="invalid_body")

    listed = await studio("dlq", "list")
    assert listed.code == 0
    lines = [line.split() for line in listed.out.splitlines()]
    assert lines[1][:4] == ["transcriber", "unknown_type", "import.requested", "2"]
    assert lines[2][:4] == ["projector", "invalid_body", "import.requested", "1"]
    each = await studio("dlq", "list", "--ids", "--limit", "2")
    assert str(first) in each.out
    assert "1 more: --limit 3" in each.out

    shown = await studio("dlq", "show", str(first)[:9])
    assert "from       import.requested/3/1" in shown.out
    assert "ff 00 20 6e" in shown.out
    assert (await studio("dlq", "show", str(first), "--raw")).raw == BODY

    put_back = await studio("dlq", "redrive", str(first))
    assert put_back.out.startswith("1 put back.")
    again = await studio("dlq", "redrive", str(first))
    assert "was put back before: --again does it once more" in again.out
    assert "0 put back." in again.out
    assert await count(sql, "import.requested") == 1
    assert (await studio("dlq", "redrive", str(first), "--again")).out.startswith("1 put back.")
    assert (await studio("dlq", "redrive", "--all")).out.startswith("2 put back.")

    unasked = await studio("dlq", "drop", str(second))
    assert unasked.code == Exit.FAILED
    assert "1 would be dropped for good." in unasked.err
    assert "--yes" in unasked.err
    assert (await studio("dlq", "drop", str(second), "--yes")).out == "1 dropped.\n"
    gone = await studio("dlq", "redrive", str(second), "--again")
    assert "was dropped: there is nothing to put back" in gone.out
    assert (await studio("dlq", "list")).out == "No dead letters.\n"
    settled = await studio("dlq", "list", "--settled", "--ids")
    assert [str(one) in settled.out for one in (first, second, other)] == [True] * 3


async def test_what_cannot_be_done_is_a_line_and_an_exit_code(
    studio: Command, sql: "asyncpg.Connection[asyncpg.Record]", database: TestDatabase
) -> None:
    missing = await studio("dlq", "show", "abcdef")
    assert missing.code == Exit.FAILED
    assert "No dead letter has an id that begins with abcdef." in missing.err
    await set_aside(sql, 1, topic="old.topic")
    stuck = await studio("dlq", "redrive", "--all")
    assert stuck.code == Exit.FAILED
    assert "1 came from topics that are no more" in stuck.err
    empty = await studio("replay", "bus", dsn=database.server.dsn("postgres"))
    assert empty.code == Exit.FAILED
    assert "no outboxes that this role may read" in empty.err
    weak = await studio("replay", "read-model", dsn=database.dsn("projector"))
    assert weak.code == Exit.FAILED
    assert "permission denied" in weak.err


async def test_the_bus_is_replayed_and_what_waits_for_a_service_is_told(
    studio: Command, sql: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    event = JobUpdated(
        job_id=uuid4(),
        user_id=uuid4(),
        project_id=uuid4(),
        version=1,
        status="running",
        progress=1,
    )
    await outbox.put(sql, "projector", [event], cause_id=uuid4())
    await sql.execute("update projector.outbox set published_at = now()")
    assert (
        await studio("replay", "bus", "--since", "0s")
    ).out == "Kept events to be published again: 0.\n"
    done = await studio("replay", "bus", "--no-wait")
    assert done.code == 0
    assert done.out.splitlines()[-1] == "Kept events to be published again: 1."
    assert await sql.fetchval("select count(*) from projector.outbox where published_at is null")


async def test_the_read_model_is_replayed_by_the_projector(
    studio: Command, sql: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    rows = await make_rows(sql, "generation")
    for event, producer in zip(
        film(rows), ["gateway", "scripter", *["generator"] * 3, "stitcher"], strict=True
    ):
        await outbox.put(sql, producer, [event], cause_id=uuid4())
    await make_rows(sql, "upload")
    done = await studio("replay", "read-model")
    assert done.code == 0, done.err
    assert done.out.splitlines() == [
        "Jobs folded anew: 1, of which had other rows before: 1.",
        "Jobs left as they are, because not all of their events are kept: 1.",
    ]
    assert (await rows.job())["status"] == "succeeded"
