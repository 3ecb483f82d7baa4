"""A film that has failed by one scene orders no other; what is ordered is finished and kept."""

from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from contracts.errors import ErrorCode, Transient
from contracts.events import SceneGenerated, SceneRequested
from generator.domain.provider import Phase
from generator.handlers.takes import SceneEvent
from runtime.objects import LocalObjects
from runtime.work import Done, Waiting

from tests.unit.generator.gates import FakeGate
from tests.unit.generator.making import (
    JOB,
    FakeAttemptLog,
    FakeClipCache,
    FakeProvider,
    FakeSisters,
    plan,
    planned,
    scene,
)
from tests.unit.generator.rows import Clock, Row, maker


@dataclass
class Film:
    """A scene of a film, its provider, and whether another scene has failed."""

    row: Row
    provider: FakeProvider
    sisters: FakeSisters
    gate: FakeGate

    def fails(self) -> None:
        self.sisters.films.add(JOB)

    def asked_as(self, event: SceneEvent) -> None:
        self.row = replace(self.row, event=event)


@pytest.fixture
async def film(tmp_path: Path) -> Film:
    store = LocalObjects(tmp_path, public_url="http://127.0.0.1", signing_key=b"key")
    provider, sisters, clock, log = FakeProvider(), FakeSisters(), Clock(), FakeAttemptLog()
    gate = FakeGate(log)
    make = maker(
        store, {"a": provider}, FakeClipCache(), clock, log=log, gate=gate, sisters=sisters
    )
    made = plan(scene())
    wish = made.settings.model_copy(update={"providers": ("a",)})
    event = await planned(store, made.model_copy(update={"settings": wish}))
    return Film(Row(make, event, clock), provider, sisters, gate)


def made(outcome: object) -> bool:
    return isinstance(outcome, Done) and isinstance(outcome.events[0], SceneGenerated)


async def test_a_scene_of_a_failed_film_is_not_ordered(film: Film) -> None:
    film.fails()
    assert await film.row.finish() == Done()
    assert film.provider.sent == []
    assert film.gate.released == [(JOB, 0)]


async def test_what_is_ordered_is_finished_and_kept(film: Film) -> None:
    film.provider.phases = [Phase.RUNNING, Phase.SUCCEEDED]
    assert isinstance(await film.row.run(), Waiting)
    film.fails()
    assert made(await film.row.finish())
    assert len(film.provider.sent) == 1


async def test_an_order_that_may_be_out_is_looked_for_and_kept(film: Film) -> None:
    film.provider.faults = [Transient(ErrorCode.PROVIDER_UNCERTAIN)]
    film.provider.took_before_fault = True
    assert isinstance(await film.row.run(), Waiting)
    film.fails()
    assert made(await film.row.finish())
    assert len(film.provider.sent) == 1


async def test_a_film_under_review_goes_on(film: Film) -> None:
    event = film.row.event
    assert not isinstance(event, SceneRequested)
    reviewed = event.settings.model_copy(update={"review": True})
    film.asked_as(event.model_copy(update={"settings": reviewed}))
    film.fails()
    assert made(await film.row.finish())


async def test_a_take_that_a_user_asks_for_is_made(film: Film) -> None:
    event = film.row.event
    film.asked_as(
        SceneRequested(
            job_id=JOB,
            user_id=event.user_id,
            project_id=event.project_id,
            plan=event.plan,
            scene_index=0,
            scene_count=1,
            take=2,
            providers=("a",),
            prompt="a hill",
            negative_prompt="",
        )
    )
    film.fails()
    assert made(await film.row.finish())
