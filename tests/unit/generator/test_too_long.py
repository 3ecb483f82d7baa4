"""An order that takes too long: another provider is asked only when this one is surely over."""

from collections.abc import Callable
from pathlib import Path

import pytest
from contracts.errors import ErrorCode, Rejected, Transient
from contracts.events import SceneProgressed
from generator.domain.ledger import State
from generator.domain.provider import Phase, Status, Ticket
from runtime.work import Done, Failed

from tests.unit.generator.making import FakeProvider
from tests.unit.generator.rows import PATIENCE, Row
from tests.unit.generator.test_routing import Desk, fact

RUNNING = Status(Phase.RUNNING, poll_after=4.0)


class Slow(FakeProvider):
    """Never done by itself. ``after`` is what it says of an order it was told to cancel."""

    after: Callable[[], Status] = staticmethod(lambda: RUNNING)
    deaf: int = 0

    async def poll(self, ticket: Ticket) -> Status:
        return self.after() if ticket.order.token in self.cancelled else RUNNING

    async def cancel(self, ticket: Ticket) -> None:
        if self.deaf:
            self.deaf -= 1
            raise Transient(ErrorCode.AI_PROVIDER_FAILURE)
        await super().cancel(ticket)


def gone() -> Status:
    raise Rejected(ErrorCode.OUTPUT_EXPIRED, detail="HTTP 404")


def silent() -> Status:
    raise Transient(ErrorCode.AI_PROVIDER_FAILURE, detail="HTTP 500")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk(tmp_path / "objects")
    made.a = Slow()
    return made


def slow(desk: Desk) -> Slow:
    assert isinstance(desk.a, Slow)
    return desk.a


def costs(row: Row) -> list[str]:
    told = [event for event in row.keeper.events if isinstance(event, SceneProgressed)]
    return [str(event.cost_usd) for event in told if event.cost_usd is not None]


@pytest.mark.parametrize(
    "after",
    [
        lambda: Status(Phase.CANCELLED),
        lambda: Status(Phase.FAILED, code=ErrorCode.AI_PROVIDER_FAILURE),
        gone,
    ],
    ids=["cancelled", "failed", "not there any more"],
)
async def test_once_it_is_surely_over_the_next_provider_is_asked(
    desk: Desk, after: Callable[[], Status]
) -> None:
    slow(desk).after = after
    row = await desk.row()
    made = fact(await row.finish())
    assert (made.provider, str(made.cost_usd)) == ("b", "0.1000")
    assert (len(desk.a.sent), len(desk.b.sent)) == (1, 1)
    assert desk.a.cancelled == desk.a.sent
    first = desk.log.entries[desk.a.sent[0]]
    assert (first.state, first.code, str(first.cost_usd)) == (
        State.FAILED,
        ErrorCode.SCENE_TIMEOUT,
        "0.0500",
    )
    assert costs(row) == ["0.0500"]


@pytest.mark.parametrize("after", [lambda: RUNNING, silent], ids=["at work", "silent"])
async def test_while_it_may_still_be_at_work_nobody_else_is_asked(
    desk: Desk, after: Callable[[], Status]
) -> None:
    slow(desk).after = after
    row = await desk.row()
    assert (await row.fail()).code is ErrorCode.SCENE_TIMEOUT
    assert (len(desk.a.sent), desk.b.sent) == (1, [])
    assert row.clock.time - 1_000 >= PATIENCE.running + PATIENCE.ending
    assert desk.log.entries[desk.a.sent[0]].state is State.GIVEN_UP
    assert costs(row) == ["0.0500"]


async def test_a_clip_that_is_done_after_all_is_taken(desk: Desk) -> None:
    slow(desk).after = lambda: Status(Phase.SUCCEEDED)
    made = fact(await (await desk.row()).finish())
    assert (made.provider, str(made.cost_usd), desk.b.sent) == ("a", "0.0500", [])


async def test_a_provider_that_did_not_hear_is_told_again(desk: Desk) -> None:
    slow(desk).after, slow(desk).deaf = (lambda: Status(Phase.CANCELLED)), 3
    assert fact(await (await desk.row()).finish()).provider == "b"
    assert desk.a.cancelled == desk.a.sent


async def test_without_another_provider_the_scene_has_failed(desk: Desk) -> None:
    desk.wish, slow(desk).after = ("a",), lambda: Status(Phase.CANCELLED)
    row = await desk.row()
    assert await row.finish() == Failed(ErrorCode.SCENE_TIMEOUT)
    assert (len(desk.a.sent), costs(row)) == (1, ["0.0500"])


async def test_an_order_that_its_provider_ended_for_its_time_goes_to_the_next(desk: Desk) -> None:
    desk.a = FakeProvider(phases=[Phase.FAILED], refusal=ErrorCode.SCENE_TIMEOUT)
    made = fact(await (await desk.row()).finish())
    assert (made.provider, len(desk.a.sent), len(desk.b.sent)) == ("b", 1, 1)


async def test_orders_after_time_ran_out_are_bounded_too(desk: Desk) -> None:
    slow(desk).after = lambda: Status(Phase.CANCELLED)
    desk.b = FakeProvider(phases=[Phase.FAILED])
    row = await desk.row()
    await row.fail()
    assert len(desk.a.sent) + len(desk.b.sent) == PATIENCE.orders
    assert costs(row)[-1] == "0.1500"


async def test_what_was_paid_in_vain_is_told_before_the_scene_ends(desk: Desk) -> None:
    desk.a = FakeProvider(phases=[Phase.FAILED, Phase.SUCCEEDED])
    desk.wish = ("a",)
    row = await desk.row()
    outcome = await row.finish()
    assert isinstance(outcome, Done)
    assert (costs(row), str(fact(outcome).cost_usd)) == (["0.0500"], "0.1000")
