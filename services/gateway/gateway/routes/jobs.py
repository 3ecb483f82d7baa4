"""Jobs: start a film, look at it, list them, give one up."""

from typing import Annotated
from uuid import UUID

from contracts.errors import ErrorCode, Rejected
from contracts.events import CharacterRef, GenerationRequested, JobCancelled, ObjectRef
from fastapi import APIRouter, Query, Response
from runtime.db import Conn

from gateway import records
from gateway.database import as_gateway
from gateway.domain import TERMINAL, Accepted, Cursor, fingerprint
from gateway.openapi import problems
from gateway.parts import AppParts, Asked, Asking, Reader, answer
from gateway.views.answers import JobAccepted, JobPage, JobSummary, JobView
from gateway.views.requests import CharacterChoice, JobRequest, JobsWanted

router = APIRouter(prefix="/api/v1/jobs", tags=["jobs"])


@router.post(
    "",
    status_code=202,
    responses=problems(404, 409, on_409=ErrorCode.NOT_READY),
    summary="Make a film of a script",
)
async def start_film(body: JobRequest, asked: Asking, response: Response) -> JobAccepted:
    """Starts the film. Follow it at `/api/v1/jobs/{job_id}/events`."""
    request = fingerprint("jobs", body.model_dump(mode="json"))
    accepted = await asked.once(request, lambda conn: _add_film(conn, asked, body))
    return answer(response, accepted, JobAccepted)


async def _add_film(conn: Conn, asked: Asked, body: JobRequest) -> Accepted:
    script = await records.script(conn, body.script_id)
    if script["status"] == "failed":
        raise Rejected(ErrorCode.CONFLICT, "This script's import failed. Import its source again.")
    if script["status"] != "ready":
        raise Rejected(ErrorCode.NOT_READY, "This script is still being imported.")
    event = GenerationRequested(
        job_id=asked.parts.new_id(),
        user_id=asked.user.id,
        project_id=script["project_id"],
        script_id=script["id"],
        script=ObjectRef.model_validate(script["script_ref"]),
        settings=body.settings,
        characters=await _cast(conn, body.characters),
    )
    job = records.NewJob(
        id=event.job_id,
        user_id=event.user_id,
        project_id=event.project_id,
        type="generation",
        stage="planning",
        script_id=event.script_id,
        settings=body.settings.model_dump(mode="json"),
    )
    async with as_gateway(conn):
        await records.add_job(conn, job)
    await asked.emit(conn, event)
    return Accepted(f"/api/v1/jobs/{job.id}", {"job_id": str(job.id)})


async def _cast(conn: Conn, choices: list[CharacterChoice]) -> tuple[CharacterRef, ...]:
    known = await records.characters(
        conn, [choice.character_id for choice in choices if choice.character_id is not None]
    )
    cast: list[CharacterRef] = []
    for choice in choices:
        row = known.get(choice.character_id) if choice.character_id is not None else None
        if row is None:
            cast.append(CharacterRef(name=choice.name, style=choice.style))
        else:
            cast.append(
                CharacterRef(
                    character_id=row["id"],
                    name=row["name"],
                    style=choice.style or row["style"],
                    model_ref=row["model_ref"],
                )
            )
    return tuple(cast)


@router.get("", responses=problems(), summary="List jobs")
async def list_jobs(
    user: Reader, parts: AppParts, wanted: Annotated[JobsWanted, Query()]
) -> JobPage:
    """Your jobs, newest first."""
    after = Cursor.parse(wanted.cursor) if wanted.cursor else None
    async with parts.database.as_user(user) as conn:
        rows = await records.jobs(
            conn, limit=wanted.limit + 1, after=after, kind=wanted.type, status=wanted.status
        )
    shown = rows[: wanted.limit]
    more = len(rows) > wanted.limit
    last = str(Cursor(shown[-1]["created_at"], shown[-1]["id"])) if more else None
    return JobPage(items=[JobSummary.of(row) for row in shown], next_cursor=last)


@router.get("/{job_id}", responses=problems(404), summary="Look at a job")
async def read_job(job_id: UUID, user: Reader, parts: AppParts) -> JobView:
    """The job with its scenes."""
    async with parts.database.as_user(user) as conn:
        row = await records.job(conn, job_id)
        return JobView.with_scenes(row, await records.scenes(conn, job_id))


@router.post(
    "/{job_id}/cancel", status_code=202, responses=problems(404, 409), summary="Give up a job"
)
async def cancel_job(job_id: UUID, asked: Asking, response: Response) -> JobAccepted:
    """Work that is not done stops; the job becomes `cancelled`. Asking again changes nothing."""
    async with asked.transaction() as conn:
        async with as_gateway(conn):
            marked = await records.mark_cancelled(conn, job_id)
        job = await records.job(conn, job_id)
        if marked:
            event = JobCancelled(
                job_id=job_id,
                user_id=asked.user.id,
                project_id=job["project_id"],
                reason="by the user",
            )
            await asked.emit(conn, event)
        elif job["status"] in TERMINAL:
            raise Rejected(ErrorCode.CONFLICT, f"The job has already {_ended(job['status'])}.")
    response.headers["Location"] = f"/api/v1/jobs/{job_id}"
    return JobAccepted(job_id=job_id)


def _ended(status: str) -> str:
    return {"cancelled": "been cancelled"}.get(status, status)
