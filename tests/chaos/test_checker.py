"""The checker is content with a whole story, and names what is missing from a broken one."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

import pytest
from contracts import events as e
from contracts.documents import Line, Plan, Scene
from contracts.errors import ErrorCode
from contracts.topics import topic_of
from contracts.values import SourceKind
from projector.domain.fold import FOLDED, apply
from projector.domain.state import Arrived, JobState, JobType, SceneState, ScriptState, Status

from tests.chaos.bus import EVENT_TOPICS, Contents
from tests.chaos.checker import judge
from tests.chaos.customers import Film, Watcher
from tests.chaos.evidence import Bill, Evidence, FilmFile, Told
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


@pytest.fixture
def whole() -> Evidence:
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
        bill=Bill(creates={"fox 0": 1, "fox 1": 2}, lost={"fox 1": 1}),
    )


def test_a_whole_story_breaks_no_promise(whole: Evidence) -> None:
    verdict = judge(whole)
    assert verdict.violations == ()
    assert (verdict.succeeded, verdict.failed, verdict.lost) == (1, 0, 0)
    assert (verdict.scenes, verdict.paid_twice) == (2, 0)


def _with_job(found: Evidence, job_id: UUID, **changes: Any) -> Evidence:
    return replace(found, jobs={**found.jobs, job_id: replace(found.jobs[job_id], **changes)})


def _without(found: Evidence, event: type[e.Event]) -> Evidence:
    return replace(found, told=[fact for fact in found.told if not isinstance(fact.event, event)])


def _unknown_on_the_bus(found: Evidence) -> Evidence:
    strange = {**found.bus.events, "scene.generated": Counter({"nobody's": 1})}
    return replace(found, bus=Contents(strange))


def _gone_from_the_bus(found: Evidence) -> Evidence:
    return replace(found, bus=Contents({topic: Counter() for topic in EVENT_TOPICS}))


def _watcher_that_saw(*seen: int, ended: str = "succeeded") -> Callable[[Evidence], Evidence]:
    def change(found: Evidence) -> Evidence:
        found.films[0].watcher = Watcher(str(FILM), list(seen), ended=ended)
        return found

    return change


def _refused(found: Evidence) -> Evidence:
    found.films[0].refused = "POST /jobs: 404"
    return found


def _never_answered(found: Evidence) -> Evidence:
    found.films[0].job_id = ""
    return found


def _other_download(found: Evidence) -> Evidence:
    found.films[0].sha256 = "f" * 64
    return found


def _twice_told(found: Evidence) -> Evidence:
    (scene, *_) = [fact for fact in found.told if isinstance(fact.event, e.SceneGenerated)]
    return replace(found, told=[*found.told, replace(scene, id=UUID(int=99))])


def _scene_row_wrong(found: Evidence) -> Evidence:
    film = found.jobs[FILM]
    scene = replace(film.scenes[0, 1], progress=40)
    return _with_job(found, FILM, scenes={**film.scenes, (0, 1): scene})


def _bill(**changes: Any) -> Callable[[Evidence], Evidence]:
    def change(found: Evidence) -> Evidence:
        assert found.bill is not None
        return replace(found, bill=replace(found.bill, **changes))

    return change


_file = FilmFile
BROKEN: dict[str, tuple[str, Callable[[Evidence], Evidence]]] = {
    "refused": ("no job is lost", _refused),
    "never answered": ("no job is lost", _never_answered),
    "a job that hangs": (
        "every job ends",
        lambda found: _with_job(found, FILM, status=Status.RUNNING),
    ),
    "a job nobody knows": ("begun once", _never_answered),
    "failed for no reason": (
        "a failure has a cause",
        lambda found: _with_job(
            found, FILM, status=Status.FAILED, error_code=ErrorCode.INTERNAL.value
        ),
    ),
    "cancelled by nobody": (
        "a failure has a cause",
        lambda found: _with_job(found, FILM, status=Status.CANCELLED),
    ),
    "paid twice": ("paid once", _bill(creates={"fox 0": 2, "fox 1": 1}, lost={})),
    "two at once": ("paid once", _bill(twice_live=["fox 0"])),
    "given up": ("paid once", _bill(cancelled=1)),
    "made but not paid": ("paid once", _bill(creates={"fox 0": 1}, lost={})),
    "paid for nothing": (
        "paid once",
        _bill(creates={"fox 0": 1, "fox 1": 1, "owl": 1}, lost={}),
    ),
    "paid but not made": ("paid once", lambda found: _without(found, e.SceneGenerated)),
    "made twice": ("done once", _twice_told),
    "a film too short": (
        "film is whole",
        lambda found: replace(found, files={FILM: _file(frames=79)}),
    ),
    "a film that is torn": (
        "film is whole",
        lambda found: replace(found, files={FILM: _file(80, damage="torn")}),
    ),
    "no film": ("film is whole", lambda found: replace(found, files={})),
    "scenes left out": (
        "film is whole",
        lambda found: replace(
            found, plans={FILM: PLAN.model_copy(update={"scenes": PLAN.scenes[:1]})}
        ),
    ),
    "another film downloaded": ("download is the film", _other_download),
    "published torn": (
        "published is the film",
        lambda found: replace(found, published={UPLOAD: _file(damage="torn")}),
    ),
    "open work": ("left over", lambda found: replace(found, leftovers=["open work"])),
    "an event lost by the bus": ("bus has every event", _gone_from_the_bus),
    "an event of nobody": ("bus has every event", _unknown_on_the_bus),
    "a dead letter": (
        "bus has every event",
        lambda found: replace(found, bus=Contents(found.bus.events, ["scripter.dlq"])),
    ),
    "an event not folded": (
        "fold of the log",
        lambda found: replace(found, applied={**found.applied, FILM: found.applied[FILM][:-1]}),
    ),
    "an event folded twice": (
        "fold of the log",
        lambda found: replace(
            found, applied={**found.applied, FILM: [*found.applied[FILM], found.applied[FILM][0]]}
        ),
    ),
    "a row that is no fold": (
        "fold of the log",
        lambda found: _with_job(found, FILM, progress=99),
    ),
    "a scene that is no fold": ("fold of the log", _scene_row_wrong),
    "a gap in a stream": ("watchers see", _watcher_that_saw(1, 2, 4)),
    "a repetition in a stream": ("watchers see", _watcher_that_saw(1, 2, 2, 3)),
    "a stream without an end": ("watchers see", _watcher_that_saw(1, 2, ended="")),
    "a stream with another end": ("watchers see", _watcher_that_saw(1, 2, ended="failed")),
    "a replica that is not ready": (
        "every replica is well",
        lambda found: replace(found, troubles={"generator.1": "no answer"}),
    ),
    "a stop that took too long": (
        "stops are orderly",
        lambda found: replace(found, complaints=["generator.1 did not stop"]),
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_promise_is_named(name: str, whole: Evidence) -> None:
    promise, break_it = BROKEN[name]
    assert any(promise in violation for violation in judge(break_it(whole)).violations)


def test_a_job_whose_scene_the_provider_lost_may_fail(whole: Evidence) -> None:
    lost = _bill(creates={"fox 0": 1, "fox 1": 3}, lost={"fox 1": 3})(whole)
    failed = _with_job(lost, FILM, status=Status.FAILED, error_code="AI_PROVIDER_FAILURE")
    assert not [v for v in judge(failed).violations if v.startswith("a failure has a cause")]
    assert judge(failed).failed == 1


def test_what_was_paid_too_often_is_counted(whole: Evidence) -> None:
    verdict = judge(_bill(creates={"fox 0": 3, "fox 1": 3}, lost={"fox 1": 1})(whole))
    assert verdict.paid_twice == 3


def test_scenes_without_rows_are_seen(whole: Evidence) -> None:
    scenes = {(0, 1): SceneState(0)}
    violations = judge(_with_job(whole, FILM, scenes=scenes)).violations
    assert any("scene 1 take 1 None" in violation for violation in violations)


def test_duplicates_count_over_both_lives_of_the_bus() -> None:
    old = Contents({"a": Counter({"x": 2, "y": 1})}, ["letter"])
    new = Contents({"a": Counter({"x": 1, "z": 1})})
    assert (old.duplicates, new.duplicates) == (1, 0)
    both = new.after(old)
    assert (both.duplicates, both.dead) == (2, ("letter",))
    assert new.after(None) is new
