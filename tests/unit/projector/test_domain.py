"""The fold: monotonic, and the same rows whatever the order across topics."""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

import pytest
from contracts import events as e
from contracts.errors import ErrorCode
from hypothesis import given
from hypothesis import strategies as st
from projector.domain.fold import apply, fold
from projector.domain.public import public_change
from projector.domain.state import (
    TERMINAL,
    Arrived,
    JobState,
    JobType,
    SceneState,
    ScriptState,
    Status,
)

JOB = UUID("00000000-0000-4000-8000-000000000001")
USER = UUID("00000000-0000-4000-8000-000000000002")
PROJECT = UUID("00000000-0000-4000-8000-000000000003")
SCRIPT = UUID("00000000-0000-4000-8000-000000000004")
IDS: dict[str, Any] = {"job_id": JOB, "user_id": USER, "project_id": PROJECT}


def ref(name: str) -> e.ObjectRef:
    return e.ObjectRef(key=name, size=1, sha256="0" * 64, content_type="video/mp4")


def new_job(kind: JobType) -> JobState:
    script = ScriptState(SCRIPT) if kind is JobType.IMPORT else None
    return JobState(JOB, USER, PROJECT, kind, script=script)


def requested() -> e.GenerationRequested:
    return e.GenerationRequested(**IDS, script_id=SCRIPT, script=ref("script.json"))


def planned(count: int) -> e.ScenesPlanned:
    scenes = tuple(
        e.PlannedScene(index=i, title=f"Scene {i}", prompt=f"p{i}", frames=60) for i in range(count)
    )
    return e.ScenesPlanned(
        **IDS,
        script_id=SCRIPT,
        plan=ref("plan.json"),
        title="Film",
        settings=e.GenerationSettings(),
        scenes=scenes,
    )


def progressed(index: int, progress: float, provider: str = "animatic") -> e.SceneProgressed:
    return e.SceneProgressed(**IDS, scene_index=index, progress=progress, provider=provider)


def generated(index: int, count: int, take: int = 1) -> e.SceneGenerated:
    clip = e.Clip(
        video=ref(f"clip{index}.mp4"),
        poster=ref(f"clip{index}.jpg"),
        width=1280,
        height=720,
        fps=30,
        frames=60,
    )
    return e.SceneGenerated(
        **IDS,
        scene_index=index,
        scene_count=count,
        take=take,
        clip=clip,
        provider="animatic",
        cost_usd=Decimal("0.25"),
    )


def stitched(count: int) -> e.VideoStitched:
    return e.VideoStitched(
        **IDS,
        video=ref("film.mp4"),
        captions=ref("film.srt"),
        poster=ref("poster.jpg"),
        title="Film",
        width=1280,
        height=720,
        fps=30,
        frames=60 * count,
        scenes=count,
    )


def failed(scene: int | None, code: ErrorCode = ErrorCode.SCENE_TIMEOUT) -> e.StageFailed:
    return e.StageFailed(
        **IDS, stage="generator", scene_index=scene, code=code, message="too slow", attempt=2
    )


def cancelled() -> e.JobCancelled:
    return e.JobCancelled(**IDS, reason="changed my mind")


def fold_all(job: JobState, *events: e.Event) -> JobState:
    for event in events:
        job = fold(job, event)
    return job


def test_a_generation_job_goes_through_its_stages() -> None:
    job = new_job(JobType.GENERATION)
    seen: list[tuple[str, str | None, int]] = []
    for event in (
        requested(),
        planned(2),
        progressed(0, 0.5),
        generated(0, 2),
        generated(1, 2),
        stitched(2),
    ):
        job = fold(job, event)
        seen.append((job.status.value, job.stage, job.progress))
    assert seen == [
        ("running", "planning", 2),
        ("running", "scenes", 5),
        ("running", "scenes", 25),
        ("running", "scenes", 45),
        ("running", "stitching", 85),
        ("succeeded", "done", 100),
    ]
    assert job.result is not None
    assert job.result["seconds"] == 4.0
    assert job.result["video"]["key"] == job.result_s3_key == "film.mp4"
    assert [scene.title for scene in job.scenes.values()] == ["Scene 0", "Scene 1"]
    assert job.scenes[1].cost_usd == Decimal("0.25")


def test_an_import_job_fills_its_script() -> None:
    job = new_job(JobType.IMPORT)
    source = e.Source(kind=e.SourceKind.YOUTUBE, url="https://youtu.be/abcdefghijk")
    job = fold(job, e.ImportRequested(**IDS, script_id=SCRIPT, source=source))
    assert (job.status, job.stage, job.progress) == (Status.RUNNING, "transcript", 5)
    job = fold(
        job,
        e.TranscriptReady(
            **IDS,
            script_id=SCRIPT,
            transcript=ref("t.json"),
            language="en",
            origin="youtube",
            segments=3,
            seconds=9,
        ),
    )
    assert (job.stage, job.progress) == ("script", 50)
    ready = e.ScriptReady(
        **IDS,
        script_id=SCRIPT,
        script=ref("script.json"),
        title="Moon",
        language="en",
        words=20,
        seconds=9,
    )
    job = fold(job, ready)
    assert (job.status, job.stage, job.progress) == (Status.SUCCEEDED, "done", 100)
    assert job.script is not None
    assert (job.script.status, job.script.title, job.script.words) == ("ready", "Moon", 20)
    named = replace(new_job(JobType.IMPORT), script=ScriptState(SCRIPT, title="Mine"))
    kept = fold(named, ready).script
    assert kept is not None
    assert kept.title == "Mine"


def test_a_failed_import_fails_its_script() -> None:
    job = fold(new_job(JobType.IMPORT), failed(None, ErrorCode.TRANSCRIPT_MISSING))
    assert (job.status, job.error_code) == (Status.FAILED, "TRANSCRIPT_MISSING")
    assert job.script is not None
    assert job.script.status == "failed"


def test_a_published_upload_succeeds_with_its_address() -> None:
    job = new_job(JobType.UPLOAD)
    published = e.VideoPublished(
        **IDS, channel="folder", video_id="x", url="file:///x", privacy=e.Privacy.PRIVATE
    )
    job = fold(job, published)
    assert (job.status, job.progress) == (Status.SUCCEEDED, 100)
    assert job.result == {
        "channel": "folder",
        "video_id": "x",
        "url": "file:///x",
        "privacy": "private",
    }


def test_a_late_progress_never_undoes_a_generated_scene() -> None:
    job = fold_all(new_job(JobType.GENERATION), planned(1), generated(0, 1))
    assert fold(job, progressed(0, 0.4)) == job


def test_a_failed_scene_fails_the_job_and_stops_the_others() -> None:
    job = fold_all(new_job(JobType.GENERATION), planned(3), generated(0, 3), progressed(1, 0.3))
    job = fold(job, failed(1))
    assert (job.status, job.error_code, job.error_message) == (
        Status.FAILED,
        "SCENE_TIMEOUT",
        "too slow",
    )
    assert [job.scenes[i].status.value for i in range(3)] == ["succeeded", "failed", "cancelled"]
    assert job.scenes[1].error_code == "SCENE_TIMEOUT"
    late = fold_all(job, generated(2, 3), stitched(3), failed(2, ErrorCode.INTERNAL), cancelled())
    assert (late.status, late.error_code) == (Status.FAILED, "SCENE_TIMEOUT")
    assert late.scenes[2].status is Status.SUCCEEDED


def test_cancel_wins_over_running_and_not_over_succeeded() -> None:
    running = fold_all(new_job(JobType.GENERATION), planned(1))
    stopped = fold(running, cancelled())
    assert (stopped.status, stopped.error_code) == (Status.CANCELLED, "CANCELLED")
    assert stopped.scenes[0].status is Status.CANCELLED
    done = fold_all(running, generated(0, 1), stitched(1))
    assert fold(done, cancelled()).status is Status.SUCCEEDED


@pytest.mark.parametrize("end", [stitched(1), failed(None)])
def test_a_wish_to_cancel_that_came_first_wins_over_any_end(end: e.Event) -> None:
    job = replace(new_job(JobType.GENERATION), cancel_requested=True)
    assert fold(job, end).status is Status.CANCELLED


def test_a_new_take_starts_over_and_the_old_one_is_ignored() -> None:
    job = fold_all(new_job(JobType.GENERATION), planned(1), generated(0, 1))
    again = e.SceneProgressed(**IDS, scene_index=0, take=2, progress=0.1, provider="replicate")
    job = fold(job, again)
    assert job.scenes[0] == SceneState(
        index=0,
        take=2,
        status=Status.RUNNING,
        progress=10,
        title="Scene 0",
        prompt={"text": "p0", "frames": 60, "characters": []},
        provider="replicate",
    )
    assert fold(job, generated(0, 1, take=1)) == job


def test_events_of_another_type_of_job_change_nothing() -> None:
    job = new_job(JobType.UPLOAD)
    assert fold(job, planned(2)) == job


def test_an_event_is_applied_once_and_numbered() -> None:
    first, second = Arrived(UUID(int=1), requested()), Arrived(UUID(int=2), planned(2))
    job, applied = apply(new_job(JobType.GENERATION), [first, second, first])
    assert [(row.seq, row.event_id, row.type) for row in applied] == [
        (1, first.id, "generation.requested"),
        (2, second.id, "scenes.planned"),
    ]
    again, nothing = apply(job, [first, second], known={first.id, second.id})
    assert (again, nothing) == (job, [])


def test_clients_see_the_scenes_that_changed_and_no_object_keys() -> None:
    before = fold(new_job(JobType.GENERATION), planned(2))
    after = fold(before, generated(1, 2))
    change = public_change(before, after)
    assert [scene["scene_index"] for scene in change["scenes"]] == [1]
    assert change["job"]["progress"] == 45
    assert "clip1" not in str(change)
    lost = public_change(after, fold(after, failed(0)))
    assert lost["job"]["error"]["code"] == "SCENE_TIMEOUT"
    assert lost["job"]["error"]["next_step"]


# --- any order, any repetition ---------------------------------------------------------------


@st.composite
def histories(draw: st.DrawFn) -> tuple[JobState, list[e.Event]]:
    """What one generation job can go through, in the order in which it happened."""
    count = draw(st.integers(1, 4))
    ending = draw(st.sampled_from(["whole", "scene_fails", "stitcher_fails", "cancelled"]))
    victim = draw(st.integers(0, count - 1))
    events: list[e.Event] = [requested(), planned(count)]
    for index in range(count):
        events += [
            progressed(index, step / 10, draw(st.sampled_from(["animatic", "replicate"])))
            for step in sorted(draw(st.lists(st.integers(0, 10), max_size=3)))
        ]
        unfinished = index == victim and ending == "scene_fails"
        if unfinished:
            events.append(failed(index))
        elif ending != "cancelled" or draw(st.booleans()):
            events.append(generated(index, count))
    if ending == "whole":
        events.append(stitched(count))
    elif ending == "stitcher_fails":
        events.append(failed(None, ErrorCode.STITCH_FAILED))
    elif ending == "cancelled":
        events.append(cancelled())
        events += draw(st.sampled_from([[], [failed(victim)], [stitched(count)]]))
    job = replace(new_job(JobType.GENERATION), cancel_requested=ending == "cancelled")
    return job, events


def interleave(history: Sequence[Arrived], seed: int) -> list[Arrived]:
    """Order is kept within a topic only; anything may be delivered again from any point on."""
    dice = random.Random(seed)
    topics: dict[type[e.Event], list[Arrived]] = defaultdict(list)
    for item in history:
        topics[type(item.event)].append(item)
    queues = list(topics.values())
    merged: list[Arrived] = []
    while any(queues):
        queue = dice.choice([queue for queue in queues if queue])
        merged.append(queue.pop(0))
    for _ in range(dice.randrange(4)):
        start = dice.randrange(len(merged))
        merged[start:start] = merged[: dice.randrange(start + 1)]
    return merged


@given(histories(), st.integers(0, 2**32))
def test_any_interleaving_and_repetition_ends_in_the_same_rows(
    history: tuple[JobState, list[e.Event]], seed: int
) -> None:
    job, events = history
    arrived = [Arrived(uuid5(JOB, str(n)), event) for n, event in enumerate(events)]
    straight, rows = apply(job, arrived)
    shuffled, shuffled_rows = apply(job, interleave(arrived, seed))
    assert shuffled == straight
    assert {row.event_id for row in shuffled_rows} == {row.event_id for row in rows}
    assert [row.seq for row in shuffled_rows] == list(range(1, len(events) + 1))


@given(histories(), st.integers(0, 2**32))
def test_a_finished_job_stays_as_it_ended(
    history: tuple[JobState, list[e.Event]], seed: int
) -> None:
    job, events = history
    arrived = [Arrived(uuid5(JOB, str(n)), event) for n, event in enumerate(events)]
    seen: list[Status] = []
    for item in interleave(arrived, seed):
        job = fold(job, item.event)
        seen.append(job.status)
    ends = [status for status in seen if status in TERMINAL]
    assert ends
    assert set(ends) == {seen[-1]}
    assert seen[-len(ends) :] == ends
