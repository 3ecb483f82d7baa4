"""A process that ends is started again: at once, then ever later, and its log is named."""

import asyncio
import os
import signal
from pathlib import Path

import pytest
from studio.keeper import Keeper, RestartPolicy
from studio.process import Command
from studio.trouble import Trouble
from studio.waiting import until


class World:
    """What a keeper says, how long it waits, and how it is started."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said: list[str] = []
        self.waits: list[float] = []
        self.starts = 0
        self.argv: tuple[str, ...] = ("/bin/sleep", "300")
        self.enough: float = 1e9

    def command(self) -> Command:
        self.starts += 1
        return Command("part", self.argv, self.folder / "part.log")

    async def pause(self, seconds: float) -> None:
        self.waits.append(seconds)
        if len(self.waits) >= self.enough:
            await asyncio.Event().wait()

    def keeper(self) -> Keeper:
        return Keeper("part", self.command, self.said.append, pause=self.pause)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_the_waits_double_up_to_the_longest() -> None:
    policy = RestartPolicy(first=0.5, longest=3)
    assert [policy.delay(deaths) for deaths in (0, 1, 2, 3, 4, 5, 50)] == [0, 0, 0.5, 1, 2, 3, 3]


async def test_a_killed_process_is_restarted_with_one_line(world: World) -> None:
    keeper = world.keeper()
    await keeper.start()
    first = keeper.child
    assert first is not None
    os.kill(first.pid, signal.SIGKILL)

    async def said() -> bool:
        return bool(world.said)

    assert await until(said, within=10, every=0.01)
    assert world.said == ["part ended (killed by SIGKILL); restarted"]
    assert keeper.child is not None
    assert keeper.child.pid != first.pid
    await keeper.stop(grace=10)


async def test_one_that_keeps_ending_is_retried_ever_later_and_its_log_is_named(
    world: World,
) -> None:
    world.argv, world.enough = ("/bin/sh", "-c", "exit 7"), 5
    keeper = world.keeper()
    await keeper.start()

    async def tried() -> bool:
        return len(world.waits) >= 5

    assert await until(tried, within=20, every=0.01)
    await keeper.stop(grace=1)
    assert world.waits == [0, 0.5, 1, 2, 4]
    assert world.said[0] == "part ended (exit code 7); restarted"
    log = world.folder / "part.log"
    expected = f"part ended 3 times in a row (exit code 7); trying again in 1 s. Its log: {log}"
    assert expected in world.said


async def test_one_that_lived_long_is_not_held_against_it(world: World) -> None:
    times = iter(range(0, 10_000, 100))
    keeper = world.keeper()
    keeper.now = lambda: float(next(times))
    world.argv, world.enough = ("/bin/true",), 4
    await keeper.start()

    async def tried() -> bool:
        return len(world.waits) >= 4

    assert await until(tried, within=20, every=0.01)
    await keeper.stop(grace=1)
    assert world.waits == [0, 0, 0, 0]


async def test_a_restart_that_fails_is_tried_again_and_leaves_no_process(world: World) -> None:
    keeper = world.keeper()
    pids: list[int] = []

    async def back() -> None:
        assert keeper.child is not None
        pids.append(keeper.child.pid)
        if len(pids) == 1:
            raise Trouble("not yet")

    keeper.back = back
    await keeper.start()
    assert keeper.child is not None
    os.kill(keeper.child.pid, signal.SIGKILL)

    async def said() -> bool:
        return bool(world.said)

    assert await until(said, within=10, every=0.01)
    assert world.said == ["part ended (not yet); restarted"]
    assert len(pids) == 2
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)
    await keeper.stop(grace=10)


async def test_a_stopped_one_stays_stopped(world: World) -> None:
    keeper = world.keeper()
    await keeper.start()
    await keeper.stop(grace=10)
    assert keeper.child is None
    assert world.said == []
    assert world.starts == 1


async def test_one_that_must_be_killed_is_told(world: World) -> None:
    world.argv = ("/bin/sh", "-c", "trap '' TERM; echo deaf; while :; do sleep 300; done")
    keeper = world.keeper()
    await keeper.start()

    async def deaf() -> bool:
        return "deaf" in (world.folder / "part.log").read_text()

    assert await until(deaf, within=10)
    await keeper.stop(grace=0.05)
    assert world.said == ["part did not stop within 0 s; killed"]
