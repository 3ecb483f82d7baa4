"""Our side as a process of its own: the mezzanine encode, and the join. Prints what it cost.

``python -m bench.stitch.ours encode|join|ahead|further JOB``: a JSON file, its keys are ``Job``'s.
"""

import argparse
import asyncio
import json
import os
import resource
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID, uuid5

from contracts.events import ObjectRef, ScenesPlanned
from contracts.mezzanine import ENCODER_THREADS, Mezzanine
from contracts.values import Clip, GenerationSettings, PlannedScene, Transition
from generator.adapters.mezzanine import FfmpegMezzanine
from pydantic import BaseModel
from runtime.ffmpeg import Ffmpeg
from runtime.objects import LocalObjects, ObjectStore, project_key
from stitcher.adapters.film import FfmpegFilm
from stitcher.adapters.mixing import FfmpegSound
from stitcher.adapters.scratch import ScratchFolders
from stitcher.domain import timeline
from stitcher.domain.timeline import Part, Timeline
from stitcher.handlers.cutting import CuttingRoom
from stitcher.handlers.kept import Kept
from stitcher.handlers.mixing import MixingRoom
from stitcher.handlers.sounding import Sounding
from stitcher.handlers.workshop import Originals, Workshop

from bench.stitch import story
from bench.stitch.clips import PROGRAM

ROOT = UUID("0b6f3a52-0000-4000-8000-000000000000")
IDS = {"job_id": ROOT, "user_id": uuid5(ROOT, "user"), "project_id": uuid5(ROOT, "project")}


class Job(BaseModel):
    """``folder`` keeps the objects, among them the finished segments, from run to run."""

    clips: list[Path]
    frames: int
    width: int
    height: int
    fps: int
    fades: bool
    sounded: bool = False
    captioned: bool = False
    folder: Path
    out: Path


class KeptObjects:
    """Implements the ``Segments`` port for one process: what is in the store is finished."""

    def __init__(self, store: LocalObjects, event: ScenesPlanned) -> None:
        self._store = store
        self._event = event

    async def find(self, project: UUID, name: str) -> ObjectRef | None:
        return await self._store.head(self._key(name))

    async def claim(self, project: UUID, name: str, by: UUID) -> bool:
        return True

    async def keep(self, project: UUID, name: str, made: ObjectRef) -> None:
        """It is in the store already."""

    async def drop(self, project: UUID, name: str) -> None:
        await self._store.delete(self._key(name))

    def _key(self, name: str) -> str:
        return project_key(self._event, "segments", f"{name}.mp4")


def planned(job: Job) -> ScenesPlanned:
    """The event of a film that is made of the clips in order."""
    plan = ObjectRef(key="plan.json", size=1, sha256="0" * 64, content_type="application/json")
    fade = Transition.FADE if job.fades else Transition.CUT
    settings = GenerationSettings(
        width=job.width, height=job.height, fps=job.fps, transition=fade, transition_seconds=0.5
    )
    scenes = tuple(
        PlannedScene(index=n, title=f"Scene {n + 1}", prompt="p", frames=job.frames)
        for n in range(len(job.clips))
    )
    values = {"script_id": ROOT, "plan": plan, "title": "A film", "settings": settings}
    return ScenesPlanned.model_validate({**IDS, **values, "scenes": scenes})


async def stored(store: ObjectStore, event: ScenesPlanned, job: Job) -> dict[int, Part]:
    """The clips as the generator leaves them: in the store."""
    size = {"width": job.width, "height": job.height, "fps": job.fps, "frames": job.frames}
    found: dict[int, Part] = {}
    for number, path in enumerate(job.clips):
        ref = await store.put(project_key(event, "clips", path.name), path, "video/mp4")
        clip = Clip.model_validate({"video": ref, "poster": ref, **size})
        found[number] = Part(number, 1, clip)
    return found


@asynccontextmanager
async def counted() -> AsyncGenerator[None, None]:
    """Prints the wall and CPU seconds of what is done within, children included."""
    begun, used = time.perf_counter(), _used()
    yield
    figures = {"wall": time.perf_counter() - begun, "cpu": _used() - used}
    sys.stdout.write(f"\n{json.dumps(figures)}\n")


def _used() -> float:
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in both)


def engine() -> Ffmpeg:
    """As many at once as the services run by default."""
    return Ffmpeg(PROGRAM, asyncio.Semaphore(os.cpu_count() or 1))


def workshop(job: Job, event: ScenesPlanned) -> Workshop:
    """As the service is put together, with shelves that outlast a process."""
    store = LocalObjects(job.folder / "objects", public_url="http://127.0.0.1", signing_key=b"key")
    cores, ffmpeg = os.cpu_count() or 1, engine()
    encoders = asyncio.Semaphore(max(1, cores // ENCODER_THREADS))
    return Workshop(
        FfmpegFilm(ffmpeg),
        FfmpegSound(ffmpeg),
        Kept(KeptObjects(store, event), store, asyncio.Semaphore(cores), seen_at_once=encoders),
        story.NotedFile(job.folder / "notes.jsonl"),
        ScratchFolders(job.folder),
    )


async def heard(job: Job, shop: Workshop, film: Timeline, folder: Path) -> story.Told:
    """What is heard and drawn besides the clips, if the film has any of it."""
    if not job.sounded:
        return story.Told(Sounding(), None)
    return await story.told(planned(job), shop, film, folder, captioned=job.captioned)


async def join(job: Job) -> None:
    """The film of clips that are mezzanines, from the store to a file."""
    event = planned(job)
    shop = workshop(job, event)
    parts = await stored(shop.kept.store, event, job)
    # A service that has made a film knows the parameter sets that it compares all clips with.
    profile = timeline.profile_of(event.settings)
    await shop.films.whole(job.clips[0], profile, job.frames)
    async with counted():
        film = timeline.timeline(event.settings, event.scenes, parts)
        with shop.scratch.folder() as folder:
            told = await heard(job, shop, film, folder)
            originals = Originals(shop.kept.store, folder)
            room = CuttingRoom(shop, event, ROOT, film, originals, told.drawn)
            made = await room.whole(told.sounding)
            made.rename(job.out)


async def ahead(job: Job) -> None:
    """What is made while the last clip is still awaited."""
    event = planned(job)
    shop = workshop(job, event)
    parts = await stored(shop.kept.store, event, job)
    parts.pop(len(job.clips) - 1)
    film = timeline.so_far(event.settings, event.scenes, parts)
    with shop.scratch.folder() as folder:
        told = await heard(job, shop, film, folder)
        originals = Originals(shop.kept.store, folder)
        room = CuttingRoom(shop, event, ROOT, film, originals, told.drawn)
        there = range(len(job.clips) - 1)
        await room.ahead([*({n} for n in there), *({n - 1, n} for n in there)])
        await MixingRoom(shop, event, ROOT, film, originals, told.sounding).ahead()


async def further(job: Job) -> None:
    """What others need for the same film, in the folder ``out``: two sounds and the captions."""
    event = planned(job)
    shop = workshop(job, event)
    parts = await stored(shop.kept.store, event, job)
    film = timeline.timeline(event.settings, event.scenes, parts)
    with shop.scratch.folder() as folder:
        told = await story.told(event, shop, film, folder, captioned=True)
        samples = film.profile.samples(film.frames)
        for track in told.sounding.tracks:
            path = job.out / f"{track.name}.wav"
            await story.recorded(told.sounding, track, samples, path)
        drawn = told.drawn(0, film.frames) if told.drawn else None
        (job.out / "captions.ass").write_text(drawn or "", encoding="utf-8")


async def _unheard(_: float) -> None:
    """Nobody is told."""


async def encode(job: Job) -> None:
    """Every clip into the profile, as the generator does; ``out`` is the folder they go to."""
    maker, profile = FfmpegMezzanine(engine()), Mezzanine(job.width, job.height, job.fps)

    async def one(number: int, clip: Path) -> None:
        home = job.folder / str(number)
        home.mkdir(parents=True, exist_ok=True)
        made = await maker.make(clip, home, profile, job.frames, _unheard)
        made.rename(job.out / f"clip-{number}.mp4")

    async with counted(), asyncio.TaskGroup() as tasks:
        for number, clip in enumerate(job.clips):
            tasks.create_task(one(number, clip))


STEPS = {"encode": encode, "join": join, "ahead": ahead, "further": further}


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.stitch.ours", description=__doc__)
    parser.add_argument("step", choices=tuple(STEPS))
    parser.add_argument("job", type=Path)
    told = parser.parse_args()
    job = Job.model_validate_json(told.job.read_text(encoding="utf-8"))
    asyncio.run(STEPS[told.step](job))


if __name__ == "__main__":
    main()
