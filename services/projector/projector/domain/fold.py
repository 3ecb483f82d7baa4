"""The rules by which an event changes a job.

Every rule is monotonic: stages and takes only move up their rank, a finished job stays finished,
a wish to cancel that was recorded first wins over every other end, of several failures the same one
is shown, and of an import's sources the newest one counts. A film that was asked for beside the one
there is, or beside all of them, never ends the job. So any interleaving of the same events, with
any repetitions, ends in the same rows.
"""

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from contracts import events as e
from contracts.errors import GUIDANCE, ErrorCode

from projector.domain import films, takes
from projector.domain.public import public_change
from projector.domain.rounds import at_work, given, missed
from projector.domain.state import (
    PLANNED_PERCENT,
    SCENES_PERCENT,
    STAGES,
    TERMINAL,
    Applied,
    Arrived,
    JobState,
    JobType,
    Status,
)
from projector.domain.telling import clearer

LANGUAGE_LENGTH: Final = 35


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
    told = clearer((job.error_code, job.error_message), (code, message))
    return replace(job, error_code=told[0], error_message=told[1])


def _transcript_ready(job: JobState, event: e.TranscriptReady) -> JobState:
    return takes.paid(at_work(_stage(job, "script")), "speech", event.cost_usd)


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
    job = takes.planned(_stage(job, "scenes"), event)
    return takes.paid(job, "planning", event.cost_usd)


def _stitch_requested(job: JobState, event: e.StitchRequested) -> JobState:
    if event.export:
        return job
    return replace(_stage(job, "stitching"), cut=max(job.cut, event.cut))


def _stitch_progressed(job: JobState, event: e.StitchProgressed) -> JobState:
    if event.export_id is not None:
        return films.export_progressed(job, event, event.export_id)
    return films.joined(_stage(job, "stitching"), event)


def _video_stitched(job: JobState, event: e.VideoStitched) -> JobState:
    job = takes.paid(job, "voices", event.voices_usd)
    if event.export_id is not None:
        return films.exported(job, event, event.export_id)
    job = replace(job, cut=max(job.cut, event.cut))
    if job.result is None or event.cut > int(job.result.get("cut", 0)):
        job = replace(job, result=films.result_of(event), result_s3_key=event.video.key)
    return _finish(_stage(job, "done"), Status.SUCCEEDED)


def _video_published(job: JobState, event: e.VideoPublished) -> JobState:
    result = event.model_dump(mode="json", exclude={"job_id", "user_id", "project_id"})
    job = replace(_stage(job, "done"), result=job.result or result)
    return _finish(job, Status.SUCCEEDED)


def _character_progressed(job: JobState, event: e.CharacterProgressed) -> JobState:
    job = replace(_stage(job, "training"), joined=max(job.joined, int(event.progress * 100)))
    return takes.paid(job, "training", event.cost_usd or Decimal(0))


def _character_ready(job: JobState, event: e.CharacterReady) -> JobState:
    result = event.model_dump(mode="json", exclude={"job_id", "user_id", "project_id"})
    job = takes.paid(_stage(job, "done"), "training", event.cost_usd)
    return _finish(replace(job, result=job.result or result), Status.SUCCEEDED)


def _stage_failed(job: JobState, event: e.StageFailed) -> JobState:
    if event.export_id is not None:
        return films.not_exported(job, event.code.value, event.message, event.export_id)
    if event.cut is not None:
        return films.not_joined(job, event, event.cut)
    if event.scene_index is not None and job.type is JobType.GENERATION:
        job = takes.failed(job, event, event.scene_index)
        # Its user can have it made again; another take takes nothing from the film.
        if event.stage == "generator" and (job.review or (event.take or 1) > 1):
            return job
    return _finish(job, Status.FAILED, event.code.value, event.message)


def _settle(job: JobState) -> JobState:
    """What follows from the facts: the next stage, the review, what is stopped, the sums."""
    if takes.to_review(job):
        job = _stage(job, "review")
    elif not job.review and 0 < (job.scene_count or 0) <= len(takes.made(job)):
        job = _stage(job, "stitching")
    if job.status in {Status.RUNNING, Status.NEEDS_REVIEW}:
        waits = takes.to_review(job)
        job = replace(job, status=Status.NEEDS_REVIEW if waits else Status.RUNNING)
    if job.status in {Status.FAILED, Status.CANCELLED}:
        job = takes.stopped(job)
        job = films.stopped(job) if job.status is Status.CANCELLED else job
        script = job.script
        if script is not None and script.status == "pending":
            job = replace(job, script=replace(script, status="failed"))
    return replace(job, progress=_percent(job), cost_usd=takes.cost(job))


def _percent(job: JobState) -> int:
    floor = STAGES[job.type].get(job.stage or "", 0)
    if job.stage in {"stitching", "training"}:
        return floor + job.joined * (100 - floor) // 100
    if job.type is not JobType.GENERATION or not job.scene_count or floor >= SCENES_PERCENT:
        return floor
    share = takes.progress(job) / job.scene_count
    span = SCENES_PERCENT - PLANNED_PERCENT
    return max(floor, min(SCENES_PERCENT, PLANNED_PERCENT + int(share * span / 100)))


_Rule = Callable[[JobState, Any], JobState]

_RULES: dict[type[e.Event], tuple[JobType | None, _Rule]] = {
    e.ImportRequested: (JobType.IMPORT, lambda job, event: given(_stage(job, "transcript"), event)),
    e.SourceNeeded: (JobType.IMPORT, lambda job, event: missed(_stage(job, "transcript"), event)),
    e.TranscriptReady: (JobType.IMPORT, _transcript_ready),
    e.ScriptReady: (JobType.IMPORT, _script_ready),
    e.GenerationRequested: (JobType.GENERATION, lambda job, _: _stage(job, "planning")),
    e.ScenesPlanned: (JobType.GENERATION, _scenes_planned),
    e.SceneRequested: (
        JobType.GENERATION,
        lambda job, event: takes.requested(_stage(job, "scenes"), event),
    ),
    e.SceneProgressed: (
        JobType.GENERATION,
        lambda job, event: takes.progressed(_stage(job, "scenes"), event),
    ),
    e.SceneGenerated: (
        JobType.GENERATION,
        lambda job, event: takes.generated(_stage(job, "scenes"), event),
    ),
    e.StitchRequested: (JobType.GENERATION, _stitch_requested),
    e.ExportDropped: (
        JobType.GENERATION,
        lambda job, event: films.dropped(job, event.export_id),
    ),
    e.StitchProgressed: (JobType.GENERATION, _stitch_progressed),
    e.VideoStitched: (JobType.GENERATION, _video_stitched),
    e.UploadRequested: (JobType.UPLOAD, lambda job, _: _stage(job, "uploading")),
    e.VideoPublished: (JobType.UPLOAD, _video_published),
    e.CharacterRequested: (JobType.CHARACTER, lambda job, _: _stage(job, "training")),
    e.CharacterProgressed: (JobType.CHARACTER, _character_progressed),
    e.CharacterReady: (JobType.CHARACTER, _character_ready),
    e.StageFailed: (None, _stage_failed),
    e.JobCancelled: (None, lambda job, _: _finish(job, Status.CANCELLED)),
}

FOLDED: Sequence[type[e.Event]] = tuple(_RULES)
"""The events that change a job's rows."""
