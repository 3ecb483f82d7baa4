"""Fan-in and stitching on fakes."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from contracts.documents import Line
from contracts.errors import ErrorCode, Rejected
from contracts.events import Event, SceneGenerated, ScenesPlanned, VideoStitched
from contracts.mezzanine import Mezzanine
from runtime.objects import LocalObjects, put_model
from runtime.work import Done, Follow, Work
from stitcher.handlers import KeepPlan, MarkScene, StitchFilm

from tests.unit.stitcher.making import (
    FOLDER,
    JOB,
    ROOT,
    FakeFilmMaker,
    FakeParts,
    generated,
    plan,
    planned,
)


@dataclass
class FakeKeeper:
    """Takes nothing: the stitcher keeps no checkpoint."""

    saved: list[Any] = field(default_factory=list[Any])

    async def save(self, work: Work, checkpoint: Any, events: Sequence[Event]) -> None:
        self.saved.append(checkpoint)


def work(step: str) -> Work:
    return Work(ROOT, step, JOB, None, 1, 0, {}, ROOT, FakeKeeper())


ARRIVALS = (planned(2), generated(0), generated(1))


@pytest.mark.parametrize("order", list(itertools.permutations(ARRIVALS)))
async def test_the_film_is_asked_for_when_the_last_one_arrives(order: Sequence[Event]) -> None:
    parts = FakeParts()
    outcomes: list[object] = []
    for event in order:
        if isinstance(event, ScenesPlanned):
            outcomes.append(await KeepPlan(parts)(event, work("plan")))
        elif isinstance(event, SceneGenerated):
            outcomes.append(await MarkScene(parts)(event, work("mark")))
    assert outcomes == [Done(), Done(), Done(follow=[Follow("stitch", planned(2))])]


async def test_a_redelivery_asks_for_the_same_film() -> None:
    parts = FakeParts()
    await KeepPlan(parts)(planned(1), work("plan"))
    first = await MarkScene(parts)(generated(0, count=1), work("mark"))
    assert await MarkScene(parts)(generated(0, count=1), work("mark")) == first
    assert await KeepPlan(parts)(planned(1), work("plan")) == first


@pytest.fixture
async def store(tmp_path: Path) -> LocalObjects:
    store = LocalObjects(tmp_path / "objects", public_url="http://127.0.0.1", signing_key=b"key")
    for index in range(2):
        await store.put(f"{FOLDER}/clips/{index}-1.mp4", b"clip%d," % index, "video/mp4")
        await store.put(f"{FOLDER}/clips/{index}-1.jpg", b"poster%d" % index, "image/jpeg")
    words = plan([Line(text="One.")], [Line(text="Two.")])
    await put_model(store, f"{FOLDER}/jobs/{JOB}/plan.json", words)
    return store


@pytest.fixture
async def parts() -> FakeParts:
    parts = FakeParts()
    for index in range(2):
        await parts.keep_part(generated(index))
    return parts


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


async def test_a_film_its_captions_and_its_poster_are_stored(
    store: LocalObjects, parts: FakeParts, scratch: Path
) -> None:
    stitch = StitchFilm(parts, FakeFilmMaker(), store, scratch)
    outcome = await stitch(planned(2), work("stitch"))
    assert isinstance(outcome, Done)
    (fact,) = outcome.events
    assert isinstance(fact, VideoStitched)
    assert (fact.frames, fact.scenes, fact.title) == (60, 2, "A film")
    assert fact.video.key == f"{FOLDER}/jobs/{JOB}/film.mp4"
    assert await store.get(fact.video.key) == b"clip0,clip1,"
    assert await store.get(fact.poster.key) == b"poster0"
    assert (await store.get(fact.captions.key)).decode().startswith("1\n00:00:00,000 -->")
    assert list(scratch.iterdir()) == []
    assert await stitch(planned(2), work("stitch")) == outcome


@pytest.mark.parametrize("suffix", ["mp4", "jpg"])
async def test_a_missing_file_fails_the_film(
    store: LocalObjects, parts: FakeParts, scratch: Path, suffix: str
) -> None:
    await store.delete(f"{FOLDER}/clips/0-1.{suffix}")
    with pytest.raises(Rejected) as refused:
        await StitchFilm(parts, FakeFilmMaker(), store, scratch)(planned(2), work("stitch"))
    assert refused.value.code is ErrorCode.STITCH_FAILED
    assert f"0-1.{suffix}" in refused.value.detail
    assert list(scratch.iterdir()) == []


class BrokenFilmMaker:
    """Never joins anything."""

    async def make(
        self, clips: Sequence[tuple[Path, int]], folder: Path, profile: Mezzanine
    ) -> Path:
        (folder / "half.mp4").write_bytes(b"half")
        raise Rejected(ErrorCode.STITCH_FAILED, detail="the end of the log")


async def test_nothing_is_left_of_a_film_that_failed(
    store: LocalObjects, parts: FakeParts, scratch: Path
) -> None:
    with pytest.raises(Rejected, match="STITCH_FAILED"):
        await StitchFilm(parts, BrokenFilmMaker(), store, scratch)(planned(2), work("stitch"))
    assert list(scratch.iterdir()) == []
    assert await store.head(f"{FOLDER}/jobs/{JOB}/film.mp4") is None
