"""Giving up a cancelled scene at every paid provider's stand-in."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from generator.domain.ledger import State
from generator.handlers.undo import GiveUpScene
from runtime.objects import LocalObjects
from runtime.work import Done, Waiting
from standins.video_faults import Faults

from tests.adapters.houses import KINDS, House, house
from tests.component.generator.desk import Desk
from tests.unit.generator.making import FakeKeeper


@pytest.fixture(params=sorted(KINDS))
def served(request: pytest.FixtureRequest) -> Iterator[House]:
    with house(request.param) as made:
        yield made


@pytest.mark.parametrize("lost", [False, True])
async def test_an_order_of_a_cancelled_scene_ends_at_its_provider(
    served: House, tmp_path: Path, *, lost: bool
) -> None:
    store = LocalObjects(tmp_path, public_url="http://127.0.0.1", signing_key=b"key")
    desk = Desk(served, store)
    script: dict[str, list[str | None]] = {"create": ["create_reset_after"]} if lost else {}
    desk.open(Faults(script=script, make_seconds=(500.0, 500.0)))
    async with httpx.AsyncClient(trust_env=False) as client:
        row = await desk.row(client, FakeKeeper())
        assert isinstance(await row.run(), Waiting)
        checkpoint = row.keeper.checkpoint
        orders = row.make.orders
        undo = GiveUpScene(row.make.providers, orders, orders.routing.gate, store, desk.clock)
        keeper = FakeKeeper(checkpoint)
        for _ in range(20):
            outcome = await undo(row.event, keeper.work(step="undo.make"))
            if isinstance(outcome, Done):
                break
            assert isinstance(outcome, Waiting)
            await keeper.close(outcome)
            desk.clock.time += outcome.seconds
    (entry,) = desk.log.entries.values()
    statuses = desk.ledger()["statuses"]
    # Runway lists nothing, and fal only what has ended.
    blind = lost and served.name in {"runway", "pika"}
    assert (desk.ledger()["creates"], entry.state) == (1, State.GIVEN_UP)
    assert statuses.get("cancelled", 0) == (0 if blind else 1)
