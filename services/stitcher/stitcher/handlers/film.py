"""The film: ScenesPlanned -> VideoStitched."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.documents import Plan
from contracts.errors import ErrorCode
from contracts.events import ObjectRef, ScenesPlanned, StitchRequested, VideoStitched
from runtime.objects import get_model, project_key
from runtime.work import Again, Done, Outcome, Work

from stitcher.domain import captions, chapters, timeline
from stitcher.domain.captions import Cue
from stitcher.domain.timeline import Timeline
from stitcher.handlers.cutting import CuttingRoom
from stitcher.handlers.drawing import drawing
from stitcher.handlers.ports import Parts
from stitcher.handlers.progress import CUT, SOUNDED, Meter, Teller
from stitcher.handlers.sounding import Sounding, Sounds
from stitcher.handlers.titling import Pictures, Titling, poster
from stitcher.handlers.workshop import Originals, Workshop

TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class StitchFilm:
    """All scenes of a plan -> VideoStitched."""

    parts: Parts
    shop: Workshop
    sounds: Sounds | None = None
    now: Callable[[], float] = time.monotonic
    titling: Titling | None = None

    async def __call__(self, event: ScenesPlanned, work: Work) -> Outcome:
        """The film of the last takes, as it was planned."""
        parts = timeline.latest(await self.parts.parts(event.job_id))
        return await self.join(event, work, timeline.timeline(event.settings, event.scenes, parts))

    async def join(
        self,
        event: ScenesPlanned,
        work: Work,
        film: Timeline,
        asked: StitchRequested | None = None,
    ) -> Done:
        """Join the segments, mix the sound, write the captions, store all under the job.

        A film that the user ``asked`` for replaces no other: somebody may be fetching it.
        """
        plan = await get_model(self.shop.kept.store, event.plan, Plan)
        plan = plan.model_copy(update={"settings": event.settings})
        folder_of, which = _folder(event, asked), _which(asked)
        teller = Teller(event, work, self.now, which.get("export_id"))
        meter = Meter(teller.part(SOUNDED, CUT))
        film, titled = await self._carded(event, film, plan)
        shown = await self._pictures(event, film, plan)
        marks = chapters.of_scenes(film, {scene.index: scene.title for scene in plan.scenes})
        with self.shop.scratch.folder() as folder:
            heard = Sounding()
            if self.sounds is not None:
                heard = await self.sounds.of(event, work, film, plan, folder)
            await teller(SOUNDED)
            cues = captions.cues(film, plan, heard.lines)
            films, style = self.shop.films, event.settings.captions
            drawn, notes = await drawing(films, style, film, cues, folder)
            originals = Originals(self.shop.kept.store, folder)
            room = CuttingRoom(self.shop, event, work.id, film, originals, drawn, meter, marks)
            made = await room.whole(heard)
            video = await self._put(f"{folder_of}/film.mp4", made, "video/mp4")
        files = await self._captions(folder_of, cues, film.profile.fps)
        files |= await self._shown(folder_of, shown, chapters.text(marks, film.profile.fps))
        files["video"] = video
        fact = _fact(event, film, heard, (*heard.notes, *notes, *titled, *shown.notes), files)
        return Done([fact.model_copy(update=which)])

    async def _captions(self, folder: str, cues: Sequence[Cue], fps: int) -> dict[str, ObjectRef]:
        srt, vtt = captions.srt(cues, fps).encode(), captions.vtt(cues, fps).encode()
        return {
            "captions": await self._put(f"{folder}/film.srt", srt, "application/x-subrip"),
            "vtt": await self._put(f"{folder}/film.vtt", vtt, "text/vtt"),
        }

    async def _carded(
        self, event: ScenesPlanned, film: Timeline, plan: Plan
    ) -> tuple[Timeline, tuple[str, ...]]:
        if self.titling is None:
            return film, ()
        return await self.titling.carded(event, film, plan.language)

    async def _pictures(self, event: ScenesPlanned, film: Timeline, plan: Plan) -> Pictures:
        if self.titling is None:
            return Pictures(await poster(self.shop.kept.store, film))
        return await self.titling.pictures(event, film, plan.language)

    async def _shown(
        self, folder: str, shown: Pictures, listed: str | None
    ) -> dict[str, ObjectRef]:
        """What is seen beside the film: poster, thumbnail and the list of chapters."""
        put = self._put
        files = {"poster": await put(f"{folder}/poster.jpg", shown.poster, "image/jpeg")}
        if shown.thumbnail is not None:
            thumbnail = f"{folder}/thumbnail.jpg"
            files["thumbnail"] = await put(thumbnail, shown.thumbnail, "image/jpeg")
        if listed is not None:
            files["chapters"] = await put(f"{folder}/chapters.txt", listed.encode(), TEXT)
        return files

    async def _put(self, key: str, data: bytes | Path, content_type: str) -> ObjectRef:
        return await self.shop.kept.store.put(key, data, content_type)


@dataclass(frozen=True, slots=True)
class StitchChosen:
    """StitchRequested -> VideoStitched: exactly these takes, in this order, as it was asked."""

    stitch: StitchFilm

    async def __call__(self, event: StitchRequested, work: Work) -> Outcome:
        """Join them; a take that was told of may still be on its way here."""
        parts = self.stitch.parts
        planned = await parts.plan(event.job_id)
        if planned is None:
            return Again("the plan is on its way", code=ErrorCode.STITCH_FAILED)
        if event.settings is not None:
            planned = planned.model_copy(update={"settings": event.settings})
        scenes, takes = timeline.chosen(event.order, event.takes, planned.scenes)
        found = timeline.of_takes(await parts.parts(event.job_id), scenes, takes)
        if found is None:
            return Again("a take is on its way", code=ErrorCode.STITCH_FAILED)
        film = timeline.timeline(planned.settings, scenes, found)
        return await self.stitch.join(planned, work, film, event)


def _folder(event: ScenesPlanned, asked: StitchRequested | None) -> str:
    place: tuple[str, ...] = ()
    if asked is not None:
        place = ("exports", str(asked.export_id)) if asked.export else ("cuts", str(asked.cut))
    return project_key(event, "jobs", str(event.job_id), *place)


def _which(asked: StitchRequested | None) -> dict[str, Any]:
    """The fields of a fact that tell which of a job's films it is about."""
    if asked is None:
        return {"cut": 0}
    return {"export_id": asked.export_id} if asked.export else {"cut": asked.cut}


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
        scenes=sum(shot.cut.scene_index is not None for shot in film.shots),
        notes=notes,
        voices_usd=heard.voices_usd,
        **files,
    )
