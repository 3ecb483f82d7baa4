"""The statements about exports. Each runs in ``as_user`` or, where it says so, ``as_gateway``."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from contracts.errors import ErrorCode, Rejected
from contracts.events import ExportDropped, StitchRequested
from runtime import outbox
from runtime.db import Conn
from runtime.objects import project_key

_ROW = (
    "id, job_id, status, progress, settings, scene_order, takes, result, error_code,"
    " error_message, cancel_requested_at, created_at, updated_at"
)
_LISTED = 200
_STANDS = "status not in ('failed', 'cancelled') and cancel_requested_at is null"


@dataclass(frozen=True, slots=True)
class NewExport:
    """A row of ``exports`` to be made: what is asked of the stitcher, and its hash."""

    wanted: StitchRequested
    recipe: str


def request_of(export_id: UUID) -> UUID:
    """The id of the message that asked for an export: its cause is the export, which has one."""
    return outbox.event_id(export_id, StitchRequested, 0)


async def same(conn: Conn, job_id: UUID, recipe: str) -> UUID | None:
    """The export of this job that is made like that, unless it has failed or was given up."""
    return await conn.fetchval(
        f"select id from public.exports where job_id = $1 and recipe = $2 and {_STANDS}"  # noqa: S608
        " order by created_at desc, id desc limit 1",
        job_id,
        recipe,
    )


async def check_room(conn: Conn, job_id: UUID, most: int) -> None:
    """Raises ``Rejected(CONFLICT)`` if the job has as many exports as it may have."""
    there = await conn.fetchval(
        f"select count(*) from public.exports where job_id = $1 and {_STANDS}",  # noqa: S608
        job_id,
    )
    if there >= most:
        message = f"This film has {most} exports, which is the most. Delete one of them first."
        raise Rejected(ErrorCode.CONFLICT, message)


async def add(conn: Conn, export: NewExport) -> None:
    """As the gateway: the row of an export that is being asked for."""
    wanted = export.wanted
    await conn.execute(
        "insert into public.exports"
        " (id, job_id, project_id, user_id, settings, scene_order, takes, recipe)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8)",
        wanted.export_id,
        wanted.job_id,
        wanted.project_id,
        wanted.user_id,
        wanted.settings.model_dump(mode="json") if wanted.settings else {},
        list(wanted.order),
        [one.take for one in wanted.takes],
        export.recipe,
    )


async def one(conn: Conn, job_id: UUID, export_id: UUID) -> Any:
    """As the user. Raises ``Rejected(NOT_FOUND)``."""
    row = await conn.fetchrow(
        f"select {_ROW} from public.exports where job_id = $1 and id = $2",  # noqa: S608
        job_id,
        export_id,
    )
    if row is None:
        raise Rejected(ErrorCode.NOT_FOUND, "This film has no export with this id.")
    return row


async def check_no_upload(conn: Conn, dropped: ExportDropped) -> None:
    """As the user. Raises ``Rejected(CONFLICT)`` while a file of this export is being uploaded."""
    job_id, export_id = str(dropped.job_id), str(dropped.export_id)
    upload = await conn.fetchval(
        "select id from public.jobs where type = 'upload' and film_job_id = $1"
        " and status in ('queued', 'running') and starts_with(video_key, $2)",
        dropped.job_id,
        f"{project_key(dropped, 'jobs', job_id, 'exports', export_id)}/",
    )
    if upload is not None:
        raise Rejected(
            ErrorCode.CONFLICT,
            "This export is being put on your channel. Wait until the upload has ended, or give"
            f" up the job {upload}, then delete the export.",
        )


async def give_up(conn: Conn, export_id: UUID) -> None:
    """As the gateway: the user's wish, on record before anything is told of it."""
    await conn.execute(
        "update public.exports set cancel_requested_at = now()"
        " where id = $1 and cancel_requested_at is null",
        export_id,
    )


async def delete(conn: Conn, export_id: UUID) -> None:
    """As the gateway: the row of an export that has ended."""
    await conn.execute("delete from public.exports where id = $1", export_id)


async def of_job(conn: Conn, job_id: UUID) -> list[Any]:
    """As the user: the newest exports of a job."""
    return await conn.fetch(
        f"select {_ROW} from public.exports where job_id = $1"  # noqa: S608
        " order by created_at desc, id desc limit $2",
        job_id,
        _LISTED,
    )
