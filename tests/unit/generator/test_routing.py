"""Who is asked for a scene, and when: order, ability, health, limits, price; never two at once."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from contracts.errors import ErrorCode, FilmError, Rejected, Transient
from contracts.events import SceneGenerated
from contracts.mezzanine import Mezzanine
from generator.domain.budget import Caps
from generator.domain.clip import Unusable
from generator.domain.ledger import State
from generator.domain.provider import OnShare, Phase
from generator.domain.routing import Account, Breaking, Limits
from runtime.objects import LocalObjects
from runtime.work import Done, Failed, Outcome, Waiting

from tests.unit.generator.gates import FakeGate
from tests.unit.generator.making import (
    FakeAttemptLog,
    FakeClipCache,
    FakeMezzanineMaker,
    FakeProvider,
    plan,
    planned,
    scene,
)
from tests.unit.generator.rows import PATIENCE, Clock, Row, maker


class Desk:
    """Two paid providers, one gate, and as many rows as wanted."""

    def __init__(self, folder: Path, *wish: str) -> None:
        self.store = LocalObjects(folder, public_url="http://127.0.0.1", signing_key=b"key")
        self.a, self.b, self.clock = FakeProvider(), FakeProvider(), Clock()
        self.log = FakeAttemptLog()
        self.gate = FakeGate(self.log)
        self.wish = wish or ("a", "b")
        self.mezzanine = FakeMezzanineMaker()

    async def row(self, ordinal: int = 0) -> Row:
        made = plan(*(scene(index) for index in range(ordinal + 1)))
        wish = made.settings.model_copy(update={"providers": self.wish})
        make = maker(
            self.store,
            {"a": self.a, "b": self.b},
            FakeClipCache(),
            self.clock,
            mezzanine=self.mezzanine,
            log=self.log,
            gate=self.gate,
        )
        event = await planned(self.store, made.model_copy(update={"settings": wish}))
        return Row(make, event, self.clock, ordinal=ordinal)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "objects")


def unwell() -> Transient:
    return Transient(ErrorCode.AI_PROVIDER_FAILURE, detail="no connection")


def fact(outcome: Outcome | None) -> SceneGenerated:
    assert isinstance(outcome, Done), outcome
    (event,) = outcome.events
    assert isinstance(event, SceneGenerated)
    return event


async def test_who_cannot_make_the_scene_is_passed_over(desk: Desk) -> None:
    desk.a.capabilities = replace(desk.a.capabilities, max_seconds=0.5)
    assert fact(await (await desk.row()).finish()).provider == "b"
    assert desk.a.sent == []


async def test_a_film_of_a_shape_that_nobody_makes_is_refused_before_it_is_paid(desk: Desk) -> None:
    for provider in (desk.a, desk.b):
        provider.capabilities = replace(provider.capabilities, shapes=((1280, 240),))
    outcome = await (await desk.row()).fail()
    assert (outcome.code, "shape 320x320" in outcome.message) == (ErrorCode.INVALID_INPUT, True)
    assert desk.a.sent == desk.b.sent == []


@pytest.mark.parametrize(
    "error",
    [
        unwell(),
        Rejected(ErrorCode.PROVIDER_AUTH),
        Rejected(ErrorCode.PROVIDER_CREDITS_EXHAUSTED),
    ],
)
async def test_after_a_clean_refusal_the_next_provider_is_asked(
    desk: Desk, error: FilmError
) -> None:
    desk.a.faults = [error]
    assert fact(await (await desk.row()).finish()).provider == "b"
    assert (len(desk.a.sent), len(desk.b.sent)) == (1, 1)


async def test_the_scene_costs_what_all_its_paid_orders_cost(desk: Desk) -> None:
    desk.a.phases = [Phase.FAILED]
    made = fact(await (await desk.row()).finish())
    assert (made.provider, made.cost_usd) == ("b", Decimal("0.1000"))
    paid = {entry.provider: entry.cost_usd for entry in desk.log.entries.values()}
    assert sum(cost or 0 for cost in paid.values()) == made.cost_usd
    assert {entry.state for entry in desk.log.entries.values()} == {State.FAILED, State.SUCCEEDED}


@pytest.mark.parametrize("code", [ErrorCode.CONTENT_REJECTED, ErrorCode.INVALID_INPUT])
async def test_a_scene_that_is_refused_for_what_it_says_is_for_the_user_to_edit(
    desk: Desk, code: ErrorCode
) -> None:
    desk.a.faults = [Rejected(code)]
    outcome = await (await desk.row()).fail()
    assert (outcome.code, desk.b.sent) == (code, [])
    assert desk.gate.of("a").failures == 0


async def test_nobody_else_is_asked_while_an_order_may_be_out(desk: Desk) -> None:
    desk.a.faults = [Transient(ErrorCode.PROVIDER_UNCERTAIN)]
    desk.a.took_before_fault, desk.a.hidden = True, 2
    desk.gate.accounts["a"] = Account(failures=99)
    row = await desk.row()
    await row.run()
    assert desk.gate.of("a").open_until is not None
    assert fact(await row.finish()).provider == "a"
    assert (len(desk.a.sent), desk.b.sent) == (1, [])


async def test_an_order_that_was_once_sent_blindly_never_moves(desk: Desk) -> None:
    desk.a.capabilities = replace(desk.a.capabilities, can_reconcile=False)
    desk.a.faults = [Transient(ErrorCode.PROVIDER_UNCERTAIN), unwell()]
    row = await desk.row()
    rules = replace(PATIENCE, unlisted=1)
    row.make = replace(row.make, orders=replace(row.make.orders, patience=rules))
    assert fact(await row.finish()).provider == "a"
    assert desk.b.sent == []


@pytest.mark.parametrize("both", [False, True])
async def test_a_scenes_orders_are_bounded(desk: Desk, *, both: bool) -> None:
    desk.a.phases = [Phase.FAILED]
    desk.b.phases = [Phase.FAILED]
    desk.wish = ("a", "b") if both else ("a",)
    desk.gate.breaking = Breaking(failures=99)
    assert (await (await desk.row()).fail()).code is ErrorCode.AI_PROVIDER_FAILURE
    assert len(desk.a.sent) + len(desk.b.sent) == PATIENCE.orders


async def test_refusals_that_go_round_and_round_end(desk: Desk) -> None:
    desk.a.faults = [unwell() for _ in range(99)]
    desk.b.faults = [unwell() for _ in range(99)]
    desk.gate.breaking = Breaking(failures=999)
    await (await desk.row()).fail()
    assert len(desk.a.sent) + len(desk.b.sent) < 30


async def test_an_ill_provider_is_left_alone_until_one_scene_may_try(desk: Desk) -> None:
    desk.gate.breaking = Breaking(failures=2, rest=60, probe=100)
    desk.wish = ("a",)
    desk.a.faults = [unwell(), unwell()]
    first = await desk.row()
    await first.run()
    await first.run()
    asked = len(desk.a.sent)
    opened = desk.gate.of("a").open_until
    assert opened is not None
    desk.a.phases = [Phase.RUNNING, Phase.SUCCEEDED]
    second, third = await desk.row(1), await desk.row(2)
    now = desk.clock.time
    assert isinstance(await second.run(), Waiting)
    assert (len(desk.a.sent), now < opened) == (asked, True)
    desk.clock.time = opened
    assert isinstance(await second.run(), Waiting)
    assert len(desk.a.sent) == asked + 1
    held = await third.run()
    assert isinstance(held, Waiting)
    assert len(desk.a.sent) == asked + 1
    fact(await second.finish())
    fact(await third.finish())
    assert desk.gate.of("a").open_until is None


async def test_a_refused_account_is_said_at_once_and_to_all(desk: Desk) -> None:
    desk.wish = ("a",)
    desk.a.faults = [Rejected(ErrorCode.PROVIDER_CREDITS_EXHAUSTED)]
    outcomes = [await (await desk.row(index)).run() for index in range(3)]
    codes = [outcome.code for outcome in outcomes if isinstance(outcome, Failed)]
    assert codes == [ErrorCode.PROVIDER_CREDITS_EXHAUSTED] * 3
    assert len(desk.a.sent) == 1


async def test_an_ill_provider_is_passed_over_for_a_well_one(desk: Desk) -> None:
    desk.gate.accounts["a"] = Account(open_until=5_000, code=ErrorCode.PROVIDER_AUTH)
    assert fact(await (await desk.row()).finish()).provider == "b"
    assert desk.a.sent == []


async def test_a_busy_account_is_left_alone_by_all_and_no_scene_fails_for_it(desk: Desk) -> None:
    desk.wish = ("a",)
    desk.a.faults = [Transient(ErrorCode.PROVIDER_RATE_LIMITED, retry_after=40)]
    first, second = await desk.row(), await desk.row(1)
    assert isinstance(await first.run(), Waiting)
    desk.clock.time -= 40
    waits = await second.run()
    assert isinstance(waits, Waiting)
    assert 40 <= waits.seconds < 42
    assert len(desk.a.sent) == 1
    fact(await first.finish())
    fact(await second.finish())


async def test_no_more_orders_are_out_than_the_account_allows(desk: Desk) -> None:
    desk.wish = ("a",)
    desk.gate.limits["a"] = Limits(in_flight=1)
    desk.a.phases = [Phase.RUNNING, Phase.RUNNING, Phase.SUCCEEDED]
    first, second = await desk.row(), await desk.row(1)
    await first.run()
    for _ in range(4):
        assert isinstance(await second.run(), Waiting)
    assert len(desk.a.sent) == 1
    fact(await first.finish())
    desk.gate.over.add(desk.a.sent[0])
    fact(await second.finish())


async def test_a_scene_that_does_not_fit_the_budget_is_not_ordered(desk: Desk) -> None:
    desk.wish = ("a",)
    desk.gate.caps = Caps(job=Decimal("0.08"))
    fact(await (await desk.row()).finish())
    outcome = await (await desk.row(1)).fail()
    assert outcome.code is ErrorCode.BUDGET_EXCEEDED
    assert "$0.05 of $0.08 for this film" in outcome.message
    assert "$0.05 of $0.08" in outcome.message
    assert len(desk.a.sent) == 1


async def test_a_clip_that_stays_unusable_is_booked_as_paid_and_made_by_another(
    desk: Desk,
) -> None:
    class Picky(FakeMezzanineMaker):
        refusals = PATIENCE.unusable

        async def make(
            self, source: Path, folder: Path, profile: Mezzanine, frames: int, on_share: OnShare
        ) -> Path:
            if self.refusals:
                self.refusals -= 1
                raise Unusable("The provider sent a clip that cannot be used", detail="moov atom")
            return await super().make(source, folder, profile, frames, on_share)

    desk.mezzanine = Picky()
    made = fact(await (await desk.row()).finish())
    assert (made.provider, made.cost_usd) == ("b", Decimal("0.1000"))
    first, second = desk.log.entries.values()
    assert (first.state, first.detail) == (State.UNUSABLE, "moov atom")
    assert second.state is State.SUCCEEDED
    assert (desk.a.fetched, desk.b.fetched) == (PATIENCE.unusable, 1)
