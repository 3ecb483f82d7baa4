"""A film that was made, watched and published, as a run of chaos finds it when all is well."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from contracts import events as e
from contracts.documents import Line, Plan, Scene
from contracts.topics import topic_of
from contracts.values import SourceKind
from projector.domain.fold import FOLDED, apply
from projector.domain.state import Arrived, JobState, JobType, ScriptState

from tests.chaos.bills import Bill, Booked
from tests.chaos.bus import EVENT_TOPICS, Contents
from tests.chaos.customers import Film, Watcher
from tests.chaos.evidence import Evidence, FilmFile, Told
from tests.chaos.schedule import Order
from tests.samples import object_ref

USER, PROJECT, SCRIPT = (UUID(int=n) for n in (1, 2, 3))
IMPORT, FILM, UPLOAD = (UUID(int=n) for n in (10, 11, 12))
FRAMES = 40
SETTINGS = e.GenerationSettings(width=320, height=320, fps=24, providers=("http",))
PLAN = Plan(
    job_id=FILM,
    title="Fox",
    language="en",
    settings=SETTINGS,
    scenes=tuple(
        Scene(
            index=index,
            title="Fox",
            frames=FRAMES,
            narration="The fox.",
            lines=(Line(text="The fox."),),
            prompt=f"fox {index}",
        )
        for index in range(2)
    ),
)


def _of(job: UUID, event: type[e.Event], **fields: Any) -> e.Event:
    return event.model_validate({"job_id": job, "user_id": USER, "project_id": PROJECT, **fields})


def _scene(index: int) -> e.Event:
    clip = e.Clip(
        video=object_ref("c.mp4"),
        poster=object_ref("c.jpg"),
        width=320,
        height=320,
        fps=24,
        frames=FRAMES,
    )
    return _of(FILM, e.SceneGenerated, scene_index=index, scene_count=2, clip=clip, provider="http")


def _story() -> list[tuple[str, e.Event]]:
    ref = object_ref("x")
    source = e.Source(kind=SourceKind.TEXT, upload=ref)
    film = {"video": ref, "captions": ref, "poster": ref, "title": "Fox", "width": 320}
    film |= {"height": 320, "fps": 24, "frames": 2 * FRAMES, "scenes": 2}
    ready = {"script_id": SCRIPT, "script": ref, "title": "Fox", "language": "en"}
    planned = [
        {"index": scene.index, "title": "Fox", "prompt": scene.prompt, "frames": FRAMES}
        for scene in PLAN.scenes
    ]
    plan = {"script_id": SCRIPT, "plan": ref, "title": "Fox", "settings": SETTINGS}
    upload = {"film_job_id": FILM, "video": ref, "title": "Fox"}
    published = {"channel": "folder", "video_id": "v", "url": "u", "privacy": "private"}
    return [
        ("gateway", _of(IMPORT, e.ImportRequested, script_id=SCRIPT, source=source)),
        ("scripter", _of(IMPORT, e.ScriptReady, **ready, words=9, seconds=2)),
        ("gateway", _of(FILM, e.GenerationRequested, script_id=SCRIPT, script=ref)),
        ("scripter", _of(FILM, e.ScenesPlanned, **plan, scenes=planned)),
        ("generator", _scene(1)),
        ("generator", _scene(0)),
        ("stitcher", _of(FILM, e.VideoStitched, **film)),
        ("gateway", _of(UPLOAD, e.UploadRequested, **upload)),
        ("publisher", _of(UPLOAD, e.VideoPublished, **published)),
    ]


def _told(service: str, event: e.Event) -> Told:
    scene = getattr(event, "scene_index", "")
    name = uuid5(event.job_id, f"{event.TYPE}{scene}")
    return Told(name, service, topic_of(event), event, datetime.now(UTC))


def _job(job_id: UUID, kind: JobType, told: list[Told]) -> tuple[JobState, list[UUID]]:
    script = ScriptState(SCRIPT) if kind is JobType.IMPORT else None
    arrived = [
        Arrived(fact.id, fact.event)
        for fact in told
        if fact.event.job_id == job_id and type(fact.event) in FOLDED
    ]
    state, _ = apply(JobState(job_id, USER, PROJECT, kind, script=script), arrived)
    return state, [item.id for item in arrived]


def whole_story() -> Evidence:
    """A film that was made, watched and published, and nothing went wrong."""
    told = [_told(service, event) for service, event in _story()]
    kinds = {
        IMPORT: JobType.IMPORT,
        FILM: JobType.GENERATION,
        UPLOAD: JobType.UPLOAD,
    }
    made = {job_id: _job(job_id, kind, told) for job_id, kind in kinds.items()}
    events: dict[str, Counter[str]] = {topic: Counter() for topic in EVENT_TOPICS}
    for fact in told:
        events[fact.topic][str(fact.id)] += 1
    order = Order(0, 0.0, 0, scenes=2, watched=True, published=True, name="a")
    film = Film(order, str(IMPORT), str(FILM), str(UPLOAD), "succeeded", object_ref("x").sha256)
    film.watcher = Watcher(str(FILM), [1, 2, 3, 4, 5], ended="succeeded")
    return Evidence(
        films=[film],
        jobs={job_id: state for job_id, (state, _) in made.items()},
        applied={job_id: applied for job_id, (_, applied) in made.items()},
        told=told,
        bus=Contents(events),
        duplicates=0,
        plans={FILM: PLAN},
        files={FILM: FilmFile(frames=2 * FRAMES)},
        published={UPLOAD: FilmFile(frames=2 * FRAMES)},
        bills={
            "http": Bill(
                creates={"fox 0": 1, "fox 1": 2},
                lost={"fox 1": 1},
                usd=3.0,
                lives={"fox 0": [(0, 5)], "fox 1": [(0, 5), (5, 9)]},
            )
        },
        booked=[
            Booked("http", FILM, 0, 1, "succeeded", usd=1.0),
            Booked("http", FILM, 1, 1, "failed", "AI_PROVIDER_FAILURE", usd=1.0),
            Booked("http", FILM, 1, 1, "succeeded", usd=1.0),
        ],
    )


def with_job(found: Evidence, job_id: UUID, **changes: Any) -> Evidence:
    """The same with another state of a job."""
    return replace(found, jobs={**found.jobs, job_id: replace(found.jobs[job_id], **changes)})


def without(found: Evidence, event: type[e.Event]) -> Evidence:
    """The same, but nobody ever told such an event."""
    return replace(found, told=[fact for fact in found.told if not isinstance(fact.event, event)])
