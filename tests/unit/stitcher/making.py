"""Plans, clips and fakes for the stitcher's tests."""

import asyncio
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from contracts.documents import Line, Plan, Scene
from contracts.events import (
    Clip,
    Event,
    GenerationSettings,
    ObjectRef,
    PlannedScene,
    SceneGenerated,
    ScenesPlanned,
)
from contracts.values import CaptionSettings, Transition
from runtime.objects import ObjectStore
from runtime.work import Work
from stitcher.adapters.scratch import ScratchFolders
from stitcher.domain.timeline import Card, Cut, Part
from stitcher.handlers.kept import Kept
from stitcher.handlers.ports import FilmMaker, Measured, Segments, SoundMaker
from stitcher.handlers.workshop import Workshop

from tests.unit.stitcher.makers import FakeFilmMaker, FakeSoundMaker

ROOT = UUID("0b6f3a52-0000-4000-8000-000000000000")
JOB, USER, PROJECT = (uuid5(ROOT, name) for name in ("job", "user", "project"))
IDS = {"job_id": JOB, "user_id": USER, "project_id": PROJECT}
FOLDER = f"users/{USER}/projects/{PROJECT}"


def ref(key: str) -> ObjectRef:
    digest = hashlib.sha256(key.encode()).hexdigest()
    return ObjectRef(key=key, size=1, sha256=digest, content_type="video/mp4")


def clip(name: str, *, frames: int = 30, fps: int = 30, size: tuple[int, int] = (320, 320)) -> Clip:
    return Clip(
        video=ref(f"{FOLDER}/clips/{name}.mp4"),
        poster=ref(f"{FOLDER}/clips/{name}.jpg"),
        width=size[0],
        height=size[1],
        fps=fps,
        frames=frames,
    )


def cut(name: str, frames: int, start: int = 0, end: int | None = None) -> Cut:
    return Cut(clip(name, frames=frames), frames, start, frames if end is None else end)


def card(name: str, frames: int) -> Cut:
    return Cut(Card(ref(f"{FOLDER}/cards/{name}.png")), frames, 0, frames)


def planned(
    count: int = 2,
    *,
    fps: int = 30,
    size: tuple[int, int] = (320, 320),
    transition: Transition = Transition.CUT,
    seconds: float = 0.5,
) -> ScenesPlanned:
    scenes = tuple(
        PlannedScene(index=n, title=f"Scene {n + 1}", prompt="p", frames=30) for n in range(count)
    )
    values = {
        "script_id": JOB,
        "plan": ref(f"{FOLDER}/jobs/{JOB}/plan.json"),
        "title": "A film",
        "settings": GenerationSettings(
            width=size[0],
            height=size[1],
            fps=fps,
            transition=transition,
            transition_seconds=seconds,
        ),
        "scenes": scenes,
    }
    return ScenesPlanned.model_validate(IDS | values)


def captioned(event: ScenesPlanned) -> ScenesPlanned:
    """The same film with its captions drawn."""
    chosen = {"captions": CaptionSettings(burn=True)}
    return event.model_copy(update={"settings": event.settings.model_copy(update=chosen)})


def generated(index: int, *, take: int = 1, count: int = 2) -> SceneGenerated:
    values = {
        "scene_index": index,
        "scene_count": count,
        "take": take,
        "clip": clip(f"{index}-{take}"),
        "provider": "animatic",
    }
    return SceneGenerated.model_validate(IDS | values)


def plan(*scenes: Sequence[Line]) -> Plan:
    return Plan(
        job_id=JOB,
        title="A film",
        language="en",
        settings=GenerationSettings(width=320, height=320),
        scenes=tuple(
            Scene(
                index=n,
                title=f"Scene {n + 1}",
                frames=30,
                narration=" ".join(line.text for line in lines),
                lines=tuple(lines),
                prompt="p",
            )
            for n, lines in enumerate(scenes)
        ),
    )


@dataclass
class FakeParts:
    """Dictionaries."""

    plans: dict[UUID, ScenesPlanned] = field(default_factory=dict[UUID, ScenesPlanned])
    kept: dict[tuple[UUID, int, int], Part] = field(
        default_factory=dict[tuple[UUID, int, int], Part]
    )

    async def keep_plan(self, event: ScenesPlanned) -> None:
        self.plans.setdefault(event.job_id, event)

    async def keep_part(self, event: SceneGenerated) -> None:
        part = Part(event.scene_index, event.take, event.clip)
        self.kept.setdefault((event.job_id, event.scene_index, event.take), part)

    async def plan(self, job_id: UUID) -> ScenesPlanned | None:
        return self.plans.get(job_id)

    async def parts(self, job_id: UUID) -> tuple[Part, ...]:
        return tuple(part for (job, _, _), part in self.kept.items() if job == job_id)


@dataclass
class FakeSegments:
    """Dictionaries. A claim never runs out."""

    kept: dict[str, ObjectRef] = field(default_factory=dict[str, ObjectRef])
    claims: dict[str, UUID] = field(default_factory=dict[str, UUID])

    async def find(self, project: UUID, name: str) -> ObjectRef | None:
        return self.kept.get(name)

    async def claim(self, project: UUID, name: str, by: UUID) -> bool:
        return name not in self.kept and self.claims.setdefault(name, by) == by

    async def keep(self, project: UUID, name: str, made: ObjectRef) -> None:
        self.kept[name] = made

    async def drop(self, project: UUID, name: str) -> None:
        self.kept.pop(name, None)
        self.claims.pop(name, None)


@dataclass
class FakeMeasured:
    """A dictionary."""

    known: dict[str, Any] = field(default_factory=dict[str, Any])

    async def recall(self, project: UUID, names: Iterable[str]) -> dict[str, Any]:
        return {name: self.known[name] for name in names if name in self.known}

    async def note(self, project: UUID, name: str, value: Mapping[str, Any]) -> None:
        self.known[name] = dict(value)


async def no_pause(seconds: float) -> None:
    """Time passes at once."""
    await asyncio.sleep(0)


def kept(segments: Segments, store: ObjectStore) -> Kept:
    return Kept(segments, store, asyncio.Semaphore(2), no_pause)


def workshop(
    store: ObjectStore,
    scratch: ScratchFolders,
    *,
    films: FilmMaker | None = None,
    sounds: SoundMaker | None = None,
    segments: Segments | None = None,
    measured: Measured | None = None,
) -> Workshop:
    """Fakes, but for what is given."""
    return Workshop(
        films or FakeFilmMaker(),
        sounds or FakeSoundMaker(),
        kept(segments or FakeSegments(), store),
        measured or FakeMeasured(),
        scratch,
    )


def scratch_below(path: Path) -> ScratchFolders:
    folder = path / "scratch"
    folder.mkdir()
    return ScratchFolders(folder)


@dataclass
class FakeKeeper:
    """Notes what is said; the stitcher keeps no checkpoint."""

    said: list[Event] = field(default_factory=list[Event])

    async def save(self, work: Work, checkpoint: Any, events: Sequence[Event]) -> None:
        assert checkpoint is None, "the stitcher keeps no checkpoint"
        self.said += events


def work(step: str, ordinal: int | None = None, keeper: FakeKeeper | None = None) -> Work:
    row = uuid5(JOB, f"{step}:{ordinal}")
    return Work(row, step, JOB, ordinal, 1, 0, {}, ROOT, keeper or FakeKeeper())
