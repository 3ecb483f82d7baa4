"""The statements about takes, and what users decide about them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from contracts.errors import ErrorCode, Rejected
from runtime.db import Conn

from gateway.domain.reviewing import ReviewedScene


async def locked(conn: Conn, job_id: UUID) -> Any:
    """As the gateway: the job, until the end of the transaction. Raises ``Rejected(NOT_FOUND)``.

    One decision about a job after the other: none is made on what another has just changed.
    """
    row = await conn.fetchrow(
        "select id, project_id, type, status, cancel_requested_at, asked_cut, asked_film,"
        " coalesce((film_error ->> 'cut')::int, 0) as failed_cut, scene_order"
        " from public.jobs where id = $1 for update",
        job_id,
    )
    if row is None:
        raise Rejected(ErrorCode.NOT_FOUND, "There is no job with this id.")
    return row


async def takes(conn: Conn, job_id: UUID) -> list[Any]:
    """As the user: every take of every scene, with what was decided about the scene."""
    return await conn.fetch(
        "select s.scene_index, s.take, s.title, s.status, s.progress, s.prompt, s.s3_key,"
        " s.poster_key, s.provider, s.reused, s.cost_usd, s.error_code, s.error_message,"
        " c.take as choice, c.verdict, c.judged_take"
        " from public.job_scenes s left join public.scene_choices c using (job_id, scene_index)"
        " where s.job_id = $1 order by s.scene_index, s.take",
        job_id,
    )


def scenes_of(rows: Sequence[Any]) -> dict[int, ReviewedScene]:
    """The scenes of these takes, by index."""
    made: dict[int, list[int]] = {}
    for row in rows:
        there = made.setdefault(row["scene_index"], [])
        if row["status"] == "succeeded":
            there.append(row["take"])
    return {
        row["scene_index"]: ReviewedScene(
            row["scene_index"],
            tuple(made[row["scene_index"]]),
            row["choice"],
            row["verdict"],
            row["judged_take"],
        )
        for row in rows
    }


async def next_take(conn: Conn, job_id: UUID, index: int, most: int) -> int:
    """As the gateway: the number of another take, which the film will show when it is made.

    Raises ``Rejected(CONFLICT)`` past ``most``.
    """
    take: int = await conn.fetchval(
        "insert into public.scene_choices (job_id, scene_index, takes) values ($1, $2, 2)"
        " on conflict (job_id, scene_index) do update"
        " set takes = scene_choices.takes + 1, take = null, updated_at = now() returning takes",
        job_id,
        index,
    )
    if take > most:
        raise Rejected(ErrorCode.CONFLICT, f"This scene has {most} takes. Choose one of them.")
    return take


async def choose(conn: Conn, job_id: UUID, index: int, take: int) -> None:
    """As the gateway: the film shows this take."""
    await conn.execute(
        "insert into public.scene_choices (job_id, scene_index, takes, take)"
        " values ($1, $2, $3, $3) on conflict (job_id, scene_index) do update"
        " set take = excluded.take, takes = greatest(scene_choices.takes, excluded.takes),"
        " updated_at = now()",
        job_id,
        index,
        take,
    )


async def judge(conn: Conn, job_id: UUID, index: int, verdict: str, take: int) -> None:
    """As the gateway: what the user thinks of a take."""
    await conn.execute(
        "insert into public.scene_choices (job_id, scene_index, takes, verdict, judged_take)"
        " values ($1, $2, $4, $3, $4) on conflict (job_id, scene_index) do update"
        " set verdict = excluded.verdict, judged_take = excluded.judged_take,"
        " takes = greatest(scene_choices.takes, excluded.takes), updated_at = now()",
        job_id,
        index,
        verdict,
        take,
    )


async def keep_order(conn: Conn, job_id: UUID, order: Sequence[int]) -> None:
    """As the gateway: the scenes in the user's order."""
    await conn.execute("update public.jobs set scene_order = $2 where id = $1", job_id, list(order))


async def keep_film(conn: Conn, job_id: UUID, cut: int, film: Any) -> None:
    """As the gateway: what the user's newest film is made of."""
    await conn.execute(
        "update public.jobs set asked_cut = $2, asked_film = $3 where id = $1", job_id, cut, film
    )
