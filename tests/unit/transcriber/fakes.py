"""Fakes of the transcriber's ports, and a row to work on."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from contracts.errors import AnswerLostError, FilmError
from contracts.events import Event
from runtime.work import Work
from transcriber.domain import CaptionTrack
from transcriber.domain.sound import (
    Heard,
    Intent,
    Kept,
    PieceKey,
    Sound,
    Stretch,
    Utterance,
    price,
)


class NoKeeper:
    async def save(
        self, work: Work, checkpoint: Mapping[str, Any] | None, events: Sequence[Event]
    ) -> None:
        raise AssertionError("this step keeps nothing while at work")


def work(step: str, *, id: UUID = UUID(int=1), tries: int = 0) -> Work:  # noqa: A002, B008
    return Work(
        id=id,
        step=step,
        job_id=UUID(int=2),
        ordinal=None,
        attempt=1,
        tries=tries,
        checkpoint={},
        event_id=UUID(int=3),
        keeper=NoKeeper(),
    )


@dataclass
class FakeCaptionSource:
    tracks: dict[str, CaptionTrack] = field(default_factory=dict)
    error: FilmError | None = None
    asked: list[tuple[str, str | None]] = field(default_factory=list)

    async def fetch(self, video_id: str, language: str | None) -> CaptionTrack:
        self.asked.append((video_id, language))
        if self.error is not None:
            raise self.error
        return self.tracks[video_id]


@dataclass
class FakeRemembered:
    tracks: dict[tuple[str, str], CaptionTrack] = field(default_factory=dict)
    choices: dict[tuple[str, str], str] = field(default_factory=dict)
    busy: set[str] = field(default_factory=set)

    async def recall(self, video_id: str, language: str | None) -> CaptionTrack | None:
        asked = (language or "").lower()
        chosen = self.choices.get((video_id, asked), asked)
        return self.tracks.get((video_id, chosen.lower()))

    async def claim(self, video_id: str) -> bool:
        free = video_id not in self.busy
        self.busy.add(video_id)
        return free

    async def release(self, video_id: str) -> None:
        self.busy.discard(video_id)

    async def keep(self, track: CaptionTrack, language: str | None) -> None:
        self.tracks.setdefault((track.video_id, track.language.lower()), track)
        self.choices.setdefault((track.video_id, (language or "").lower()), track.language)


USD_PER_MINUTE = Decimal("0.6")


@dataclass
class FakeSoundReader:
    """A file says how long its sound is. A piece's samples tell its start in seconds."""

    silences: tuple[Stretch, ...] = ()
    loudness: int = 1000
    error: FilmError | None = None

    async def read(self, source: Path, folder: Path) -> Sound:
        if self.error is not None:
            raise self.error
        return Sound(folder, float(source.read_text()), self.silences)

    async def samples(self, sound: Sound, piece: Stretch) -> bytes:
        value = self.loudness + round(piece.start)
        return value.to_bytes(2, "little") * round(piece.seconds * 100)


@dataclass
class FakeSpeech:
    """Counts what was paid. ``troubles`` come first, in order; ``None`` is none.

    While there is a ``gate`` answers wait for it; ``begun`` is released once for each.
    """

    model: str = "m"
    troubles: list[Exception | None] = field(default_factory=list[Exception | None])
    languages: list[str | None] = field(default_factory=list[str | None])
    paid: list[bytes] = field(default_factory=list[bytes])
    gate: asyncio.Event | None = None
    begun: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    async def hear(self, samples: bytes, language: str | None) -> Heard:
        self.begun.release()
        if self.gate is not None:
            await self.gate.wait()
        trouble = self.troubles.pop(0) if self.troubles else None
        if trouble is not None and not isinstance(trouble, AnswerLostError):
            raise trouble
        self.paid.append(samples)
        self.languages.append(language)
        if trouble is not None:
            raise trouble
        at = int.from_bytes(samples[:2], "little") - 1000
        return Heard((Utterance(0.0, len(samples) / 200, f"At {at}."),), "en")


@dataclass
class _Row:
    state: str
    work_id: UUID
    claimed: bool = True
    lost: int = 0
    heard: Heard | None = None
    cost: Decimal = Decimal(0)


@dataclass
class FakePieces:
    """A claim lasts until ``expire``."""

    resends: int = 1
    rows: dict[PieceKey, _Row] = field(default_factory=dict[PieceKey, _Row])

    def expire(self) -> None:
        for row in self.rows.values():
            row.claimed = False

    async def recall(self, keys: Sequence[PieceKey], work_id: UUID) -> dict[PieceKey, Kept]:
        rows = {key: self.rows[key] for key in keys if key in self.rows}
        return {
            key: Kept(row.heard, row.cost, row.work_id == work_id)
            for key, row in rows.items()
            if row.state == "done" and row.heard is not None
        }

    async def intend(self, key: PieceKey, work_id: UUID, seconds: float) -> Intent:
        row = self.rows.setdefault(key, _Row("free", work_id))
        if row.state == "done":
            return Intent.KNOWN
        if row.state == "asking":
            if row.claimed and row.work_id != work_id:
                return Intent.BUSY
            if row.lost >= self.resends:
                return Intent.SPENT
            row.lost += 1
        self.rows[key] = replace(row, state="asking", work_id=work_id, claimed=True)
        return Intent.GRANTED

    async def keep(self, key: PieceKey, heard: Heard, seconds: float) -> None:
        row = self.rows[key]
        if row.state != "done":
            cost = price(seconds, USD_PER_MINUTE) * (1 + row.lost)
            self.rows[key] = replace(row, state="done", heard=heard, cost=cost)

    async def free(self, key: PieceKey, work_id: UUID) -> None:
        self._end(key, work_id, "free")

    async def lose(self, key: PieceKey, work_id: UUID) -> None:
        self._end(key, work_id, "asking")

    def _end(self, key: PieceKey, work_id: UUID, state: str) -> None:
        row = self.rows[key]
        if row.state == "asking" and row.work_id == work_id:
            row.state, row.claimed = state, False


@dataclass
class FakeVideoSounds:
    """Every video has a sound of ``seconds``."""

    seconds: float = 20.0
    error: FilmError | None = None
    asked: list[str] = field(default_factory=list[str])

    async def fetch(self, video_id: str, folder: Path) -> Path:
        self.asked.append(video_id)
        if self.error is not None:
            raise self.error
        path = folder / "sound.webm"
        path.write_text(str(self.seconds))
        return path
