"""Plans, clips and fakes for the stitcher's tests."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID, uuid5

from contracts.documents import Line, Plan, Scene
from contracts.events import (
    Clip,
    GenerationSettings,
    ObjectRef,
    PlannedScene,
    SceneGenerated,
    ScenesPlanned,
)
from contracts.mezzanine import Mezzanine
from stitcher.domain import Part

ROOT = UUID("0b6f3a52-0000-4000-8000-000000000000")
JOB, USER, PROJECT = (uuid5(ROOT, name) for name in ("job", "user", "project"))
IDS = {"job_id": JOB, "user_id": USER, "project_id": PROJECT}
FOLDER = f"users/{USER}/projects/{PROJECT}"


def ref(key: str) -> ObjectRef:
    return ObjectRef(key=key, size=1, sha256="0" * 64, content_type="video/mp4")


def clip(name: str, *, frames: int = 30, fps: int = 30, size: tuple[int, int] = (320, 320)) -> Clip:
    return Clip(
        video=ref(f"{FOLDER}/clips/{name}.mp4"),
        poster=ref(f"{FOLDER}/clips/{name}.jpg"),
        width=size[0],
        height=size[1],
        fps=fps,
        frames=frames,
    )


def planned(count: int = 2, *, fps: int = 30, size: tuple[int, int] = (320, 320)) -> ScenesPlanned:
    scenes = tuple(
        PlannedScene(index=n, title=f"Scene {n + 1}", prompt="p", frames=30) for n in range(count)
    )
    values = {
        "script_id": JOB,
        "plan": ref(f"{FOLDER}/jobs/{JOB}/plan.json"),
        "title": "A film",
        "settings": GenerationSettings(width=size[0], height=size[1], fps=fps),
        "scenes": scenes,
    }
    return ScenesPlanned.model_validate(IDS | values)


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


class FakeFilmMaker:
    """Joins the bytes of its clips."""

    async def make(
        self, clips: Sequence[tuple[Path, int]], folder: Path, profile: Mezzanine
    ) -> Path:
        film = folder / "film.mp4"
        film.write_bytes(b"".join(path.read_bytes() for path, _ in clips))
        return film
