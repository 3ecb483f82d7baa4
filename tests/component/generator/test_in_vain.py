"""A film whose scene was refused: the scenes that wait for their turn are not ordered any more."""

from pathlib import Path
from uuid import uuid4

from contracts.errors import ErrorCode
from contracts.events import StageFailed
from runtime.objects import LocalObjects
from standins.replicate import KEY, ReplicateStandin
from standins.server import serving
from standins.video_faults import Faults
from studio.embedded.broker import MockBroker

from tests.component.generator.stage import started
from tests.component.harness import of_type
from tests.conftest import TestDatabase
from tests.unit.generator.making import plan, planned, scene

SCENES = 4


async def test_the_sisters_of_a_scene_that_failed_for_good_are_not_ordered(
    database: TestDatabase, bus: MockBroker, objects_root: Path
) -> None:
    standin = ReplicateStandin()
    standin.faults = Faults(rates={"job_refused": 1.0}, make_seconds=(0.3, 0.3))
    with serving(standin.app) as base:
        told = {
            "accounts": {"ai_replicate_api_token": KEY, "replicate_base_url": base},
            "limits": {"replicate": {"in_flight": 1}},
            "poll_seconds": 0.1,
        }
        async with started(database, bus, objects_root, **told) as generator:
            assert isinstance(generator.store, LocalObjects)
            scenes = (scene(n, frames=24, prompt=f"hill {n}") for n in range(SCENES))
            made = plan(*scenes, job=uuid4())
            wish = made.settings.model_copy(update={"providers": ("replicate",)})
            made = made.model_copy(update={"settings": wish})
            await generator.send(await planned(generator.store, made))
            await generator.settle()
            ends = [row["state"] for row in await generator.work() if row["step"] == "make"]
            failures = of_type(await generator.said(), StageFailed)
    assert sorted(ends) == ["done"] * (SCENES - 1) + ["failed"]
    assert [failure.code for failure in failures] == [ErrorCode.CONTENT_REJECTED]
    assert standin.books.ledger()["creates"] == 1
