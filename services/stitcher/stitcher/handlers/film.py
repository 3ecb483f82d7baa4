"""Windows ahead of time, and the film: ScenesPlanned -> VideoStitched."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from contracts.documents import Plan
from contracts.errors import ErrorCode, FilmError, Rejected
from contracts.events import ObjectRef, ScenesPlanned, StitchRequested, VideoStitched
from runtime.objects import ObjectMissingError, get_model, project_key
from runtime.work import Again, Done, Outcome, Work

from stitcher.domain import captions, segments, subtitles, timeline
from stitcher.domain.captions import Cue
from stitcher.domain.timeline import Card, Timeline
from stitcher.handlers.cutting import CuttingRoom, Drawn
from stitcher.handlers.kept import Kept
from stitcher.handlers.narrating import Narrator
from stitcher.handlers.ports import FilmMaker, Parts, Scratch
from stitcher.handlers.sounding import Sounding, Sounds

NO_FONT = (
    "The captions are not drawn: no font here has their letters. The caption files have them; "
    "choose a font that the server has to draw them."
)


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
        try:
            plan = await get_model(self.kept.store, event.plan, Plan)
            with self.scratch.folder() as folder:
                await self.narrator.say_ahead(event, work.id, plan, folder)
        except FilmError:
            return Done()
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
        """The film of the last takes, as it was planned."""
        parts = timeline.latest(await self.parts.parts(event.job_id))
        return await self.join(event, work, timeline.timeline(event.settings, event.scenes, parts))

    async def join(self, event: ScenesPlanned, work: Work, film: Timeline, cut: int = 0) -> Done:
        """Join the segments, mix the sound, write the captions, store all under the job.

        A film that the user asked for by ``cut`` replaces no other: somebody may be fetching it.
        """
        plan = await get_model(self.kept.store, event.plan, Plan)
        folder_of = _folder(event, cut)
        poster = await self._poster(film)
        with self.scratch.folder() as folder:
            heard = Sounding()
            if self.sounds is not None:
                heard = await self.sounds.of(event, work, film, plan, folder)
            cues = captions.cues(film, plan, heard.lines)
            drawn, notes = await self._drawn(event, film, cues, folder)
            room = CuttingRoom(self.films, self.kept, event, work.id, film, folder, heard, drawn)
            video = await self._put(f"{folder_of}/film.mp4", await room.whole(), "video/mp4")
        files = await self._captions(folder_of, cues, film.profile.fps)
        image = await self._put(f"{folder_of}/poster.jpg", poster, "image/jpeg")
        files |= {"video": video, "poster": image}
        fact = _fact(event, film, heard, (*heard.notes, *notes), files)
        return Done([fact.model_copy(update={"cut": cut})])

    async def _drawn(
        self, event: ScenesPlanned, film: Timeline, cues: Sequence[Cue], folder: Path
    ) -> tuple[Drawn | None, tuple[str, ...]]:
        """How captions are drawn, if they are wanted and can be read."""
        style, profile = event.settings.captions, film.profile
        if not style.burn or not cues:
            return None, ()

        def one(text: str) -> str:
            return subtitles.drawn([Cue(0, profile.fps, text)], style, profile, 0, 1) or ""

        if not await self.films.legible("".join(cue.text for cue in cues), one, folder):
            return None, (NO_FONT,)
        return (lambda first, end: subtitles.drawn(cues, style, profile, first, end)), ()

    async def _captions(self, folder: str, cues: Sequence[Cue], fps: int) -> dict[str, ObjectRef]:
        srt, vtt = captions.srt(cues, fps).encode(), captions.vtt(cues, fps).encode()
        return {
            "captions": await self._put(f"{folder}/film.srt", srt, "application/x-subrip"),
            "vtt": await self._put(f"{folder}/film.vtt", vtt, "text/vtt"),
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

    async def _put(self, key: str, data: bytes | Path, content_type: str) -> ObjectRef:
        return await self.kept.store.put(key, data, content_type)


@dataclass(frozen=True, slots=True)
class StitchChosen:
    """StitchRequested -> VideoStitched: exactly these takes, in this order."""

    stitch: StitchFilm

    async def __call__(self, event: StitchRequested, work: Work) -> Outcome:
        """Join them; a take that was told of may still be on its way here."""
        parts = self.stitch.parts
        planned = await parts.plan(event.job_id)
        if planned is None:
            return Again("the plan is on its way", code=ErrorCode.STITCH_FAILED)
        scenes, takes = timeline.chosen(event.order, event.takes, planned.scenes)
        found = timeline.of_takes(await parts.parts(event.job_id), scenes, takes)
        if found is None:
            return Again("a take is on its way", code=ErrorCode.STITCH_FAILED)
        film = timeline.timeline(planned.settings, scenes, found)
        return await self.stitch.join(planned, work, film, event.cut)


def _folder(event: ScenesPlanned, cut: int) -> str:
    cuts = ("cuts", str(cut)) if cut else ()
    return project_key(event, "jobs", str(event.job_id), *cuts)


def _fact(
    event: ScenesPlanned,
    film: Timeline,
    heard: Sounding,
    notes: tuple[str, ...],
    files: Mapping[str, ObjectRef],
) -> VideoStitched:
    return VideoStitched.caused_by(
        event,
        title=event.title,
        width=film.profile.width,
        height=film.profile.height,
        fps=film.profile.fps,
        frames=film.frames,
        scenes=len(film.shots),
        notes=notes,
        voices_usd=heard.voices_usd,
        **files,
    )
