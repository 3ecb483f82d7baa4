"""A user's rows as the gateway makes them, and the events of a film with two scenes."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from contracts import events as e
from projector.main import Projector, build
from projector.settings import Settings
from runtime.settings import RuntimeSettings

from tests.samples import object_ref


@dataclass
class Rows:
    """A user with a project, a script and one job, as the gateway would have made them."""

    sql: "asyncpg.Connection[asyncpg.Record]"
    user_id: UUID
    project_id: UUID
    script_id: UUID
    job_id: UUID

    @property
    def ids(self) -> dict[str, Any]:
        return {"job_id": self.job_id, "user_id": self.user_id, "project_id": self.project_id}

    async def job(self) -> asyncpg.Record:
        row = await self.sql.fetchrow("select * from public.jobs where id = $1", self.job_id)
        assert row is not None
        return row

    async def scenes(self) -> list[asyncpg.Record]:
        return await self.sql.fetch(
            "select * from public.job_scenes where job_id = $1 order by scene_index", self.job_id
        )

    async def events(self) -> list[asyncpg.Record]:
        return await self.sql.fetch(
            "select seq, type, data from public.job_events where job_id = $1 order by seq",
            self.job_id,
        )


async def make_rows(sql: "asyncpg.Connection[asyncpg.Record]", kind: str) -> Rows:
    rows = Rows(sql, uuid4(), uuid4(), uuid4(), uuid4())
    await sql.execute("insert into auth.users (id) values ($1)", rows.user_id)
    await sql.execute(
        "insert into public.projects (id, user_id) values ($1, $2)", rows.project_id, rows.user_id
    )
    await sql.execute(
        "insert into public.scripts (id, user_id, project_id) values ($1, $2, $3)",
        rows.script_id,
        rows.user_id,
        rows.project_id,
    )
    await sql.execute(
        "insert into public.jobs (id, user_id, project_id, script_id, type)"
        " values ($1, $2, $3, $4, $5)",
        rows.job_id,
        rows.user_id,
        rows.project_id,
        rows.script_id,
        kind,
    )
    return rows


async def add_export(rows: Rows, export: UUID) -> None:
    """A row as the gateway makes it."""
    await rows.sql.execute(
        "insert into public.exports (id, job_id, project_id, user_id, settings, scene_order,"
        " takes, recipe) values ($1, $2, $3, $4, '{}', '{0,1}', '{1,1}', $5)",
        export,
        rows.job_id,
        rows.project_id,
        rows.user_id,
        "0" * 64,
    )


def build_projector(settings: RuntimeSettings) -> Projector:
    return build(Settings(runtime=settings))


def planned(rows: Rows) -> e.ScenesPlanned:
    return e.ScenesPlanned(
        **rows.ids,
        script_id=rows.script_id,
        plan=object_ref("plan.json"),
        title="Film",
        settings=e.GenerationSettings(),
        scenes=tuple(
            e.PlannedScene(index=i, title=f"Scene {i}", prompt="p", frames=60) for i in range(2)
        ),
    )


def generated(rows: Rows, index: int) -> e.SceneGenerated:
    clip = e.Clip(
        video=object_ref("clip.mp4"),
        poster=object_ref("clip.jpg"),
        width=1280,
        height=720,
        fps=30,
        frames=60,
    )
    return e.SceneGenerated(
        **rows.ids,
        scene_index=index,
        scene_count=2,
        clip=clip,
        provider="animatic",
        reused=index == 1,
    )


def stitched(rows: Rows) -> e.VideoStitched:
    return e.VideoStitched(
        **rows.ids,
        video=object_ref("film.mp4"),
        captions=object_ref("film.srt"),
        poster=object_ref("poster.jpg"),
        title="Film",
        width=1280,
        height=720,
        fps=30,
        frames=120,
        scenes=2,
    )


def script_ready(rows: Rows, words: int = 12) -> e.ScriptReady:
    return e.ScriptReady(
        **rows.ids,
        script_id=rows.script_id,
        script=object_ref("script.json"),
        title="Moon",
        language="en",
        words=words,
        seconds=3.5,
    )


def requested(rows: Rows) -> e.GenerationRequested:
    return e.GenerationRequested(
        **rows.ids, script_id=rows.script_id, script=object_ref("script.json")
    )


def progressed(rows: Rows, index: int, progress: float) -> e.SceneProgressed:
    return e.SceneProgressed(**rows.ids, scene_index=index, progress=progress, provider="animatic")


def film(rows: Rows) -> list[e.Event]:
    """Six events, the first to the last."""
    return [
        requested(rows),
        planned(rows),
        progressed(rows, 0, 0.5),
        generated(rows, 0),
        generated(rows, 1),
        stitched(rows),
    ]


async def snapshot(sql: "asyncpg.Connection[asyncpg.Record]") -> list[list[dict[str, Any]]]:
    """Every row users can see, with its times."""
    queries = (
        "select * from public.jobs order by id",
        "select * from public.job_scenes order by job_id, scene_index",
        "select * from public.job_events order by job_id, seq",
        "select * from public.scripts order by id",
        "select * from public.exports order by id",
    )
    return [[dict(row) for row in await sql.fetch(query)] for query in queries]
