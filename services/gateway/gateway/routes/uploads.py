"""Finished films go to a channel: each film once."""

from uuid import UUID

from contracts.errors import ErrorCode
from contracts.events import UploadRequested
from fastapi import APIRouter, Response
from runtime.db import Conn

from gateway import records
from gateway.database import as_gateway
from gateway.domain import Accepted, fingerprint
from gateway.openapi import problems
from gateway.parts import Asked, Asking, answer
from gateway.routes.results import finished_film
from gateway.views.answers import FilmResult, JobAccepted
from gateway.views.requests import UploadRequest

router = APIRouter(prefix="/api/v1/jobs", tags=["uploads"])

_TITLE_LENGTH = 100  # YouTube's limit


@router.post(
    "/{job_id}/upload-youtube",
    status_code=202,
    responses=problems(404, 409, on_409=ErrorCode.NOT_READY),
    summary="Put a film on your channel",
)
async def upload_film(
    job_id: UUID, asked: Asking, response: Response, body: UploadRequest | None = None
) -> JobAccepted:
    """Starts an upload job.

    Asking again for the same film gives the same job: a film is never published twice. After a
    failed upload a new one can be started.
    """
    said = body or UploadRequest()
    request = fingerprint(f"jobs/{job_id}/upload-youtube", said.model_dump(mode="json"))
    accepted = await asked.once(request, lambda conn: _upload(conn, asked, job_id, said))
    return answer(response, accepted, JobAccepted)


async def _upload(conn: Conn, asked: Asked, job_id: UUID, said: UploadRequest) -> Accepted:
    film_job = await records.job(conn, job_id)
    film = finished_film(film_job)
    upload_id = await records.upload_of(conn, job_id)
    if upload_id is None:
        job = records.NewJob(
            id=asked.parts.new_id(),
            user_id=asked.user.id,
            project_id=film_job["project_id"],
            type="upload",
            stage="uploading",
            script_id=film_job["script_id"],
            film_job_id=job_id,
            video_key=film.video.key,
            settings=said.model_dump(mode="json"),
        )
        async with as_gateway(conn):
            added = await records.add_job(conn, job)
        if added:
            await asked.emit(conn, _request(job, film, said))
            upload_id = job.id
        else:
            upload_id = await records.upload_of(conn, job_id)
    return Accepted(f"/api/v1/jobs/{upload_id}", {"job_id": str(upload_id)})


def _request(job: records.NewJob, film: FilmResult, said: UploadRequest) -> UploadRequested:
    return UploadRequested.model_validate(
        {
            "job_id": job.id,
            "user_id": job.user_id,
            "project_id": job.project_id,
            "film_job_id": job.film_job_id,
            "video": film.video,
            "captions": film.captions,
            "title": said.title or film.title[:_TITLE_LENGTH],
            "description": said.description,
            "tags": tuple(said.tags),
            "privacy": said.privacy,
            "made_for_kids": said.made_for_kids,
        }
    )
