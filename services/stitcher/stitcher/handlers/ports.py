"""What the stitcher's steps need from outside."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol, TypeAlias
from uuid import UUID

from contracts.events import ObjectRef, SceneGenerated, ScenesPlanned
from contracts.mezzanine import Mezzanine
from contracts.values import Framing

from stitcher.domain.chapters import Chapter
from stitcher.domain.loudness import Hearing
from stitcher.domain.passages import Passage
from stitcher.domain.segments import Footage, Still, Window
from stitcher.domain.steps import OnShare
from stitcher.domain.timeline import Part

Sound: TypeAlias = tuple[Path, int, int]
"""A file, how many of its packets are left out, and how many are taken."""


class Parts(Protocol):
    """What has arrived for each job. Writing the same twice changes nothing."""

    async def keep_plan(self, event: ScenesPlanned) -> None:
        """Remember a job's plan."""
        ...

    async def keep_part(self, event: SceneGenerated) -> None:
        """Remember a take."""
        ...

    async def plan(self, job_id: UUID) -> ScenesPlanned | None:
        """A job's plan, if it has arrived."""
        ...

    async def parts(self, job_id: UUID) -> tuple[Part, ...]:
        """Every take of a job that has arrived."""
        ...


class Segments(Protocol):
    """What has been encoded in a project, by its name, and who is at it."""

    async def find(self, project: UUID, name: str) -> ObjectRef | None:
        """A finished segment."""
        ...

    async def claim(self, project: UUID, name: str, by: UUID) -> bool:
        """Whether ``by`` is to make it now. Somebody else's claim holds for half a minute."""
        ...

    async def keep(self, project: UUID, name: str, made: ObjectRef) -> None:
        """It is finished."""
        ...

    async def drop(self, project: UUID, name: str) -> None:
        """It is not there after all: anybody may make it."""
        ...


class Measured(Protocol):
    """What was found out by listening in a project, by a name for what was listened to."""

    async def recall(self, project: UUID, names: Iterable[str]) -> dict[str, Any]:
        """What is known of these, by name."""
        ...

    async def note(self, project: UUID, name: str, value: Mapping[str, Any]) -> None:
        """Remember it: numbers and words that JSON can hold."""
        ...


class FilmMaker(Protocol):
    """Encodes and joins files. Raises ``Rejected`` or ``Transient`` with ``STITCH_FAILED``."""

    async def fits(self, clip: Path, profile: Mezzanine, frames: int) -> bool:
        """Whether a clip is a mezzanine of so many frames."""
        ...

    async def fit(
        self,
        clip: Path,
        path: Path,
        profile: Mezzanine,
        frames: int,
        *,
        framing: Framing,
        on_share: OnShare | None = None,
    ) -> None:
        """Bring any clip into the profile, picture only, at exactly ``frames`` frames."""
        ...

    async def encode(
        self,
        wanted: Window | Still,
        shots: Mapping[int, Footage],
        path: Path,
        profile: Mezzanine,
        captions: str | None = None,
        *,
        on_share: OnShare | None = None,
    ) -> None:
        """A window or a held card, from the footage of its shots, captions drawn on it."""
        ...

    async def legible(self, text: str, draw: Callable[[str], str], folder: Path) -> bool:
        """Whether there is a font for every letter; ``draw`` makes captions of a text."""
        ...

    async def whole(self, path: Path, profile: Mezzanine, frames: int) -> bool:
        """Whether an encoded segment can stand in the film."""
        ...

    async def join(
        self,
        stretches: Sequence[tuple[Path, int, int]],
        sounds: Sequence[Sound],
        film: Path,
        profile: Mezzanine,
        *,
        chapters: Sequence[Chapter] = (),
    ) -> None:
        """The film: of each file the frames from one to before another, and all sounds."""
        ...


class SoundMaker(Protocol):
    """Mixes and encodes passages. Raises ``Rejected`` or ``Transient`` with ``STITCH_FAILED``."""

    async def mix(self, passage: Passage, files: Mapping[str, Path], path: Path) -> Hearing:
        """All tracks in one pass, uncoded. ``files`` are by key."""
        ...

    async def level(
        self, passage: Passage, mixed: Path, path: Path, *, gain: float, peak: float
    ) -> Hearing:
        """A mixed passage encoded, ``gain`` dB louder than it is; ``peak`` is that of the mix."""
        ...

    async def whole(self, path: Path, passage: Passage) -> bool:
        """Whether an encoded passage can stand in the film."""
        ...


class Scratch(Protocol):
    """Where files lie while at work."""

    def folder(self) -> AbstractContextManager[Path]:
        """A folder that is gone afterwards, whatever happens."""
        ...
