"""Another source for an import whose first one gave no words. The same job goes on."""

from uuid import UUID, uuid5

from contracts.errors import ErrorCode, Rejected
from contracts.events import ImportRequested, Source
from fastapi import APIRouter, Request, Response
from runtime.db import Conn

from gateway import idempotency, records
from gateway.database import as_gateway
from gateway.domain import TERMINAL, Accepted, fingerprint
from gateway.forms import read_form
from gateway.openapi import form_body, problems
from gateway.parts import Asked, Asking, answer
from gateway.routes.imports import SOURCE_FIELD, SourceFile, largest_source
from gateway.views.answers import JobAccepted
from gateway.views.requests import SourceFields

router = APIRouter(prefix="/api/v1/imports", tags=["imports"])

_FORM = form_body(
    {"file": SOURCE_FIELD, "language": {"type": "string", "example": "en"}}, required=["file"]
)


@router.post(
    "/{job_id}/source",
    status_code=202,
    responses=problems(404, 409, 413, 503),
    openapi_extra=_FORM,
    summary="Give an import another source",
)
async def give_source(
    job_id: UUID, request: Request, asked: Asking, response: Response
) -> JobAccepted:
    """For a job in `needs_source`: captions, a text, or sound. The job runs on.

    Each time the job asks, one source is taken; another one before the job has asked again is
    refused.
    """
    async with asked.transaction() as conn:
        # Before gigabytes are read for a job that is not there.
        job = await records.job(conn, job_id)
    async with read_form(request, largest=largest_source(asked)) as form:
        fields = form.fields(SourceFields)
        file = SourceFile.of(form)
        said = fields.model_dump(mode="json") | file.said
        asked_for = fingerprint(f"imports/{job_id}/source", said)
        async with asked.transaction() as conn:
            before = await idempotency.remembered(conn, asked.user, asked.key, asked_for)
        if before is not None:
            return answer(response, before, JobAccepted)
        _check_waits(job)
        source = await file.stored(asked, job["project_id"], fields.language)
    accepted = await asked.once(asked_for, lambda conn: _go_on(conn, asked, job_id, source))
    return answer(response, accepted, JobAccepted)


async def _go_on(conn: Conn, asked: Asked, job_id: UUID, source: Source) -> Accepted:
    async with as_gateway(conn):
        number = await records.next_round(conn, job_id)
    job = await records.job(conn, job_id)
    if number is None:
        _check_waits(job)
        raise Rejected(ErrorCode.CONFLICT, "This job was just given a source and is reading it.")
    event = ImportRequested(
        job_id=job_id,
        user_id=asked.user.id,
        project_id=job["project_id"],
        script_id=job["script_id"],
        source=source,
        round=number,
    )
    await asked.emit(conn, event, cause=uuid5(job_id, f"round:{number}"))
    return Accepted(f"/api/v1/jobs/{job_id}", {"job_id": str(job_id)})


def _check_waits(job: records.Row) -> None:
    """Raises ``Rejected(CONFLICT)`` unless the job waits for a source."""
    if job["type"] != "import":
        raise Rejected(ErrorCode.CONFLICT, f"This job is no import but a {job['type']}.")
    if job["status"] in TERMINAL:
        raise Rejected(
            ErrorCode.CONFLICT, "This import has ended. Start a new one with this source."
        )
    if job["cancel_requested_at"] is not None:
        raise Rejected(ErrorCode.CONFLICT, "This import is being cancelled. Start a new one.")
    if job["status"] != "needs_source":
        raise Rejected(ErrorCode.CONFLICT, "This import is not waiting for a source.")
