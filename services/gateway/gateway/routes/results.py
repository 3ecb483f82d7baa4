"""A finished film, as addresses to download it from."""

import time
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from contracts.errors import ErrorCode, Rejected
from contracts.events import ObjectRef
from fastapi import APIRouter

from gateway import records
from gateway.openapi import problems
from gateway.parts import AppParts, Parts, Reader
from gateway.problems import JobFailed
from gateway.views.answers import FileView, FilmResult, ResultView

router = APIRouter(prefix="/api/v1/jobs", tags=["results"])


def finished_film(job: Any) -> FilmResult:
    """The film of a job's row.

    Raises ``JobFailed`` with the job's own code, or ``Rejected`` (NOT_READY, CONFLICT).
    """
    if job["type"] != "generation":
        raise Rejected(ErrorCode.CONFLICT, f"This job is an {job['type']}: it makes no film.")
    if job["status"] in {"failed", "cancelled"}:
        raise JobFailed(ErrorCode(job["error_code"]), job["error_message"] or "")
    if job["status"] != "succeeded":
        raise Rejected(ErrorCode.NOT_READY, "The film is still being made.")
    return FilmResult.model_validate(job["result"])


@router.get(
    "/{job_id}/result",
    responses=problems(404, 409, on_409=ErrorCode.NOT_READY),
    summary="Download a finished film",
)
async def read_result(job_id: UUID, user: Reader, parts: AppParts) -> ResultView:
    """Addresses of the film, its captions and its poster. A failed job answers with its code."""
    async with parts.database.as_user(user) as conn:
        job = await records.job(conn, job_id)
    film = finished_film(job)
    name = f"film-{str(job_id)[:8]}"
    return ResultView(
        job_id=job_id,
        title=film.title,
        seconds=film.seconds,
        width=film.width,
        height=film.height,
        fps=film.fps,
        scenes=film.scenes,
        video=_file(parts, film.video, f"{name}.mp4"),
        captions=_file(parts, film.captions, f"{name}.srt"),
        poster=_file(parts, film.poster, f"{name}.jpg"),
    )


def _file(parts: Parts, ref: ObjectRef, filename: str) -> FileView:
    seconds = parts.settings.result_seconds
    return FileView(
        url=parts.store.signed_url(ref.key, seconds=seconds, filename=filename),
        filename=filename,
        size=ref.size,
        sha256=ref.sha256,
        content_type=ref.content_type,
        expires_at=datetime.fromtimestamp(int(time.time()) + seconds, UTC),
    )
