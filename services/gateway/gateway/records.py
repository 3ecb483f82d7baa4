"""The statements of the gateway. Each runs in ``as_user`` or, where it says so, ``as_gateway``."""

from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias
from uuid import UUID

import asyncpg
from contracts.errors import ErrorCode, Rejected
from runtime.db import Conn

from gateway.domain import TERMINAL, Cursor, User

Row: TypeAlias = Any
_JOB: Final = (
    "id, type, status, stage, progress, version, script_id, project_id, film_job_id, character_id,"
    " scene_count, settings, result, cost_usd, error_code, error_message, cut, film_error,"
    " cancel_requested_at, created_at, updated_at"
)
_UPLOAD_LIVES: Final = "(status in ('queued', 'running', 'succeeded') or result is not null)"


_EXPECTING: Final = """
select
  j.status <> all($2::text[])
  or exists (select from public.exports e
    where e.job_id = j.id and e.status in ('queued', 'running'))
  or j.status = 'succeeded' and (
    exists (select from public.job_scenes s
      where s.job_id = j.id and s.status in ('queued', 'running'))
    or exists (select from public.scene_choices c
      where c.job_id = j.id and c.takes > (select max(s.take) from public.job_scenes s
        where s.job_id = c.job_id and s.scene_index = c.scene_index))
    or j.asked_cut > greatest((j.result ->> 'cut')::int, (j.film_error ->> 'cut')::int, 0)
  ) as now,
  j.status = 'succeeded' and j.type = 'generation' as later
from public.jobs j where j.id = $1
"""


@dataclass(frozen=True, slots=True)
class Expecting:
    """Whether something is at work for a job ``now``, and whether its user may ask for more."""

    now: bool
    later: bool


@dataclass(frozen=True, slots=True)
class NewJob:
    """A row of ``jobs`` to be made."""

    id: UUID
    user_id: UUID
    project_id: UUID | None
    type: str
    stage: str
    script_id: UUID | None = None
    film_job_id: UUID | None = None
    character_id: UUID | None = None
    video_key: str | None = None
    settings: dict[str, Any] = field(default_factory=dict[str, Any])


def _missing(what: str) -> Rejected:
    return Rejected(ErrorCode.NOT_FOUND, f"There is no {what} with this id.")


async def check_project(conn: Conn, project_id: UUID) -> None:
    """Raises ``Rejected(NOT_FOUND)`` unless the user has this project."""
    if not await conn.fetchval("select true from public.projects where id = $1", project_id):
        raise _missing("project")


async def add_project(conn: Conn, user: User, project_id: UUID, title: str | None) -> None:
    """Make a project. Raises ``Rejected(UNAUTHENTICATED)`` for an account that was deleted."""
    try:
        await conn.execute(
            "insert into public.projects (id, user_id, title)"
            " values ($1, $2, coalesce($3, 'Untitled'))",
            project_id,
            user.id,
            title,
        )
    except asyncpg.ForeignKeyViolationError as error:
        raise Rejected(ErrorCode.UNAUTHENTICATED, "This account does not exist.") from error


async def add_script(
    conn: Conn, user: User, script_id: UUID, project_id: UUID, fields: dict[str, str | None]
) -> None:
    """Make a script without text yet; ``fields`` are title, youtube_url and language."""
    await conn.execute(
        "insert into public.scripts (id, project_id, user_id, title, youtube_url, language)"
        " values ($1, $2, $3, $4, $5, $6)",
        script_id,
        project_id,
        user.id,
        fields["title"],
        fields["youtube_url"],
        fields["language"],
    )


async def add_job(conn: Conn, job: NewJob) -> bool:
    """As the gateway. False if the film's one upload, or the one training, exists already."""
    tag = await conn.execute(
        "insert into public.jobs (id, user_id, project_id, type, stage, script_id, film_job_id,"
        " settings, character_id, video_key) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        " on conflict do nothing",
        job.id,
        job.user_id,
        job.project_id,
        job.type,
        job.stage,
        job.script_id,
        job.film_job_id,
        job.settings,
        job.character_id,
        job.video_key,
    )
    return tag.endswith(" 1")


async def job(conn: Conn, job_id: UUID) -> Any:
    """A row of ``jobs``. Raises ``Rejected(NOT_FOUND)``."""
    row = await conn.fetchrow(f"select {_JOB} from public.jobs where id = $1", job_id)  # noqa: S608
    if row is None:
        raise _missing("job")
    return row


async def scenes(conn: Conn, job_id: UUID) -> list[Any]:
    """Of each scene the take that the film shows, in the order of the plan; its cost is all takes'.

    That is the chosen one, else the last that is made, else the last.
    """
    return await conn.fetch(
        "select distinct on (s.scene_index) s.scene_index, s.take, s.title, s.status, s.progress,"
        " s.provider, s.reused, s.error_code, s.error_message,"
        " sum(s.cost_usd) over (partition by s.scene_index) as cost_usd"
        " from public.job_scenes s left join public.scene_choices c using (job_id, scene_index)"
        " where s.job_id = $1 order by s.scene_index, coalesce(s.take = c.take, false) desc,"
        " s.status = 'succeeded' desc, s.take desc",
        job_id,
    )


async def jobs(
    conn: Conn, *, limit: int, after: Cursor | None, kind: str | None, status: str | None
) -> list[Any]:
    """The user's jobs behind a cursor, newest first."""
    return await conn.fetch(
        f"select {_JOB} from public.jobs"  # noqa: S608
        " where user_id = (select auth.uid())"
        " and ($2::timestamptz is null or (created_at, id) < ($2, $3::uuid))"
        " and ($4::text is null or type = $4) and ($5::text is null or status = $5)"
        " order by created_at desc, id desc limit $1",
        limit,
        after.created_at if after else None,
        after.id if after else None,
        kind,
        status,
    )


async def upload_of(conn: Conn, film_job_id: UUID) -> UUID | None:
    """The job that has published this film, or is about to."""
    return await conn.fetchval(
        "select id from public.jobs where type = 'upload' and film_job_id = $1"  # noqa: S608
        f" and {_UPLOAD_LIVES} order by created_at limit 1",
        film_job_id,
    )


async def training_of(conn: Conn, character_id: UUID) -> Any:
    """The job that has trained this character, or is about to; ``None`` if there is none."""
    return await conn.fetchrow(
        "select id, cancel_requested_at from public.jobs where type = 'character'"
        " and character_id = $1 and status in ('queued', 'running', 'succeeded')",
        character_id,
    )


async def mark_cancelled(conn: Conn, job_id: UUID) -> bool:
    """As the gateway. False if the job has ended, or is being cancelled already."""
    tag = await conn.execute(
        "update public.jobs set cancel_requested_at = now() where id = $1"
        " and status not in ('succeeded', 'failed', 'cancelled') and cancel_requested_at is null",
        job_id,
    )
    return tag.endswith(" 1")


async def expecting(conn: Conn, job_id: UUID) -> Expecting:
    """What may still be heard of a job: of itself, of a take, a later film or an export of it."""
    row = await conn.fetchrow(_EXPECTING, job_id, sorted(TERMINAL))
    return Expecting(now=bool(row and row["now"]), later=bool(row and row["later"]))


async def job_events(conn: Conn, job_id: UUID, after: int, limit: int) -> list[Any]:
    """Rows of ``job_events`` behind ``after``, in order."""
    return await conn.fetch(
        "select seq, type, data, created_at from public.job_events"
        " where job_id = $1 and seq > $2 order by seq limit $3",
        job_id,
        after,
        limit,
    )


async def next_round(conn: Conn, job_id: UUID) -> int | None:
    """As the gateway: the number of a new source for an import, once per round it waits in.

    ``None`` if the job does not wait for one, or has just been given one.
    """
    return await conn.fetchval(
        "update public.jobs set import_round = source_round + 1 where id = $1"
        " and type = 'import' and status = 'needs_source' and import_round <= source_round"
        " and cancel_requested_at is null returning import_round",
        job_id,
    )
