"""A place of a replica is kept filled, unless it was emptied on purpose."""

import sys
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from studio.process import Command

from tests.chaos.replicas import Replica
from tests.chaos.timeline import Timeline
from tests.waiting import until

STAYS = "import signal; signal.signal(signal.SIGTERM, lambda *_: exit(0)); signal.pause()"


@pytest.fixture
def timeline(tmp_path: Path) -> Generator[Timeline, None, None]:
    kept = Timeline(tmp_path / "timeline.txt")
    yield kept
    kept.close()


@asynccontextmanager
async def replica(code: str, timeline: Timeline) -> AsyncGenerator[Replica, None]:
    log = timeline.path.with_name("replica.log")
    command = Command("toy.1", (sys.executable, "-c", code), log=log)
    made = Replica("toy.1", "toy", 1, command, timeline)
    try:
        yield made
    finally:
        await made.end()


async def pid_of(made: Replica, *, other_than: int = 0) -> int:
    """Its process's number, when there is one."""

    async def there() -> bool:
        return made.runs and made.child is not None and made.child.pid != other_than

    await until(there, "a process runs")
    assert made.child is not None
    return made.child.pid


async def test_what_ends_by_itself_is_started_again(timeline: Timeline) -> None:
    async with replica("raise SystemExit(3)", timeline) as made:
        made.want()

        async def twice() -> bool:
            return timeline.counts["ended_by_itself"] >= 2

        await until(twice, "it was started twice")
    assert "ended by itself: exit code 3" in timeline.path.read_text()


async def test_what_was_killed_stays_away_until_it_is_wanted(timeline: Timeline) -> None:
    async with replica(STAYS, timeline) as made:
        made.want()
        first = await pid_of(made)
        assert await made.kill()
        assert not made.runs
        assert not await made.kill()
        made.want()
        assert await pid_of(made, other_than=first) != first
    assert timeline.counts["kills"] == 1
    assert timeline.counts["ended_by_itself"] == 0


async def test_a_paused_process_does_not_run_and_goes_on(timeline: Timeline) -> None:
    async with replica(STAYS, timeline) as made:
        assert not made.pause()
        made.want()
        pid = await pid_of(made)
        assert made.pause()
        assert not made.runs
        assert await made.trouble() == "not running"
        made.resume()
        assert await pid_of(made) == pid
        assert (await made.trouble()).startswith("no answer")


async def test_a_paused_process_can_be_killed(timeline: Timeline) -> None:
    async with replica(STAYS, timeline) as made:
        made.want()
        first = await pid_of(made)
        made.pause()
        assert await made.kill()
        made.want()
        assert await pid_of(made, other_than=first)


async def test_a_stop_that_does_not_end_in_order_is_named(timeline: Timeline) -> None:
    async with replica("import signal; signal.pause()", timeline) as made:
        made.want()
        await pid_of(made)
        assert "did not stop in order: killed by SIGTERM" in await made.stop()
        assert await made.stop() == ""


def test_a_timeline_can_be_read_and_counts(tmp_path: Path) -> None:
    clock = iter([10.0, 12.5, 13.0])
    timeline = Timeline(tmp_path / "t", now=lambda: next(clock))
    timeline.chapter("what happened")
    timeline.note("broker", "killed", count="kills")
    timeline.note("broker", "answers")
    timeline.close()
    lines = timeline.path.read_text().splitlines()
    assert lines[-2].split(None, 2) == ["2.500", "broker", "killed"]
    assert timeline.counts == {"kills": 1}
    assert timeline.latest == "broker answers"
