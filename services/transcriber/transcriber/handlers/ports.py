"""What the transcriber asks of the outside."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol
from uuid import UUID

from transcriber.domain import CaptionTrack
from transcriber.domain.sound import Heard, Intent, Kept, PieceKey, Sound, Stretch


class CaptionSource(Protocol):
    """Where a video's captions come from."""

    async def fetch(self, video_id: str, language: str | None) -> CaptionTrack:
        """A track: the asked language, else the spoken one, else any.

        Raises ``Rejected`` (INVALID_SOURCE, TRANSCRIPT_MISSING) or ``Transient``
        (SOURCE_BLOCKED).
        """
        ...


class Remembered(Protocol):
    """The captions fetched so far. ``language`` is as asked for; ``None`` leaves it open."""

    async def recall(self, video_id: str, language: str | None) -> CaptionTrack | None:
        """The track that answers this ask, if it has been fetched before."""
        ...

    async def claim(self, video_id: str) -> bool:
        """Whether the caller may fetch this video; a claim ends by itself after a while."""
        ...

    async def release(self, video_id: str) -> None:
        """Give a claim back."""
        ...

    async def keep(self, track: CaptionTrack, language: str | None) -> None:
        """Remember a track as the answer to an ask."""
        ...


class SoundReader(Protocol):
    """Sound out of a file of any kind."""

    async def read(self, source: Path, folder: Path) -> Sound:
        """The sound of a file, as samples in ``folder``.

        Raises ``Rejected``: INVALID_INPUT (unreadable, too long), TRANSCRIPT_MISSING (no sound).
        """
        ...

    async def samples(self, sound: Sound, piece: Stretch) -> bytes:
        """The samples of one piece."""
        ...


class Speech(Protocol):
    """A paid server that writes down what it hears."""

    @property
    def model(self) -> str:
        """What makes its answers differ from another's."""
        ...

    async def hear(self, samples: bytes, language: str | None) -> Heard:
        """One paid send. ``language`` is the asked one's first part, such as ``en``.

        Raises ``Transient`` or ``Rejected`` when nothing was paid, ``AnswerLostError`` when it may
        have been.
        """
        ...


class Pieces(Protocol):
    """What was heard so far, and what is about to be paid for."""

    async def recall(self, keys: Sequence[PieceKey], work_id: UUID) -> dict[PieceKey, Kept]:
        """Which of these pieces have been heard."""
        ...

    async def intend(self, key: PieceKey, work_id: UUID, seconds: float) -> Intent:
        """Write down that a piece is about to be sent, if it may be."""
        ...

    async def keep(self, key: PieceKey, heard: Heard, seconds: float) -> None:
        """Remember what was heard, and what it cost."""
        ...

    async def free(self, key: PieceKey, work_id: UUID) -> None:
        """Nothing was paid: it may be sent again."""
        ...

    async def lose(self, key: PieceKey, work_id: UUID) -> None:
        """It may have been paid; the answer will not come."""
        ...


class VideoSounds(Protocol):
    """Where a video's sound comes from, when it has no captions."""

    async def fetch(self, video_id: str, folder: Path) -> Path:
        """The sound as a file in ``folder``. Raises ``Rejected`` or ``Transient``."""
        ...
