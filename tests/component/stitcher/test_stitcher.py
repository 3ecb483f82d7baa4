"""The real stitcher: a plan and its scenes in any order, each delivered twice, make one film."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from contracts.documents import Line
from contracts.errors import ErrorCode
from contracts.events import (
    Event,
    StageFailed,
    StitchProgressed,
    StitchRequested,
    VideoStitched,
)
from runtime.objects import put_model
from stitcher.adapters.segments import read
from stitcher.main import build
from stitcher.settings import Settings
from studio.embedded.broker import MockBroker

from tests.adapters import media
from tests.component.harness import Running, of_type, running, runtime_settings
from tests.conftest import TestDatabase
from tests.unit.stitcher.making import FOLDER, JOB, generated, plan, planned

ARRIVALS = (planned(2), generated(0), generated(1))


@asynccontextmanager
async def started(
    database: TestDatabase, bus: MockBroker, objects_root: Path, tmp_path: Path
) -> AsyncGenerator[Running, None]:
    settings = runtime_settings("stitcher", database, bus, objects_root)
    async with running(lambda s: build(Settings(runtime=s, encodes=2)), settings, database) as it:
        await put_parts(it, tmp_path)
        yield it


async def put_parts(stitcher: Running, tmp_path: Path) -> None:
    """Two scenes' clips and posters, and their plan."""
    for index in range(2):
        path = media.clip(tmp_path / f"{index}.mp4", frames=30, size="320x320")
        await stitcher.store.put(f"{FOLDER}/clips/{index}-1.mp4", path, "video/mp4")
        await stitcher.store.put(f"{FOLDER}/clips/{index}-1.jpg", b"poster", "image/jpeg")
    words = plan([Line(text="One.")], [Line(text="Two.")])
    await put_model(stitcher.store, f"{FOLDER}/jobs/{JOB}/plan.json", words)


@pytest.mark.parametrize(
    "order", [ARRIVALS, ARRIVALS[::-1], (ARRIVALS[1], ARRIVALS[0], ARRIVALS[2])]
)
async def test_a_film_is_made_once_in_whatever_order_its_parts_arrive(
    database: TestDatabase,
    bus: MockBroker,
    objects_root: Path,
    tmp_path: Path,
    order: tuple[Event, ...],
) -> None:
    async with started(database, bus, objects_root, tmp_path) as stitcher:
        await stitcher.send(*order)
        await stitcher.settle()
        (fact,) = of_type(await stitcher.said(), VideoStitched)
        film = tmp_path / "film.mp4"
        await stitcher.store.download(fact.video.key, film)
        assert (fact.frames, fact.scenes, read(film).frames) == (60, 2, 60)
        assert await stitcher.store.head(fact.captions.key) == fact.captions
        assert [row["step"] for row in await stitcher.work()].count("stitch") == 1


async def test_a_scene_without_its_file_fails_the_film(
    database: TestDatabase, bus: MockBroker, objects_root: Path, tmp_path: Path
) -> None:
    async with started(database, bus, objects_root, tmp_path) as stitcher:
        await stitcher.store.delete(f"{FOLDER}/clips/1-1.mp4")
        await stitcher.send(*ARRIVALS)
        await stitcher.settle()
        (failure,) = of_type(await stitcher.said(), StageFailed)
        assert (failure.code, failure.stage) == (ErrorCode.STITCH_FAILED, "stitcher")


async def test_an_export_is_made_in_its_own_shape_and_fails_alone(
    database: TestDatabase, bus: MockBroker, objects_root: Path, tmp_path: Path
) -> None:
    async with started(database, bus, objects_root, tmp_path) as stitcher:
        settings = ARRIVALS[0].settings.model_copy(update={"width": 360, "height": 640})
        well, lost = uuid4(), uuid4()
        asked = StitchRequested.caused_by(
            ARRIVALS[0], export_id=well, order=(1, 0), export=True, settings=settings
        )
        await stitcher.send(*ARRIVALS, asked)
        await stitcher.settle()
        films = {fact.export_id: fact for fact in of_type(await stitcher.said(), VideoStitched)}
        assert films.keys() == {None, well}
        film = tmp_path / "film.mp4"
        await stitcher.store.download(films[well].video.key, film)
        made = read(film)
        assert (made.width, made.height, made.frames) == (360, 640, 60)
        told = of_type(await stitcher.said(), StitchProgressed)
        assert {fact.export_id for fact in told} == {None, well}

        await stitcher.store.delete(f"{FOLDER}/clips/1-1.mp4")
        other = asked.model_copy(update={"export_id": lost})
        again = asked.model_copy(update={"export": False, "cut": 3})
        await stitcher.send(other, again)
        await stitcher.settle()
        failures = of_type(await stitcher.said(), StageFailed)
        blamed = {(one.export_id, one.cut, one.code) for one in failures}
        code = ErrorCode.STITCH_FAILED
        assert blamed == {(lost, None, code), (None, 3, code)}
