"""Logs stay small while their writers hold them open."""

import asyncio
from contextlib import suppress
from pathlib import Path

from studio.logfiles import keep_small, rotate


def test_a_log_over_the_limit_is_moved_and_its_writer_goes_on(tmp_path: Path) -> None:
    log = tmp_path / "generator.log"
    with log.open("a") as writer:
        writer.write("old " * 10)
        writer.flush()
        assert rotate(tmp_path, limit=10) == [log]
        writer.write("new")
        writer.flush()
    assert log.read_text() == "new"
    assert (tmp_path / "generator.log.1").read_text() == "old " * 10


def test_a_small_log_and_other_files_are_left(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("small")
    (tmp_path / "notes.txt").write_text("x" * 100)
    assert rotate(tmp_path, limit=10) == []
    assert {path.name for path in tmp_path.iterdir()} == {"a.log", "notes.txt"}


async def test_it_goes_on_until_it_is_cancelled(tmp_path: Path) -> None:
    task = asyncio.create_task(keep_small(tmp_path))
    await asyncio.wait([task], timeout=0.05)
    assert not task.done()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert task.cancelled()
