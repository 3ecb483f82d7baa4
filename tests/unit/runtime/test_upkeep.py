"""What is done beside the work goes on through errors that pass, and ends by those that do not."""

import pytest
from runtime.upkeep import Upkeep


class EnoughError(Exception):
    """The test has seen enough turns."""


class Turns:
    """Answers or raises one thing a turn, and writes down turns and pauses."""

    def __init__(self, *answers: object) -> None:
        self._answers = list(answers)
        self.told: list[object] = []

    async def turn(self) -> object:
        answer = self._answers.pop(0)
        self.told.append(answer)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def pause(self, seconds: float) -> None:
        self.told.append(f"pause {seconds}")
        if not self._answers:
            raise EnoughError


async def seen(
    *answers: object, passing: tuple[type[BaseException], ...] = (OSError,)
) -> list[object]:
    turns = Turns(*answers)
    with pytest.raises(EnoughError):
        await Upkeep("sweep", 60.0, turns.turn, passing, turns.pause).run()
    return turns.told


async def test_there_is_a_turn_at_once_and_one_after_every_pause() -> None:
    assert await seen(None, None) == [None, "pause 60.0", None, "pause 60.0"]


async def test_a_turn_that_leaves_more_to_do_is_followed_at_once() -> None:
    assert await seen(5_000, 12, 0, 0) == [5_000, 12, 0, "pause 60.0", 0, "pause 60.0"]


async def test_an_error_that_passes_puts_a_turn_off_and_ends_nothing() -> None:
    away, gone = ConnectionRefusedError("away"), TimeoutError("slow")
    told = await seen(away, 3, gone, 0)
    assert told == [away, "pause 60.0", 3, gone, "pause 60.0", 0, "pause 60.0"]


async def test_other_errors_are_told_to_pass_by_name() -> None:
    odd = LookupError("odd")
    assert await seen(odd, None, passing=(LookupError,)) == [odd, "pause 60.0", None, "pause 60.0"]


async def test_a_bug_is_not_survived() -> None:
    bug = ValueError("a bug")
    turns = Turns(0, bug, 0)
    with pytest.raises(ValueError, match="a bug"):
        await Upkeep("sweep", 60.0, turns.turn, pause=turns.pause).run()
    assert turns.told == [0, "pause 60.0", bug]
