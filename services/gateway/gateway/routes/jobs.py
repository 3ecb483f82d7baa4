"""Jobs: start a film, look at it, list them, give one up."""

from typing import Annotated
from uuid import UUID

from contracts.errors import ErrorCode, Rejected
from contracts.events import CharacterRef, GenerationRequested, JobCancelled, ObjectRef
from fastapi import APIRouter, Query, Response
from runtime.db import Conn

from gateway import drafts, idempotency, library, music, records
from gateway.database import as_gateway
from gateway.domain import TERMINAL, Accepted, Cursor, fingerprint
from gateway.openapi import problems
from gateway.parts import AppParts, Asked, Asking, Reader, answer
from gateway.routes.scripts import IfMatch
from gateway.views.answers import JobAccepted, JobPage, JobSummary, JobView
from gateway.views.requests import CharacterChoice, JobRequest, JobsWanted

router = APIRouter(prefix="/api/v1/jobs", tags=["jobs"])


@router.post(
    "",
    status_code=202,
    responses=problems(404, 409, 412, 503, on_409=ErrorCode.NOT_READY),
    summary="Make a film of a script",
)
async def start_film(
    body: JobRequest, asked: Asking, response: Response, if_match: IfMatch = None
) -> JobAccepted:
    """Starts the film. Follow it at `/api/v1/jobs/{job_id}/events`.

    It is made of the script as it stands. With `If-Match` or `script_version` it is refused if
    that is not the version you saw.
    """
    request = fingerprint("jobs", body.model_dump(mode="json"))
    version = if_match if body.script_version is None else f'"{body.script_version}"'
    # The script as it is now: later edits do not reach this film.
    async with asked.transaction() as conn:
        before = await idempotency.remembered(conn, asked.user, asked.key, request)
        if before is not None:
            return answer(response, before, JobAccepted)
        row = await drafts.read(conn, body.script_id)
    drafts.check_ready(row)
    drafts.check_version(row, version)
    script = await drafts.frozen(asked.parts.store, row)
    accepted = await asked.once(request, lambda conn: _add_film(conn, asked, body, row, script))
    return answer(response, accepted, JobAccepted)


async def _add_film(
    conn: Conn, asked: Asked, body: JobRequest, row: drafts.Row, script: ObjectRef
) -> Accepted:
    event = GenerationRequested(
        job_id=asked.parts.new_id(),
        user_id=asked.user.id,
        project_id=row["project_id"],
        script_id=row["id"],
        script=script,
        settings=await music.settled(conn, body.settings),
        characters=await _cast(conn, body.characters) or await _chosen_cast(conn, row),
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
    wanted = [choice.character_id for choice in choices if choice.character_id is not None]
    known = await library.chosen(conn, wanted)
    if missing := set(wanted) - known.keys():
        raise Rejected(ErrorCode.NOT_FOUND, f"There is no character with the id {min(missing)}.")
    return tuple(
        CharacterRef(name=choice.name, style=choice.style)
        if choice.character_id is None
        else library.reference(known[choice.character_id], style=choice.style)
        for choice in choices
    )


async def _chosen_cast(conn: Conn, row: drafts.Row) -> tuple[CharacterRef, ...]:
    """The script's own cast; who was deleted since plays no more."""
    players = {str(player["id"]): player for player in await library.players(conn, row)}
    return tuple(
        library.reference(players[part["character_id"]], speaker=part["speaker"])
        for part in row["cast_choice"]
        if part["character_id"] in players
    )


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
                project_id=job["project_id"] or job_id,
                reason="by the user",
            )
            await asked.emit(conn, event)
        elif job["status"] in TERMINAL:
            raise Rejected(ErrorCode.CONFLICT, f"The job has already {_ended(job['status'])}.")
    response.headers["Location"] = f"/api/v1/jobs/{job_id}"
    return JobAccepted(job_id=job_id)


def _ended(status: str) -> str:
    return {"cancelled": "been cancelled"}.get(status, status)
