"""Windows ahead of time, and the film: ScenesPlanned -> VideoStitched."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from contracts.documents import Plan
from contracts.errors import ErrorCode, FilmError, Rejected
from contracts.events import ObjectRef, ScenesPlanned, VideoStitched
from runtime.objects import ObjectMissingError, get_model, project_key
from runtime.work import Done, Outcome, Work

from stitcher.domain import captions, segments, subtitles, timeline
from stitcher.domain.captions import Cue
from stitcher.domain.timeline import Card, Timeline
from stitcher.handlers.cutting import CuttingRoom, Drawn
from stitcher.handlers.kept import Kept
from stitcher.handlers.narrating import Narrator
from stitcher.handlers.ports import FilmMaker, Parts, Scratch
from stitcher.handlers.sounding import Sounding, Sounds


@dataclass(frozen=True, slots=True)
class RenderWindow:
    """Two neighbouring scenes are there: the window between them, kept for the film."""

    parts: Parts
    films: FilmMaker
    kept: Kept
    scratch: Scratch

    async def __call__(self, event: ScenesPlanned, work: Work) -> Outcome:
        """Encode it. Whatever is wrong, the film will find it again and say it once."""
        if work.ordinal is None:
            raise ValueError("which window?")
        parts = timeline.latest(await self.parts.parts(event.job_id))
        film, number = timeline.around(event.settings, event.scenes, parts, work.ordinal)
        window = segments.window(film, number)
        # Captions drawn on a window follow the narration of the whole film.
        if window is None or event.settings.captions.burn:
            return Done()
        try:
            with self.scratch.folder() as folder:
                room = CuttingRoom(self.films, self.kept, event, work.id, film, folder)
                shots = {span.shot for span in segments.spans(window)}
                footage = await room.footage(await room.originals(shots))
                await room.segment(window, footage)
        except FilmError:
            return Done()
        return Done()


@dataclass(frozen=True, slots=True)
class SayAhead:
    """A plan is there: its lines are said while its scenes are made."""

    narrator: Narrator
    kept: Kept
    scratch: Scratch

    async def __call__(self, event: ScenesPlanned, work: Work) -> Outcome:
        """Have them said and remembered. Whatever is wrong, the film will find it again."""
        plan = await get_model(self.kept.store, event.plan, Plan)
        with self.scratch.folder() as folder:
            await self.narrator.say_ahead(event, work.id, plan, folder)
        return Done()


@dataclass(frozen=True, slots=True)
class StitchFilm:
    """All scenes of a plan -> VideoStitched."""

    parts: Parts
    films: FilmMaker
    kept: Kept
    scratch: Scratch
    sounds: Sounds | None = None

    async def __call__(self, event: ScenesPlanned, work: Work) -> Outcome:
        """Join the segments, mix the sound, write the captions, store all under the job."""
        plan = await get_model(self.kept.store, event.plan, Plan)
        parts = timeline.latest(await self.parts.parts(event.job_id))
        film = timeline.timeline(event.settings, event.scenes, parts)
        poster = await self._poster(film)
        with self.scratch.folder() as folder:
            heard = Sounding()
            if self.sounds is not None:
                heard = await self.sounds.of(event, work, film, plan, folder)
            cues = captions.cues(film, plan, heard.lines)
            drawn = _drawn(event, film, cues)
            room = CuttingRoom(self.films, self.kept, event, work.id, film, folder, heard, drawn)
            video = await self._put(event, "film.mp4", await room.whole(), "video/mp4")
        files = await self._captions(event, cues, film.profile.fps)
        image = await self._put(event, "poster.jpg", poster, "image/jpeg")
        return Done([_fact(event, film, heard, files | {"video": video, "poster": image})])

    async def _captions(
        self, event: ScenesPlanned, cues: Sequence[Cue], fps: int
    ) -> dict[str, ObjectRef]:
        srt, vtt = captions.srt(cues, fps).encode(), captions.vtt(cues, fps).encode()
        return {
            "captions": await self._put(event, "film.srt", srt, "application/x-subrip"),
            "vtt": await self._put(event, "film.vtt", vtt, "text/vtt"),
        }

    async def _poster(self, film: Timeline) -> bytes:
        for shot in film.shots:
            source = shot.cut.source
            if not isinstance(source, Card):
                try:
                    return await self.kept.store.get(source.poster.key)
                except ObjectMissingError as error:
                    message = "The film's poster is missing; make its first scene again"
                    code = ErrorCode.STITCH_FAILED
                    raise Rejected(code, message, detail=error.detail) from error
        raise Rejected(ErrorCode.STITCH_FAILED, "A film needs a scene")

    async def _put(
        self, event: ScenesPlanned, name: str, data: bytes | Path, content_type: str
    ) -> ObjectRef:
        key = project_key(event, "jobs", str(event.job_id), name)
        return await self.kept.store.put(key, data, content_type)


def _drawn(event: ScenesPlanned, film: Timeline, cues: Sequence[Cue]) -> Drawn | None:
    style = event.settings.captions
    if not style.burn:
        return None
    return lambda first, end: subtitles.drawn(cues, style, film.profile, first, end)


def _fact(
    event: ScenesPlanned, film: Timeline, heard: Sounding, files: Mapping[str, ObjectRef]
) -> VideoStitched:
    return VideoStitched.caused_by(
        event,
        title=event.title,
        width=film.profile.width,
        height=film.profile.height,
        fps=film.profile.fps,
        frames=film.frames,
        scenes=len(film.shots),
        notes=heard.notes,
        voices_usd=heard.voices_usd,
        **files,
    )
