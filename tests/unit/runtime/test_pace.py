"""How far apart the turns of a loop are."""

import pytest
from runtime.pace import Pace


class Clock:
    def __init__(self) -> None:
        self.time = 100.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def test_a_loop_that_was_idle_goes_on_at_once(clock: Clock) -> None:
    pace = Pace(gap=0.5, now=clock.now, sleep=clock.sleep)
    await pace()
    clock.time += 3
    await pace()
    assert clock.slept == []


async def test_turns_of_a_busy_loop_keep_their_distance(clock: Clock) -> None:
    pace = Pace(gap=0.5, now=clock.now, sleep=clock.sleep)
    await pace()
    clock.time += 0.125
    await pace()
    assert clock.slept == [0.375]


async def test_a_loop_leaves_the_others_their_share_of_the_time(clock: Clock) -> None:
    pace = Pace(gap=0.5, share=0.25, now=clock.now, sleep=clock.sleep)
    await pace()
    clock.time += 8  # waiting for something to do is no work
    pace.begin()
    clock.time += 1
    await pace()
    assert clock.slept == [3.0]
