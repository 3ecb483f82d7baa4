"""Fakes of the transcriber's ports, and a row to work on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from contracts.errors import FilmError
from contracts.events import Event
from runtime.work import Work
from transcriber.domain import CaptionTrack


class NoKeeper:
    async def save(
        self, work: Work, checkpoint: Mapping[str, Any] | None, events: Sequence[Event]
    ) -> None:
        raise AssertionError("this step keeps nothing while at work")


def work(step: str) -> Work:
    return Work(
        id=UUID(int=1),
        step=step,
        job_id=UUID(int=2),
        ordinal=None,
        attempt=1,
        tries=0,
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
