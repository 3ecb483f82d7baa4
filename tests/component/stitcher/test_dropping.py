"""An export that is dropped while it is made: its processes end at once, nobody else's do."""

import asyncio
import os
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import imageio_ffmpeg
import pytest
from contracts.events import (
    ExportDropped,
    GenerationSettings,
    ScenesPlanned,
    StageFailed,
    StitchRequested,
    VideoStitched,
)
from runtime.objects import project_key
from stitcher.main import build
from stitcher.settings import Settings
from studio.embedded.broker import MockBroker

from tests.component.harness import Running, of_type, running, runtime_settings
from tests.component.stitcher.test_stitcher import put_parts
from tests.conftest import TestDatabase
from tests.unit.stitcher.making import generated, planned
from tests.waiting import until

HANGS = """#!/bin/sh
case "$*" in *-progress*) ;; *) exec {real} "$@" ;; esac
echo "$@" > {folder}/$$.tmp && mv {folder}/$$.tmp {folder}/$$
exec sleep 600
"""


@dataclass
class Encoders:
    """What stands for the stitcher's ffmpeg: a process notes what it was asked, and hangs."""

    folder: Path

    def alive(self) -> dict[str, set[int]]:
        """Living processes by the folder that they work in: each film has one."""
        found: dict[str, set[int]] = {}
        for path in self.folder.iterdir():
            place = re.search(r"/film-\w+/", path.read_text()) if not path.suffix else None
            if place is not None and _lives(int(path.name)):
                found.setdefault(place[0], set()).add(int(path.name))
        return found


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def encoders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Encoders:
    folder = tmp_path / "asked"
    folder.mkdir()
    script = tmp_path / "ffmpeg"
    script.write_text(HANGS.format(folder=folder, real=imageio_ffmpeg.get_ffmpeg_exe()))
    script.chmod(0o700)
    monkeypatch.setattr("imageio_ffmpeg.get_ffmpeg_exe", lambda: str(script))
    return Encoders(folder)


@dataclass
class Desk:
    """Two exports of one job, each at work in a size of its own."""

    stitcher: Running
    film: ScenesPlanned

    async def export(self, height: int) -> tuple[UUID, UUID]:
        """Its id and its request's."""
        size = {"width": 320, "height": height, "review": True}
        settings = GenerationSettings.model_validate(self.film.settings.model_dump() | size)
        asked = StitchRequested.caused_by(
            self.film, export_id=uuid4(), order=(0, 1), export=True, settings=settings
        )
        (envelope,) = await self.stitcher.send(asked, id=uuid4())
        return asked.export_id, envelope.id

    async def drop(self, export: UUID, request: UUID) -> None:
        await self.stitcher.send(
            ExportDropped.caused_by(self.film, export_id=export, request_id=request)
        )

    async def state(self, request: UUID) -> str:
        return await self.stitcher.sql.fetchval(
            "select state from stitcher.work where event_id = $1", request
        )


@asynccontextmanager
async def desk(
    database: TestDatabase, bus: MockBroker, objects_root: Path, tmp_path: Path
) -> AsyncGenerator[Desk, None]:
    film = planned(2)
    settings = film.settings.model_copy(update={"review": True})
    film = film.model_copy(update={"settings": settings})
    own = runtime_settings("stitcher", database, bus, objects_root)
    async with running(lambda s: build(Settings(runtime=s, encodes=8)), own, database) as stitcher:
        await put_parts(stitcher, tmp_path)
        await stitcher.send(film, generated(0), generated(1))
        yield Desk(stitcher, film)


async def at_work(encoders: Encoders, films: int) -> set[str]:
    """The folders of so many films at work."""

    async def there() -> bool:
        return len(encoders.alive()) == films

    await until(there, f"{films} films are being made")
    return set(encoders.alive())


async def test_a_dropped_export_ends_within_a_second_or_so_and_nothing_else_does(
    database: TestDatabase, bus: MockBroker, objects_root: Path, tmp_path: Path, encoders: Encoders
) -> None:
    async with desk(database, bus, objects_root, tmp_path) as at:
        unwanted = await at.export(644)
        mine = await at_work(encoders, 1)
        other = await at.export(366)
        theirs = await at_work(encoders, 2) - mine
        folder = project_key(at.film, "jobs", str(at.film.job_id), "exports")
        films = [f"{folder}/{export}/film.mp4" for export, _ in (unwanted, other)]
        for key in films:
            await at.stitcher.store.put(key, b"half a film", "video/mp4")
        (place,) = theirs
        before = encoders.alive()[place]
        began = asyncio.get_running_loop().time()
        await at.drop(*unwanted)

        async def ended() -> bool:
            return encoders.alive().keys() == theirs

        await until(ended, "its processes have ended")
        assert asyncio.get_running_loop().time() - began < 4  # a second, on a quiet machine

        async def gone() -> bool:
            return await at.stitcher.store.head(films[0]) is None

        await until(gone, "its files are deleted")
        assert await at.stitcher.store.head(films[1]) is not None
        assert await at.state(unwanted[1]) == "cancelled"
        assert await at.state(other[1]) == "open"
        assert before <= encoders.alive()[place]

        await at.drop(*other)
        await until(at.stitcher.consumed, "both are dropped")
        # As if a minute had passed, after which the files are deleted once more.
        await at.stitcher.store.put(films[0], b"late", "video/mp4")

        async def settled() -> bool:
            await at.stitcher.sql.execute(
                "update stitcher.work set due_at = now()"
                " where step = 'undo.export' and state = 'open'"
            )
            at.stitcher.service.workers.wake()
            return not await at.stitcher.sql.fetchval(
                "select count(*) from stitcher.work where state = 'open'"
            )

        await until(settled, "nothing is open")
        assert await at.stitcher.store.head(films[0]) is None
        said = await at.stitcher.said()
        assert of_type(said, VideoStitched) == of_type(said, StageFailed) == []
