"""The music of a film: which pieces of which sound, and how that is had if it has to be."""

import asyncio
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from contracts.errors import ErrorCode, Rejected, Transient
from contracts.events import Event, ObjectRef
from contracts.values import SoundSettings
from runtime.objects import ObjectMissingError, ObjectStore, project_key

from stitcher.domain import music
from stitcher.domain.music import Music
from stitcher.domain.sound import Piece, Track
from stitcher.domain.sources import Source
from stitcher.handlers.ports import Measured

MUSIC_KEY = "music"
NO_SUCH_BED = "There is no music called {name}: the film has none."
NO_UPLOAD = "The uploaded music cannot be used: the film has none. {message}"


class Beds(Protocol):
    """The library of music, and what users have. All lengths are samples per channel."""

    def samples(self, name: str) -> int | None:
        """How long a bed is until it begins again; ``None`` if there is none of this name."""
        ...

    @property
    def version(self) -> int:
        """Rises when a bed sounds otherwise than before."""
        ...

    async def write(self, name: str, path: Path) -> None:
        """A bed as a file: once, and its beginning again as far as music falls."""
        ...

    async def measure(self, upload: Path) -> int:
        """How long an uploaded file is. Raises ``Rejected`` if it cannot be a bed."""
        ...

    async def prepare(self, upload: Path, own: int, samples: int, path: Path) -> None:
        """An uploaded file that is ``own`` long as a bed: its first ``samples``."""
        ...


@dataclass(frozen=True, slots=True)
class Played:
    """The track of a film's music, if it has any, its sound, and what its user should know."""

    track: Track | None = None
    source: Source | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Player:
    """Chooses music. What was once measured is not fetched to be measured again."""

    beds: Beds
    store: ObjectStore
    measured: Measured

    async def play(self, event: Event, wanted: SoundSettings, samples: int, folder: Path) -> Played:
        """The music that is wanted for a film of so many samples."""
        if wanted.upload is not None:
            return await self._uploaded(event, wanted, wanted.upload, samples, folder)
        if wanted.music is None:
            return Played()
        length = self.beds.samples(wanted.music)
        if length is None:
            return Played(notes=(NO_SUCH_BED.format(name=wanted.music),))
        name = music.looped_as(wanted.music, self.beds.version)
        pieces = music.looped(Music(MUSIC_KEY, name, length), samples)
        return Played(_track(pieces, wanted), self._bed(event, wanted.music, name))

    def _bed(self, event: Event, bed: str, name: str) -> Source:
        """A bed takes long to synthesise, a sixth of a second: it is kept."""
        key = project_key(event, "beds", f"{name}.wav")

        async def write(path: Path) -> None:
            try:
                await self.store.download(key, path)
            except ObjectMissingError:
                await self.beds.write(bed, path)
                await self.store.put(key, path, "audio/wav")

        return write

    async def _uploaded(
        self, event: Event, wanted: SoundSettings, upload: ObjectRef, samples: int, folder: Path
    ) -> Played:
        name = music.uploaded_as(upload.sha256)
        file = folder / f"upload{PurePosixPath(upload.key).suffix}"
        note = (await self.measured.recall(event.project_id, [name])).get(name)
        if not note:
            try:
                note = await self._heard(event, name, upload, file)
            except ObjectMissingError as error:
                note = {"refused": error.message}
        if "refused" in note:
            return Played(notes=(NO_UPLOAD.format(message=note["refused"]),))
        own = int(note["samples"])

        async def write(path: Path) -> None:
            await self._fetch(event, name, upload, file)
            await self.beds.prepare(file, own, samples, path)

        pieces = music.bed(Music(MUSIC_KEY, upload.sha256, music.prepared(own)), samples)
        return Played(_track(pieces, wanted), write)

    async def _heard(
        self, event: Event, name: str, upload: ObjectRef, file: Path
    ) -> dict[str, int | str]:
        """What an upload is, found out by hearing it whole, and noted. A refusal stays one."""
        await self.store.download(upload.key, file)
        note: dict[str, int | str]
        try:
            note = {"samples": await self.beds.measure(file)}
        except Rejected as error:
            note = {"refused": error.message}
        await self.measured.note(event.project_id, name, note)
        return note

    async def _fetch(self, event: Event, name: str, upload: ObjectRef, file: Path) -> None:
        if await asyncio.to_thread(file.exists):
            return
        try:
            await self.store.download(upload.key, file)
        except ObjectMissingError as error:
            # Forgotten first: the film is then made anew, without it, and says so.
            await self.measured.note(event.project_id, name, {})
            raise Transient(ErrorCode.STITCH_FAILED, detail=error.detail) from error


def _track(pieces: tuple[Piece, ...], wanted: SoundSettings) -> Track:
    return Track("music", pieces, wanted.music_db, ducked=True)
