"""An export that nobody wants leaves nothing of its own, and takes nothing else with it."""

from pathlib import Path
from uuid import UUID, uuid5

import pytest
from contracts.documents import Line
from contracts.errors import ErrorCode, Transient
from contracts.events import ExportDropped, ScenesPlanned, StitchRequested
from contracts.values import Transition
from runtime.objects import LocalObjects, put_model
from runtime.work import Done, Waiting
from stitcher.handlers.dropping import LATE_SECONDS, DropExport
from stitcher.handlers.film import StitchChosen, StitchFilm
from stitcher.handlers.titling import Titling

from tests.unit.stitcher.making import (
    FOLDER,
    JOB,
    FakeFilmMaker,
    FakeParts,
    generated,
    plan,
    planned,
    scratch_below,
    work,
    workshop,
)
from tests.unit.stitcher.test_titling import FakePainter

EXPORT, OTHER = uuid5(JOB, "export"), uuid5(JOB, "other")


def lasting() -> ScenesPlanned:
    """Scenes that are long enough for a list of chapters."""
    event = planned(3, transition=Transition.FADE)
    return event.model_copy(
        update={"scenes": tuple(s.model_copy(update={"frames": 330}) for s in event.scenes)}
    )


@pytest.fixture
def store(tmp_path: Path) -> LocalObjects:
    return LocalObjects(tmp_path / "objects", public_url="http://127.0.0.1", signing_key=b"key")


async def stitching(
    store: LocalObjects, tmp_path: Path, films: FakeFilmMaker | None = None
) -> StitchChosen:
    """What makes exports of three scenes that are there."""
    parts, event = FakeParts(), lasting()
    await parts.keep_plan(event)
    for index in range(3):
        await store.put(f"{FOLDER}/clips/{index}-1.mp4", b"clip%d" % index, "video/mp4")
        await store.put(f"{FOLDER}/clips/{index}-1.jpg", b"poster", "image/jpeg")
        part = generated(index, count=3)
        clip = part.clip.model_copy(update={"frames": 330})
        await parts.keep_part(part.model_copy(update={"clip": clip}))
    words = plan(*([Line(text=text)] for text in ("One.", "Two.", "Three.")))
    await put_model(store, f"{FOLDER}/jobs/{JOB}/plan.json", words)
    shop = workshop(store, scratch_below(tmp_path), films=films or FakeFilmMaker())
    return StitchChosen(StitchFilm(parts, shop, titling=Titling(FakePainter(), store)))


async def made(step: StitchChosen, *exports: UUID) -> None:
    for export in exports:
        asked = StitchRequested.caused_by(lasting(), export_id=export, order=(0, 1, 2), export=True)
        assert isinstance(await step(asked, work("restitch")), Done)


def files(store: LocalObjects, tmp_path: Path) -> set[str]:
    root = tmp_path / "objects"
    return {
        str(path.relative_to(root))
        for path in root.rglob("*")
        if path.is_file() and "/." not in str(path.relative_to(root))
    }


def dropped(export: UUID) -> ExportDropped:
    return ExportDropped.caused_by(planned(), export_id=export, request_id=JOB)


async def test_all_that_an_export_has_of_its_own_goes_and_nothing_else(
    store: LocalObjects, tmp_path: Path
) -> None:
    await made(await stitching(store, tmp_path), EXPORT, OTHER)
    before = files(store, tmp_path)
    own = {name for name in before if f"/exports/{EXPORT}/" in name}
    assert {"chapters.txt", "thumbnail.jpg", "film.mp4"} <= {Path(name).name for name in own}
    assert any("/segments/" in name for name in before)
    outcome = await DropExport(store)(dropped(EXPORT), work("drop"))
    assert isinstance(outcome, Waiting)
    assert files(store, tmp_path) == before - own


async def test_what_is_asked_for_again_is_joined_of_the_segments_there_are(
    store: LocalObjects, tmp_path: Path
) -> None:
    films = FakeFilmMaker()
    step = await stitching(store, tmp_path, films)
    await made(step, EXPORT)
    assert sum(text.startswith("window") for text in films.made) == 2
    await DropExport(store)(dropped(EXPORT), work("drop"))
    films.made.clear()
    await made(step, OTHER)
    assert not any(text.startswith("window") for text in films.made)
    assert len(films.made) == 1  # the film itself


async def test_a_file_that_arrives_late_goes_too(store: LocalObjects) -> None:
    drop = DropExport(store)
    first = await drop(dropped(EXPORT), work("drop"))
    assert isinstance(first, Waiting)
    assert first.seconds == LATE_SECONDS
    key = f"{FOLDER}/jobs/{JOB}/exports/{EXPORT}/film.mp4"
    await store.put(key, b"on its way when it was stopped", "video/mp4")
    again = work("drop")
    row = type(again)(
        again.id, "drop", JOB, None, 2, 0, first.checkpoint, again.event_id, again.keeper
    )
    assert await drop(dropped(EXPORT), row) == Done()
    assert await store.head(key) is None


async def test_a_store_that_is_away_is_asked_again(
    store: LocalObjects, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_: object, __: str) -> None:
        raise Transient(ErrorCode.STORAGE_FAILED)

    monkeypatch.setattr(LocalObjects, "delete", away)
    with pytest.raises(Transient):
        await DropExport(store)(dropped(EXPORT), work("drop"))
