"""The rules by which an event changes a job.

Every rule is monotonic: stages and scenes only move up their rank, a finished job stays finished,
a wish to cancel that was recorded first wins over every other end, of several failures the same one
is shown, and of an import's sources the newest one counts. So any interleaving of the same events,
with any repetitions, ends in the same rows.
"""

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from contracts import events as e
from contracts.errors import GUIDANCE, ErrorCode

from projector.domain.public import public_change
from projector.domain.rounds import at_work, given, missed
from projector.domain.state import (
    PLANNED_PERCENT,
    SCENE_RANK,
    SCENES_PERCENT,
    STAGES,
    TERMINAL,
    Applied,
    Arrived,
    JobState,
    JobType,
    SceneState,
    Status,
)

LANGUAGE_LENGTH: Final = 35
# What the column holds: numeric(12, 6).
COST_STEP: Final = Decimal("0.000001")
COST_LIMIT: Final = Decimal("999999.999999")


def apply(
    job: JobState, arrived: Iterable[Arrived], known: AbstractSet[UUID] = frozenset()
) -> tuple[JobState, list[Applied]]:
    """Fold what arrived for one job, skipping ids that are ``known`` or come twice."""
    seen = set(known)
    applied: list[Applied] = []
    for item in arrived:
        if item.id in seen:
            continue
        seen.add(item.id)
        after = fold(job, item.event)
        after = replace(after, version=job.version + 1)
        short = item.event.TYPE.removeprefix("filmstudio.").rsplit(".", 1)[0]
        applied.append(Applied(after.version, item.id, short, public_change(job, after)))
        job = after
    return job, applied


def fold(job: JobState, event: e.Event) -> JobState:
    """The state after one event. Events of another type of job change nothing."""
    belongs, rule = _RULES[type(event)]
    if belongs is not None and job.type is not belongs:
        return job
    if job.status is Status.QUEUED:
        job = replace(job, status=Status.RUNNING)
    return _settle(rule(job, event))


# --- rules -----------------------------------------------------------------------------------


def _stage(job: JobState, stage: str) -> JobState:
    ranks = STAGES[job.type]
    if job.stage in ranks and ranks[job.stage] >= ranks[stage]:
        return job
    return replace(job, stage=stage)


def _finish(
    job: JobState, status: Status, code: str | None = None, message: str | None = None
) -> JobState:
    if job.status is Status.FAILED and status is Status.FAILED:
        return _with_clearer_error(job, code, message)
    if job.status in TERMINAL:
        return job
    if job.cancel_requested or status is Status.CANCELLED:
        status, code = Status.CANCELLED, ErrorCode.CANCELLED.value
        message = GUIDANCE[ErrorCode.CANCELLED].title
    return replace(job, status=status, error_code=code, error_message=message)


def _with_clearer_error(job: JobState, code: str | None, message: str | None) -> JobState:
    """Which of two failures is told must not depend on which came first; ours are told last."""

    def order(code: str | None, message: str | None) -> tuple[bool, str, str]:
        return code == ErrorCode.INTERNAL.value, code or "", message or ""

    if order(job.error_code, job.error_message) <= order(code, message):
        return job
    return replace(job, error_code=code, error_message=message)


def _transcript_ready(job: JobState, _: e.TranscriptReady) -> JobState:
    return at_work(_stage(job, "script"))


def _script_ready(job: JobState, event: e.ScriptReady) -> JobState:
    script = job.script
    if script is not None:
        script = replace(
            script,
            status="ready",
            title=script.title or event.title,
            language=event.language[:LANGUAGE_LENGTH],
            script_ref=event.script.model_dump(mode="json"),
            words=event.words,
            seconds=event.seconds,
        )
    result = {
        "script_id": str(event.script_id),
        "title": event.title,
        "language": event.language,
        "words": event.words,
        "seconds": event.seconds,
        "speakers": list(event.speakers),
    }
    job = replace(_stage(job, "done"), script=script, result=job.result or result)
    return _finish(job, Status.SUCCEEDED)


def _scenes_planned(job: JobState, event: e.ScenesPlanned) -> JobState:
    scenes = dict(job.scenes)
    for planned in event.scenes:
        prompt = {
            "text": planned.prompt,
            "frames": planned.frames,
            "characters": list(planned.characters),
        }
        scene = scenes.get(planned.index, SceneState(planned.index))
        scenes[planned.index] = replace(scene, title=planned.title, prompt=prompt)
    return replace(_stage(job, "scenes"), scenes=scenes, scene_count=len(event.scenes))


def _of_take(job: JobState, index: int, take: int) -> SceneState | None:
    """The scene as the given take finds it; ``None`` if a later take has begun."""
    scene = job.scenes.get(index, SceneState(index, take=take))
    if take < scene.take:
        return None
    if take > scene.take:
        return SceneState(index, take=take, title=scene.title, prompt=scene.prompt)
    return scene


def _with_scene(job: JobState, scene: SceneState) -> JobState:
    return replace(job, scenes={**job.scenes, scene.index: scene})


def _scene_progressed(job: JobState, event: e.SceneProgressed) -> JobState:
    job = _stage(job, "scenes")
    scene = _of_take(job, event.scene_index, event.take)
    if scene is None or scene.status is Status.SUCCEEDED:
        return job
    percent = min(99, int(event.progress * 100))
    scene = replace(scene, progress=max(scene.progress, percent), provider=event.provider)
    if SCENE_RANK[scene.status] < SCENE_RANK[Status.RUNNING]:
        scene = replace(scene, status=Status.RUNNING)
    return _with_scene(job, scene)


def _scene_generated(job: JobState, event: e.SceneGenerated) -> JobState:
    job = replace(_stage(job, "scenes"), scene_count=job.scene_count or event.scene_count)
    scene = _of_take(job, event.scene_index, event.take)
    if scene is None or scene.status is Status.SUCCEEDED:
        return job
    return _with_scene(
        job,
        replace(
            scene,
            status=Status.SUCCEEDED,
            progress=100,
            s3_key=event.clip.video.key,
            poster_key=event.clip.poster.key,
            provider=event.provider,
            reused=event.reused,
            cost_usd=min(event.cost_usd, COST_LIMIT).quantize(COST_STEP),
            error_code=None,
            error_message=None,
        ),
    )


def _video_stitched(job: JobState, event: e.VideoStitched) -> JobState:
    result = event.model_dump(mode="json", exclude={"job_id", "user_id", "project_id"})
    result["seconds"] = round(event.frames / event.fps, 3)
    job = replace(
        _stage(job, "done"),
        result=job.result or result,
        result_s3_key=job.result_s3_key or event.video.key,
    )
    return _finish(job, Status.SUCCEEDED)


def _video_published(job: JobState, event: e.VideoPublished) -> JobState:
    result = event.model_dump(mode="json", exclude={"job_id", "user_id", "project_id"})
    job = replace(_stage(job, "done"), result=job.result or result)
    return _finish(job, Status.SUCCEEDED)


def _stage_failed(job: JobState, event: e.StageFailed) -> JobState:
    if event.scene_index is not None and job.type is JobType.GENERATION:
        scene = job.scenes.get(event.scene_index, SceneState(event.scene_index))
        if SCENE_RANK[scene.status] < SCENE_RANK[Status.FAILED]:
            failed = replace(
                scene,
                status=Status.FAILED,
                error_code=event.code.value,
                error_message=event.message,
            )
            job = _with_scene(job, failed)
    return _finish(job, Status.FAILED, event.code.value, event.message)


def _settle(job: JobState) -> JobState:
    """What follows from the facts: the joining stage, stopped scenes, the percentage."""
    done = sum(scene.status is Status.SUCCEEDED for scene in job.scenes.values())
    if job.scene_count and done >= job.scene_count:
        job = _stage(job, "stitching")
    if job.status in {Status.FAILED, Status.CANCELLED}:
        job = replace(job, scenes={i: _stopped(scene) for i, scene in job.scenes.items()})
        script = job.script
        if script is not None and script.status == "pending":
            job = replace(job, script=replace(script, status="failed"))
    return replace(job, progress=_percent(job))


def _stopped(scene: SceneState) -> SceneState:
    if SCENE_RANK[scene.status] >= SCENE_RANK[Status.CANCELLED]:
        return scene
    return replace(scene, status=Status.CANCELLED)


def _percent(job: JobState) -> int:
    floor = STAGES[job.type].get(job.stage or "", 0)
    if job.type is not JobType.GENERATION or not job.scene_count or floor >= SCENES_PERCENT:
        return floor
    made = sum(scene.progress for scene in job.scenes.values()) / job.scene_count
    span = SCENES_PERCENT - PLANNED_PERCENT
    return max(floor, min(SCENES_PERCENT, PLANNED_PERCENT + int(made * span / 100)))


_Rule = Callable[[JobState, Any], JobState]

_RULES: dict[type[e.Event], tuple[JobType | None, _Rule]] = {
    e.ImportRequested: (JobType.IMPORT, lambda job, event: given(_stage(job, "transcript"), event)),
    e.SourceNeeded: (JobType.IMPORT, lambda job, event: missed(_stage(job, "transcript"), event)),
    e.TranscriptReady: (JobType.IMPORT, _transcript_ready),
    e.ScriptReady: (JobType.IMPORT, _script_ready),
    e.GenerationRequested: (JobType.GENERATION, lambda job, _: _stage(job, "planning")),
    e.ScenesPlanned: (JobType.GENERATION, _scenes_planned),
    e.SceneProgressed: (JobType.GENERATION, _scene_progressed),
    e.SceneGenerated: (JobType.GENERATION, _scene_generated),
    e.VideoStitched: (JobType.GENERATION, _video_stitched),
    e.UploadRequested: (JobType.UPLOAD, lambda job, _: _stage(job, "uploading")),
    e.VideoPublished: (JobType.UPLOAD, _video_published),
    e.StageFailed: (None, _stage_failed),
    e.JobCancelled: (None, lambda job, _: _finish(job, Status.CANCELLED)),
}

FOLDED: Sequence[type[e.Event]] = tuple(_RULES)
"""The events that change a job's rows."""
