"""Rows of the read model: jobs, scenes, events and scripts, read and written many at a time."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from contracts.events import JobUpdated
from runtime import outbox
from runtime.db import Conn
from runtime.outbox import Message

from projector.adapters import characters, exports
from projector.domain.state import (
    Applied,
    Change,
    ExportState,
    JobState,
    JobType,
    SceneState,
    ScriptState,
    Status,
    TakeKey,
)

SCHEMA: Final = "projector"


async def load_jobs(conn: Conn, job_ids: Iterable[UUID]) -> dict[UUID, JobState]:
    """The jobs that exist, locked in the order of their ids: replicas cannot deadlock."""
    rows = await conn.fetch(
        "select id, user_id, coalesce(project_id, id) as project_id, type, status, stage, progress,"
        " version, script_id, scene_count, result, result_s3_key, error_code, error_message,"
        " source_round, cut, joined, film_error, cost_usd, costs,"
        " coalesce((settings ->> 'review')::boolean, false) as review,"
        " cancel_requested_at is not null as cancel_requested"
        " from public.jobs where id = any($1) order by id for update",
        sorted(job_ids),
    )
    ids = [row["id"] for row in rows]
    beside = await exports.load(conn, ids)
    scenes = await _scenes(conn, ids)
    imports = [row["script_id"] for row in rows if row["type"] == JobType.IMPORT]
    scripts = await _scripts(conn, [script_id for script_id in imports if script_id])
    return {row["id"]: _job(row, scenes, scripts, beside.get(row["id"], {})) for row in rows}


async def save_changes(conn: Conn, changes: Sequence[Change]) -> None:
    """Write jobs, scenes, exports, characters and scripts."""
    await _save_jobs(conn, [change.after for change in changes])
    await _save_scenes(conn, changes)
    await exports.save(conn, changes)
    await characters.save(conn, changes)
    await _save_scripts(conn, changes)


async def announce(conn: Conn, jobs: Mapping[UUID, JobState]) -> None:
    """Tell each job's version; the keys are what caused it, each used once."""
    rows: list[tuple[UUID, Message]] = []
    for cause, job in jobs.items():
        event = JobUpdated(
            job_id=job.id,
            user_id=job.user_id,
            project_id=job.project_id,
            version=job.version,
            status=job.status.value,
            progress=job.progress,
        )
        rows += outbox.messages(SCHEMA, [event], cause_id=cause, cause_event=cause)
    await outbox.put_messages(conn, SCHEMA, rows)


def _job(
    row: Any,
    scenes: Mapping[UUID, dict[TakeKey, SceneState]],
    scripts: Mapping[UUID, ScriptState],
    beside: Mapping[UUID, ExportState],
) -> JobState:
    fields = {name: value for name, value in row.items() if name != "script_id"}
    fields["type"] = JobType(row["type"])
    fields["status"] = Status(row["status"])
    script = scripts.get(row["script_id"]) if fields["type"] is JobType.IMPORT else None
    own = scenes.get(row["id"], {})
    return JobState(**fields, scenes=own, exports=beside, script=script)


async def _scenes(conn: Conn, job_ids: Sequence[UUID]) -> dict[UUID, dict[TakeKey, SceneState]]:
    rows = await conn.fetch(
        "select job_id, scene_index as index, take, status, progress, title, prompt, s3_key,"
        " poster_key, provider, reused, cost_usd, error_code, error_message"
        " from public.job_scenes where job_id = any($1)",
        job_ids,
    )
    found: dict[UUID, dict[TakeKey, SceneState]] = {}
    for row in rows:
        fields = dict(row)
        job_id = fields.pop("job_id")
        fields["status"] = Status(fields["status"])
        take = SceneState(**fields)
        found.setdefault(job_id, {})[take.index, take.take] = take
    return found


async def _scripts(conn: Conn, script_ids: Sequence[UUID]) -> dict[UUID, ScriptState]:
    rows = await conn.fetch(
        "select id, status, title, language, script_ref, words, seconds"
        " from public.scripts where id = any($1)",
        script_ids,
    )
    return {row["id"]: ScriptState(**dict(row)) for row in rows}


async def save_events(
    conn: Conn, rows: Sequence[tuple[UUID, Applied]], times: Mapping[UUID, datetime] | None = None
) -> None:
    """Add rows of ``job_events``: the job's id and the row. ``times`` are by event id, else now."""
    times = times or {}
    await conn.execute(
        "insert into public.job_events (job_id, seq, event_id, type, data, created_at)"
        " select job_id, seq, event_id, type, data, coalesce(at, now())"
        " from unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::text[], $5::jsonb[],"
        " $6::timestamptz[]) as r(job_id, seq, event_id, type, data, at)",
        [job_id for job_id, _ in rows],
        [applied.seq for _, applied in rows],
        [applied.event_id for _, applied in rows],
        [applied.type for _, applied in rows],
        [applied.data for _, applied in rows],
        [times.get(applied.event_id) for _, applied in rows],
    )


async def _save_jobs(conn: Conn, jobs: Sequence[JobState]) -> None:
    await conn.executemany(
        "update public.jobs set status = $2, stage = $3, progress = $4, version = $5,"
        " scene_count = $6, result = $7, result_s3_key = $8, error_code = $9,"
        " error_message = $10, source_round = $11, cut = $12, cost_usd = $13, costs = $14,"
        " joined = $15, film_error = $16, updated_at = now() where id = $1",
        [
            (
                job.id,
                job.status.value,
                job.stage,
                job.progress,
                job.version,
                job.scene_count,
                job.result,
                job.result_s3_key,
                job.error_code,
                job.error_message,
                job.source_round,
                job.cut,
                job.cost_usd,
                dict(job.costs),
                job.joined,
                job.film_error,
            )
            for job in jobs
        ],
    )


async def _save_scenes(conn: Conn, changes: Sequence[Change]) -> None:
    scenes = [
        (change.after.id, scene)
        for change in changes
        for key, scene in change.after.scenes.items()
        if change.before.scenes.get(key) != scene
    ]
    await conn.executemany(
        "insert into public.job_scenes (job_id, scene_index, take, status, progress, title, prompt,"
        " s3_key, poster_key, provider, reused, cost_usd, error_code, error_message)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
        " on conflict (job_id, scene_index, take) do update set"
        " status = excluded.status, progress = excluded.progress, title = excluded.title,"
        " prompt = excluded.prompt, s3_key = excluded.s3_key, poster_key = excluded.poster_key,"
        " provider = excluded.provider, reused = excluded.reused, cost_usd = excluded.cost_usd,"
        " error_code = excluded.error_code, error_message = excluded.error_message,"
        " updated_at = now()",
        [
            (
                job_id,
                scene.index,
                scene.take,
                scene.status.value,
                scene.progress,
                scene.title,
                scene.prompt,
                scene.s3_key,
                scene.poster_key,
                scene.provider,
                scene.reused,
                scene.cost_usd,
                scene.error_code,
                scene.error_message,
            )
            for job_id, scene in scenes
        ],
    )


async def _save_scripts(conn: Conn, changes: Sequence[Change]) -> None:
    scripts = [
        change.after.script
        for change in changes
        if change.after.script is not None and change.after.script != change.before.script
    ]
    await conn.executemany(
        "update public.scripts set status = $2, title = $3, language = $4, script_ref = $5,"
        " words = $6, seconds = $7 where id = $1",
        [(s.id, s.status, s.title, s.language, s.script_ref, s.words, s.seconds) for s in scripts],
    )
