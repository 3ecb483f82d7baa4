"""What is heard besides the clips: the narration and the music, as further tracks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path, PurePosixPath
from typing import Protocol

from contracts.documents import Plan
from contracts.errors import Rejected
from contracts.events import Event
from contracts.values import SoundSettings
from runtime.objects import ObjectStore
from runtime.work import Work

from stitcher.domain import music, narration
from stitcher.domain.music import Music
from stitcher.domain.narration import Heard
from stitcher.domain.segments import digest
from stitcher.domain.sound import Piece, Track
from stitcher.domain.timeline import Timeline
from stitcher.handlers.narrating import Narration, Narrator, Telling

VOICE_KEY = "narration"
NO_SUCH_BED = "There is no music called {name}: the film has none."
NO_UPLOAD = "The uploaded music cannot be used: the film has none. {message}"


class Beds(Protocol):
    """The library of music."""

    def samples(self, name: str) -> int | None:
        """How long a bed is, per channel; ``None`` if there is none of this name."""
        ...

    @property
    def version(self) -> int:
        """Rises when a bed sounds otherwise than before."""
        ...

    async def write(self, name: str, path: Path) -> None:
        """A bed as a file."""
        ...

    async def upload(self, path: Path) -> tuple[Path, int]:
        """An uploaded file as it can be played, and its samples per channel.

        Raises ``Rejected`` if it cannot be a bed.
        """
        ...


@dataclass(frozen=True, slots=True)
class Sounding:
    """Tracks, the files they are made of by key, and what is known about them."""

    tracks: tuple[Track, ...] = ()
    files: Mapping[str, Path] = field(default_factory=dict[str, Path])
    lines: Mapping[tuple[int, int], Heard] = field(default_factory=dict[tuple[int, int], Heard])
    notes: tuple[str, ...] = ()
    voices_usd: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Sounds:
    """Makes what a plan asks for. What cannot be had is left out and noted; no film fails of it."""

    narrator: Narrator
    beds: Beds
    store: ObjectStore

    async def of(
        self, event: Event, work: Work, film: Timeline, plan: Plan, folder: Path
    ) -> Sounding:
        """The further tracks of a film. Raises ``Transient`` while a voice is worth waiting for."""
        samples = film.profile.samples(film.frames)
        told = Telling(event, work.id, work.tries + 1, folder)
        spoken = await self.narrator.narrate(told, film, plan)
        played, path, notes = await self._music(plan.settings.sound, samples, folder)
        tracks = [_voice(spoken, samples)] if spoken.path else []
        files = {VOICE_KEY: spoken.path} if spoken.path else {}
        if played and path:
            pieces = music.bed(played, samples)
            tracks.append(Track("music", pieces, plan.settings.sound.music_db, ducked=True))
            files[played.key] = path
        return Sounding(
            tuple(tracks),
            files,
            narration.heard_lines(spoken.lines, film.profile.fps),
            (*spoken.notes, *notes),
            await self.narrator.voices.paid(event),
        )

    async def _music(
        self, wanted: SoundSettings, samples: int, folder: Path
    ) -> tuple[Music | None, Path | None, tuple[str, ...]]:
        if wanted.upload is not None:
            path = folder / f"music{PurePosixPath(wanted.upload.key).suffix}"
            try:
                await self.store.download(wanted.upload.key, path)
                path, length = await self.beds.upload(path)
            except Rejected as error:
                return None, None, (NO_UPLOAD.format(message=error.message),)
            return Music("music", wanted.upload.sha256, length), path, ()
        if wanted.music is None:
            return None, None, ()
        length = self.beds.samples(wanted.music)
        if length is None:
            return None, None, (NO_SUCH_BED.format(name=wanted.music),)
        path = folder / "music.wav"
        await self.beds.write(wanted.music, path)
        return Music("music", digest(["bed", self.beds.version, wanted.music]), length), path, ()


def _voice(spoken: Narration, samples: int) -> Track:
    piece = Piece(VOICE_KEY, spoken.name, 0, 0, samples, 0, 0)
    return Track("narration", (piece,), leads=True)
