"""A cancelled job: what its scenes have ordered is cancelled at the provider, and booked."""

from pathlib import Path
from uuid import uuid4

import pytest
from contracts.errors import ErrorCode
from contracts.events import SceneGenerated, StageFailed
from runtime.objects import LocalObjects
from standins.replicate import KEY, ReplicateStandin
from standins.server import serving
from standins.video_faults import Faults
from studio.embedded.broker import MockBroker

from tests.component.generator.stage import given_up, started
from tests.component.harness import of_type
from tests.conftest import TestDatabase
from tests.unit.generator.making import plan, planned, scene


@pytest.mark.parametrize("lost", [False, True])
async def test_a_cancelled_jobs_orders_are_cancelled_at_the_provider(
    database: TestDatabase, bus: MockBroker, objects_root: Path, *, lost: bool
) -> None:
    standin = ReplicateStandin()
    script: dict[str, list[str | None]] = {"create": ["create_reset_after"]} if lost else {}
    standin.faults = Faults(script=script, make_seconds=(300, 300))
    job = uuid4()
    with serving(standin.app) as base:
        told = {"accounts": {"ai_replicate_api_token": KEY, "replicate_base_url": base}}
        # Without a lost answer the row waits for a poll, with one for a look at their list.
        quick = {"poll_seconds": 30.0}
        async with started(database, bus, objects_root, **told, **quick) as generator:
            assert isinstance(generator.store, LocalObjects)
            made = plan(scene(frames=24), job=job)
            wish = made.settings.model_copy(update={"providers": ("replicate",)})
            made = made.model_copy(update={"settings": wish})
            event = await planned(generator.store, made)
            await generator.send(event)
            await given_up(generator, standin, event, "make")
            rows = await generator.sql.fetch("select * from generator.attempts")
            said = await generator.said()
    ledger = standin.books.ledger()
    assert ledger["statuses"]["cancelled"] == ledger["creates"] == 1
    assert [(row["state"], row["error_code"]) for row in rows] == [
        ("given_up", ErrorCode.CANCELLED)
    ]
    assert of_type(said, SceneGenerated) == []
    assert of_type(said, StageFailed) == []
