"""A cancelled scene: its order is found, cancelled and booked; nothing is ordered."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from contracts.errors import ErrorCode, Transient
from contracts.events import ScenesPlanned
from generator.domain.ledger import State
from generator.domain.provider import Phase
from generator.handlers.undo import MOST_TRIES, GiveUpScene
from runtime.objects import LocalObjects
from runtime.work import Done, Outcome, Waiting

from tests.unit.generator.gates import FakeGate
from tests.unit.generator.making import (
    JOB,
    FakeAttemptLog,
    FakeClipCache,
    FakeKeeper,
    FakeProvider,
    plan,
    planned,
    scene,
)
from tests.unit.generator.rows import Clock, Row, maker


class Desk:
    def __init__(self, folder: Path) -> None:
        self.store = LocalObjects(folder, public_url="http://127.0.0.1", signing_key=b"key")
        self.provider, self.clock, self.log = FakeProvider(), Clock(), FakeAttemptLog()
        self.provider.phases = [Phase.RUNNING]
        self.gate = FakeGate(self.log)
        self.make = maker(
            self.store,
            {"animatic": self.provider},
            FakeClipCache(),
            self.clock,
            log=self.log,
            gate=self.gate,
        )

    async def event(self) -> ScenesPlanned:
        return await planned(self.store, plan(scene()))

    async def begun(self) -> Mapping[str, Any]:
        """The checkpoint of a row that was stopped after one claim."""
        row = Row(self.make, await self.event(), self.clock)
        await row.run()
        return row.keeper.checkpoint

    async def undo(self, checkpoint: Mapping[str, Any]) -> Outcome:
        """The row that gives it up, from its first claim to its end."""
        providers = {"animatic": self.provider}
        handler = GiveUpScene(providers, self.make.orders, self.gate, self.store, self.clock)
        keeper, event = FakeKeeper(checkpoint), await self.event()
        for _ in range(100):
            outcome = await handler(event, keeper.work(step="undo.make"))
            if not isinstance(outcome, Waiting):
                return outcome
            await keeper.close(outcome)
            self.clock.time += outcome.seconds
        raise AssertionError("still open")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "objects")


async def test_the_order_that_is_out_is_cancelled_and_booked(desk: Desk) -> None:
    assert isinstance(await desk.undo(await desk.begun()), Done)
    (entry,) = desk.log.entries.values()
    assert desk.provider.cancelled == desk.provider.sent == [entry.token]
    assert (entry.state, entry.code) == (State.GIVEN_UP, ErrorCode.CANCELLED)


async def test_an_order_that_ended_first_is_booked_with_its_cost(desk: Desk) -> None:
    checkpoint = await desk.begun()
    desk.provider.phases = [Phase.SUCCEEDED]
    assert isinstance(await desk.undo(checkpoint), Done)
    (entry,) = desk.log.entries.values()
    assert (entry.state, entry.cost_usd) == (State.SUCCEEDED, Decimal("0.0500"))


@pytest.mark.parametrize("arrived", [False, True])
async def test_an_uncertain_order_is_looked_for_first(desk: Desk, *, arrived: bool) -> None:
    desk.provider.faults = [Transient(ErrorCode.PROVIDER_UNCERTAIN)]
    desk.provider.took_before_fault, desk.provider.hidden = arrived, 2
    assert isinstance(await desk.undo(await desk.begun()), Done)
    assert len(desk.provider.cancelled) == arrived
    assert len(desk.provider.sent) == 1
    (entry,) = desk.log.entries.values()
    assert entry.state is State.GIVEN_UP


async def test_an_uncertain_order_that_nobody_can_look_for_is_booked_as_given_up(
    desk: Desk,
) -> None:
    desk.provider.capabilities = replace(desk.provider.capabilities, can_reconcile=False)
    desk.provider.faults = [Transient(ErrorCode.PROVIDER_UNCERTAIN)]
    assert isinstance(await desk.undo(await desk.begun()), Done)
    (entry,) = desk.log.entries.values()
    assert (entry.state, desk.provider.cancelled) == (State.GIVEN_UP, [])


async def test_a_provider_that_does_not_answer_is_asked_a_few_times(desk: Desk) -> None:
    checkpoint = await desk.begun()
    desk.provider.poll_faults = [Transient(ErrorCode.AI_PROVIDER_FAILURE) for _ in range(99)]
    assert isinstance(await desk.undo(checkpoint), Done)
    assert len(desk.provider.cancelled) == MOST_TRIES
    (entry,) = desk.log.entries.values()
    assert entry.state is State.GIVEN_UP


async def test_of_a_scene_that_never_ordered_what_was_reserved_is_free_again(desk: Desk) -> None:
    assert await desk.undo({}) == Done()
    assert desk.gate.released == [(JOB, 0)]
    assert desk.provider.cancelled == []
