"""A film's own budget: what its user allows for all scenes and all their takes."""

from decimal import Decimal
from pathlib import Path

from contracts.errors import ErrorCode
from contracts.events import SceneRequested
from runtime.work import Done, Failed

from tests.unit.generator.making import FakeKeeper, plan, planned, scene
from tests.unit.generator.rows import Row
from tests.unit.generator.test_routing import Desk


async def test_another_take_counts_against_the_films_budget(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "objects", "a")
    row = await desk.row()
    made = plan(scene())
    told = {"providers": ("a",), "budget_usd": Decimal("0.12")}
    budgeted = made.model_copy(update={"settings": made.settings.model_copy(update=told)})
    event = await planned(desk.store, budgeted)
    outcomes: list[Done | Failed] = []
    for take in (1, 2, 3):
        asked = event
        if take > 1:
            asked = SceneRequested.caused_by(
                event,
                plan=event.plan,
                scene_index=0,
                scene_count=1,
                take=take,
                providers=("a",),
                prompt="a hill at night",
            )
        another = Row(row.make, asked, desk.clock, FakeKeeper(step=f"take-{take}"))
        outcomes.append(await another.finish())
    assert [type(outcome) for outcome in outcomes] == [Done, Done, Failed]
    over = outcomes[-1]
    assert isinstance(over, Failed)
    assert over.code is ErrorCode.BUDGET_EXCEEDED
    assert "$0.10 of $0.12 of your budget for this film" in over.message
    assert len(desk.a.sent) == 2
