"""A cutting room on real files, with a local store: what the stitcher's tests cut films in."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import imageio_ffmpeg
from contracts.mezzanine import Mezzanine
from contracts.values import Clip, ObjectRef
from generator.adapters.mezzanine import FfmpegMezzanine
from runtime.ffmpeg import Ffmpeg
from runtime.objects import LocalObjects
from stitcher.adapters.film import FfmpegFilm
from stitcher.adapters.mixing import FfmpegSound
from stitcher.adapters.scratch import ScratchFolders
from stitcher.domain.timeline import Card, Cut, Joint, Source, Timeline, lay
from stitcher.handlers.cutting import CuttingRoom
from stitcher.handlers.ports import SoundMaker
from stitcher.handlers.sounding import Sounding
from stitcher.handlers.workshop import Originals, Workshop

from tests.adapters import media
from tests.unit.stitcher.making import (
    FOLDER,
    ROOT,
    FakeMeasured,
    FakeSegments,
    planned,
    workshop,
)

PROFILE = Mezzanine(320, 180, 30)


def engine(timeout: float = 60.0) -> Ffmpeg:
    return Ffmpeg(imageio_ffmpeg.get_ffmpeg_exe(), asyncio.Semaphore(2), timeout)


async def unheard(share: float) -> None:
    """Nobody is told."""


async def mezzanine(folder: Path, name: str, frames: int, **raw: object) -> Path:
    """A clip as the generator delivers it."""
    home = folder / name
    home.mkdir(parents=True)
    file = media.clip(home / "raw.mp4", frames=frames, **raw)  # pyright: ignore[reportArgumentType]
    return await FfmpegMezzanine(engine()).make(file, home, PROFILE, frames, unheard)


@dataclass
class Room:
    """Cuts films below a folder."""

    folder: Path
    films: FfmpegFilm = field(default_factory=lambda: FfmpegFilm(engine()))
    sounds: SoundMaker = field(default_factory=lambda: FfmpegSound(engine()))
    segments: FakeSegments = field(default_factory=FakeSegments)
    measured: FakeMeasured = field(default_factory=FakeMeasured)

    @property
    def store(self) -> LocalObjects:
        root = self.folder / "objects"
        return LocalObjects(root, public_url="http://127.0.0.1", signing_key=b"key")

    async def add(self, path: Path) -> ObjectRef:
        name = hashlib.sha256(path.read_bytes()).hexdigest()
        return await self.store.put(f"{FOLDER}/clips/{name}{path.suffix}", path, "video/mp4")

    async def cut(self, path: Path, frames: int, start: int = 0, end: int | None = None) -> Cut:
        """A file in the store, as part of a film."""
        ref = await self.add(path)
        source: Source = Card(ref)
        if path.suffix != ".png":
            source = Clip(video=ref, poster=ref, width=320, height=180, fps=30, frames=frames)
        return Cut(source, frames, start, frames if end is None else end, 0)

    @property
    def scratch(self) -> ScratchFolders:
        return ScratchFolders(self.folder)

    @property
    def shop(self) -> Workshop:
        return workshop(
            self.store,
            self.scratch,
            films=self.films,
            sounds=self.sounds,
            segments=self.segments,
            measured=self.measured,
        )

    def cutting(self, timeline: Timeline, folder: Path, by: UUID = ROOT) -> CuttingRoom:
        """The room itself, to be used in a folder."""
        originals = Originals(self.store, folder)
        return CuttingRoom(self.shop, planned(), by, timeline, originals)

    async def film(
        self, cuts: Sequence[Cut], joints: Sequence[Joint] | None = None, name: str = "film"
    ) -> Path:
        """The film as a file that stays."""
        return await self.lay(lay(PROFILE, cuts, joints or [Joint()] * (len(cuts) - 1)), name)

    async def lay(
        self,
        timeline: Timeline,
        name: str = "film",
        by: UUID = ROOT,
        sounding: Sounding = Sounding(),  # noqa: B008 frozen
    ) -> Path:
        with self.scratch.folder() as folder:
            made = await self.cutting(timeline, folder, by).whole(sounding)
            return made.rename(self.folder / f"{name}.mp4")


def check(film: Path, frames: int) -> None:
    """What every film must be: exact, in step, and without a complaint of the decoder."""
    start, length, heard_start, heard = media.clocks(film)
    assert len(media.pictures(film)) == frames
    assert (start, heard_start) == (0.0, 0.0)
    assert abs(length - frames / 30) < 1e-6
    assert abs(heard - frames / 30) < 1 / 30
    assert media.complaints(film) == ""
    boxes = list(media.boxes(film))
    assert boxes.index("moov") < boxes.index("mdat")
