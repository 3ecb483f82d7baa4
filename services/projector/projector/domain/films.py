"""Films of a job's scenes: its own, which its user may ask for again, and exports beside it.

An export moves up its own rank and changes nothing of its job but what was paid; of the job's own
films the furthest joined, and of those that failed the newest one, is told. So in whatever order
their events arrive, the rows are the same. An export that its user gave up ends cancelled, whatever
else is heard of it.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from contracts import events as e
from contracts.errors import GUIDANCE, ErrorCode

from projector.domain.state import ExportState, JobState, Status
from projector.domain.telling import clearer

_RANK: Final = {
    Status.QUEUED: 0,
    Status.RUNNING: 1,
    Status.CANCELLED: 2,
    Status.FAILED: 3,
    Status.SUCCEEDED: 4,
}
_NEARLY: Final = 99


def joined(job: JobState, event: e.StitchProgressed) -> JobState:
    """The job's own film is being joined; the furthest counts."""
    return replace(job, joined=max(job.joined, _percent(event)))


def not_joined(job: JobState, event: e.StageFailed, cut: int) -> JobState:
    """A film that the user asked for will not be there; the takes and the one before stay."""
    before = job.film_error
    told = (event.code.value, event.message)
    if before is not None:
        if before["cut"] > cut:
            return job
        if before["cut"] == cut:
            told = clearer(told, (before["code"], before["message"]))
    error = {"cut": cut, "code": told[0], "message": told[1]}
    return replace(job, cut=max(job.cut, cut), film_error=error)


def failed(job: JobState) -> bool:
    """Whether the newest film that was asked for could not be made."""
    return job.film_error is not None and job.film_error["cut"] == job.cut


def result_of(event: e.VideoStitched) -> dict[str, Any]:
    """What is kept of a film."""
    result = event.model_dump(mode="json", exclude={"job_id", "user_id", "project_id"})
    return result | {"seconds": round(event.frames / event.fps, 3)}


def export_progressed(job: JobState, event: e.StitchProgressed, export_id: UUID) -> JobState:
    """An export is being joined."""
    export = job.exports.get(export_id)
    if export is None or export.status is Status.SUCCEEDED:
        return job
    percent = max(export.progress, _percent(event))
    status = max(export.status, Status.RUNNING, key=_RANK.__getitem__)
    return _with(job, replace(export, status=status, progress=percent))


def exported(job: JobState, event: e.VideoStitched, export_id: UUID) -> JobState:
    """An export is there."""
    export = job.exports.get(export_id)
    if export is None or export.status is Status.SUCCEEDED:
        return job
    if export.cancel_requested:
        return _with(job, _cancelled(export))
    made = ExportState(export_id, Status.SUCCEEDED, 100, result_of(event))
    return _with(job, made)


def not_exported(job: JobState, code: str, message: str, export_id: UUID) -> JobState:
    """An export will not be there."""
    export = job.exports.get(export_id)
    if export is None or export.status is Status.SUCCEEDED:
        return job
    if export.cancel_requested:
        return _with(job, _cancelled(export))
    told = (code, message)
    if export.status is Status.FAILED:
        told = clearer(told, (export.error_code, export.error_message))
    lost = replace(export, status=Status.FAILED, error_code=told[0], error_message=told[1])
    return _with(job, lost)


def dropped(job: JobState, export_id: UUID) -> JobState:
    """Its user wants no more of an export. One that had ended is not there any more."""
    export = job.exports.get(export_id)
    if export is None or not export.cancel_requested:
        return job
    return _with(job, _cancelled(export))


def stopped(job: JobState) -> JobState:
    """Nothing more is joined for a job that was given up."""
    for export in job.exports.values():
        if _RANK[export.status] < _RANK[Status.CANCELLED]:
            job = _with(job, _cancelled(export))
    return job


def _cancelled(export: ExportState) -> ExportState:
    """Why is said if it was the job that was given up; of its own export its user knows."""
    code = None if export.cancel_requested else ErrorCode.CANCELLED
    return replace(
        export,
        status=Status.CANCELLED,
        error_code=code and code.value,
        error_message=code and GUIDANCE[code].title,
    )


def _percent(event: e.StitchProgressed) -> int:
    return min(_NEARLY, int(event.progress * 100))


def _with(job: JobState, export: ExportState) -> JobState:
    exports: Mapping[UUID, ExportState] = {**job.exports, export.id: export}
    return replace(job, exports=exports)
