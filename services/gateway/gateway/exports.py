"""The statements about exports. Each runs in ``as_user`` or, where it says so, ``as_gateway``."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from contracts.errors import ErrorCode, Rejected
from contracts.events import StitchRequested
from runtime.db import Conn

_ROW = (
    "id, job_id, status, progress, settings, scene_order, takes, result, error_code,"
    " error_message, created_at, updated_at"
)
_LISTED = 200


@dataclass(frozen=True, slots=True)
class NewExport:
    """A row of ``exports`` to be made: what is asked of the stitcher, and its hash."""

    wanted: StitchRequested
    recipe: str


async def same(conn: Conn, job_id: UUID, recipe: str) -> UUID | None:
    """The export of this job that is made like that, unless it has failed."""
    return await conn.fetchval(
        "select id from public.exports where job_id = $1 and recipe = $2 and status <> 'failed'"
        " order by created_at desc, id desc limit 1",
        job_id,
        recipe,
    )


async def check_room(conn: Conn, job_id: UUID, most: int) -> None:
    """Raises ``Rejected(CONFLICT)`` if the job has as many exports as it may have."""
    there = await conn.fetchval(
        "select count(*) from public.exports where job_id = $1 and status <> 'failed'", job_id
    )
    if there >= most:
        raise Rejected(ErrorCode.CONFLICT, f"This film has {most} exports, which is the most.")


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


async def of_job(conn: Conn, job_id: UUID) -> list[Any]:
    """As the user: the newest exports of a job."""
    return await conn.fetch(
        f"select {_ROW} from public.exports where job_id = $1"  # noqa: S608
        " order by created_at desc, id desc limit $2",
        job_id,
        _LISTED,
    )
