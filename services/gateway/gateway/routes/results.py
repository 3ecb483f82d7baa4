"""A finished film, as addresses to download it from."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from contracts.errors import ErrorCode, Rejected
from contracts.events import ObjectRef
from fastapi import APIRouter, Response

from gateway import records
from gateway.addresses import Wanted
from gateway.openapi import problems
from gateway.parts import UNKEPT, AppParts, Parts, Reader
from gateway.problems import JobFailed
from gateway.views.answers import FILM_FILES, FileView, FilmResult, ResultView

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
async def read_result(
    job_id: UUID, user: Reader, parts: AppParts, response: Response
) -> ResultView:
    """Addresses of the film and its files. A failed job answers with its code."""
    response.headers.update(UNKEPT)
    async with parts.database.as_user(user) as conn:
        job = await records.job(conn, job_id)
    film = finished_film(job)
    files = await film_files(parts, film, f"film-{str(job_id)[:8]}")
    return ResultView.model_validate({"job_id": job_id} | film.told() | files)


async def film_files(parts: Parts, film: FilmResult, name: str) -> dict[str, FileView | None]:
    """The files of a film by what they are; their names begin with ``name``."""
    refs = {what: getattr(film, what) for what in FILM_FILES}
    there = {what: ref for what, ref in refs.items() if ref is not None}
    files = await file_views(parts, {f"{name}{FILM_FILES[n]}": ref for n, ref in there.items()})
    return {what: files.get(f"{name}{ending}") for what, ending in FILM_FILES.items()}


async def file_views(parts: Parts, refs: Mapping[str, ObjectRef]) -> dict[str, FileView]:
    """Files by the names they are downloaded under; all addresses are signed in one go."""
    shown = {name: Wanted(ref.key, name) for name, ref in refs.items()}
    saved = {name: Wanted(ref.key, name, download=True) for name, ref in refs.items()}
    found = await parts.addresses.of([*shown.values(), *saved.values()])
    return {
        name: FileView(
            url=found[shown[name]].url,
            download_url=found[saved[name]].url,
            filename=name,
            size=ref.size,
            sha256=ref.sha256,
            content_type=ref.content_type,
            expires_at=min(found[shown[name]].expires_at, found[saved[name]].expires_at),
        )
        for name, ref in refs.items()
    }
