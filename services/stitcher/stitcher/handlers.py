"""Fan-in of a job's scenes, then the film: ScenesPlanned and SceneGenerated -> VideoStitched."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from uuid import UUID

from contracts.documents import Plan
from contracts.errors import ErrorCode, Rejected
from contracts.events import ObjectRef, SceneGenerated, ScenesPlanned, VideoStitched
from contracts.mezzanine import Mezzanine
from runtime.objects import ObjectMissingError, ObjectStore, get_model, project_key
from runtime.work import Done, Follow, Outcome, Work

from stitcher import domain
from stitcher.domain import Part, Timeline


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


class FilmMaker(Protocol):
    """Joins clips."""

    async def make(
        self, clips: Sequence[tuple[Path, int]], folder: Path, profile: Mezzanine
    ) -> Path:
        """A film of clips, each a file and its exact number of frames, written into ``folder``."""
        ...


async def _follow(parts: Parts, job_id: UUID) -> Done:
    """Ask for the film once everything is there. Asked twice, it is made once."""
    planned = await parts.plan(job_id)
    have = [part.scene_index for part in await parts.parts(job_id)]
    if planned is None or not domain.complete(planned, have):
        return Done()
    return Done(follow=[Follow("stitch", planned)])


@dataclass(frozen=True, slots=True)
class KeepPlan:
    """ScenesPlanned: now it is known how many scenes a job has."""

    parts: Parts

    async def __call__(self, event: ScenesPlanned, work: Work) -> Outcome:
        """Remember it; the scenes may all be there already."""
        await self.parts.keep_plan(event)
        return await _follow(self.parts, event.job_id)


@dataclass(frozen=True, slots=True)
class MarkScene:
    """SceneGenerated: one scene more is there."""

    parts: Parts

    async def __call__(self, event: SceneGenerated, work: Work) -> Outcome:
        """Remember it; it may be the last one."""
        await self.parts.keep_part(event)
        return await _follow(self.parts, event.job_id)


@dataclass(frozen=True, slots=True)
class StitchFilm:
    """All scenes of a plan -> VideoStitched."""

    parts: Parts
    films: FilmMaker
    store: ObjectStore
    scratch: Path | None = None

    async def __call__(self, event: ScenesPlanned, work: Work) -> Outcome:
        """Join the clips, write the captions, store both under the job."""
        plan = await get_model(self.store, event.plan, Plan)
        film = domain.timeline(event, await self.parts.parts(event.job_id))
        captions = domain.srt(domain.cues(film, plan), film.profile.fps)
        try:
            poster = await self.store.get(film.shots[0].clip.poster.key)
            video = await self._join(event, film)
        except ObjectMissingError as error:
            message = "A scene's file is missing"
            raise Rejected(ErrorCode.STITCH_FAILED, message, detail=error.detail) from error
        fact = VideoStitched.caused_by(
            event,
            video=video,
            captions=await self._put(event, "film.srt", captions.encode(), "application/x-subrip"),
            poster=await self._put(event, "poster.jpg", poster, "image/jpeg"),
            title=event.title,
            width=film.profile.width,
            height=film.profile.height,
            fps=film.profile.fps,
            frames=film.frames,
            scenes=len(film.shots),
        )
        return Done([fact])

    async def _join(self, event: ScenesPlanned, film: Timeline) -> ObjectRef:
        with tempfile.TemporaryDirectory(dir=self.scratch, prefix="film-") as name:
            folder = Path(name)
            clips: list[tuple[Path, int]] = []
            for number, shot in enumerate(film.shots):
                path = folder / f"clip-{number:03}.mp4"
                await self.store.download(shot.clip.video.key, path)
                clips.append((path, shot.frames))
            made = await self.films.make(clips, folder, film.profile)
            return await self._put(event, "film.mp4", made, "video/mp4")

    async def _put(
        self, event: ScenesPlanned, name: str, data: bytes | Path, content_type: str
    ) -> ObjectRef:
        key = project_key(event, "jobs", str(event.job_id), name)
        return await self.store.put(key, data, content_type)
