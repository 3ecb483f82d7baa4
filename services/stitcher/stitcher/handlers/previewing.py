"""How the library's music sounds, in the object store for all users: made once for each version."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import structlog
from contracts.documents import MUSIC_PREVIEWS, BedPreview, MusicPreviews
from pydantic import ValidationError
from runtime.objects import ObjectMissingError, ObjectStore, get_model, put_model

from stitcher.handlers.ports import Scratch

log = structlog.get_logger()

CONTENT_TYPE: Final = "audio/mp4"


class Previews(Protocol):
    """Beds as files that browsers play."""

    @property
    def version(self) -> int:
        """Rises when a bed sounds otherwise than before."""
        ...

    def names(self) -> Sequence[str]:
        """The beds there are."""
        ...

    def seconds(self, name: str) -> float:
        """How long the preview of a bed is heard."""
        ...

    async def write(self, name: str, path: Path) -> None:
        """A bed as a file."""
        ...


@dataclass(frozen=True, slots=True)
class PreviewBeds:
    """Puts previews into the store, and the list of them when all are there.

    Safe to repeat, and by several replicas at once: keys are always the same. A list that a newer
    stitcher has written is left alone.
    """

    previews: Previews
    store: ObjectStore
    scratch: Scratch

    async def __call__(self) -> None:
        """Make what is not there. Raises ``Transient`` when the store is away."""
        known = await self._known()
        if known is not None and known.version > self.previews.version:
            return
        with self.scratch.folder() as folder:
            beds = tuple([await self._bed(name, folder) for name in self.previews.names()])
        listed = MusicPreviews(version=self.previews.version, beds=beds)
        if listed != known:
            await put_model(self.store, MUSIC_PREVIEWS, listed)
            log.info("previews.listed", version=listed.version, beds=len(beds))

    async def _known(self) -> MusicPreviews | None:
        try:
            return await get_model(self.store, MUSIC_PREVIEWS, MusicPreviews)
        except (ObjectMissingError, ValidationError):
            return None

    async def _bed(self, name: str, folder: Path) -> BedPreview:
        key = f"premade/music/{self.previews.version}/{name}.m4a"
        file = await self.store.head(key)
        if file is None:
            path = folder / f"{name}.m4a"
            await self.previews.write(name, path)
            file = await self.store.put(key, path, CONTENT_TYPE)
        return BedPreview(name=name, file=file, seconds=self.previews.seconds(name))
