"""What films are made with: the tools, and the shelves that finished parts are kept on."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from contracts.errors import ErrorCode, Rejected
from contracts.events import ObjectRef
from runtime.objects import ObjectMissingError, ObjectStore

from stitcher.domain.timeline import Card, Coming, Cut
from stitcher.handlers.kept import Kept
from stitcher.handlers.ports import FilmMaker, Measured, Scratch, SoundMaker


@dataclass(frozen=True, slots=True)
class Workshop:
    """Makes pictures and sound, and keeps what is finished and what is known."""

    films: FilmMaker
    sounds: SoundMaker
    kept: Kept
    measured: Measured
    scratch: Scratch


@dataclass(frozen=True, slots=True)
class Originals:
    """The objects that shots are made of, as files in a folder. Each is fetched once."""

    store: ObjectStore
    folder: Path
    doing: dict[Path, asyncio.Lock] = field(default_factory=dict[Path, asyncio.Lock])

    async def file(self, cut: Cut) -> Path:
        """A shot's file as it was given. Raises ``Rejected(STITCH_FAILED)`` if it is missing."""
        ref = object_of(cut)
        suffix = PurePosixPath(ref.key).suffix
        path = self.folder / f"{ref.sha256}-{cut.frames}{suffix}"
        async with self.doing.setdefault(path, asyncio.Lock()):
            if not await asyncio.to_thread(path.exists):
                with named(cut):
                    await self.store.download(ref.key, path)
        return path


def object_of(cut: Cut) -> ObjectRef:
    """The object that a shot is made of."""
    if isinstance(cut.source, Coming):
        raise TypeError("what is still to come is no object yet")
    return cut.source.picture if isinstance(cut.source, Card) else cut.source.video


@contextmanager
def named(cut: Cut) -> Generator[None, None, None]:
    """Refusals name the scene, so that its user knows which one to make again."""
    what = "A card" if cut.scene_index is None else f"Scene {cut.scene_index + 1}"
    try:
        yield
    except ObjectMissingError as error:
        message = f"{what}: its file is missing; make it again"
        raise Rejected(ErrorCode.STITCH_FAILED, message, detail=error.detail) from error
    except Rejected as error:
        message = f"{what}: its file cannot be read; make it again"
        raise Rejected(ErrorCode.STITCH_FAILED, message, detail=error.detail) from error
