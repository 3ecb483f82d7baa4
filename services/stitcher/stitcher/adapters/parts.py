"""The tables ``stitcher.plans`` and ``stitcher.parts``: what has arrived for each job."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from contracts.errors import ErrorCode, Transient
from contracts.events import Clip, SceneGenerated, ScenesPlanned
from runtime.db import TRANSIENT_ERRORS, Database

from stitcher.domain.timeline import Part

_KEEP_PLAN = """
insert into stitcher.plans (job_id, event, scene_count) values ($1, $2, $3)
on conflict do nothing
"""
_KEEP_PART = """
insert into stitcher.parts (job_id, scene_index, take, clip) values ($1, $2, $3, $4)
on conflict do nothing
"""
_PLAN = "select event from stitcher.plans where job_id = $1"
_PARTS = "select scene_index, take, clip from stitcher.parts where job_id = $1"


@asynccontextmanager
async def database() -> AsyncGenerator[None, None]:
    """What a database in trouble raises becomes ``Transient``."""
    try:
        yield
    except TRANSIENT_ERRORS as error:
        raise Transient(ErrorCode.INTERNAL, detail=str(error)) from error


@dataclass(frozen=True, slots=True)
class PostgresParts:
    """Implements the ``Parts`` port. Raises ``Transient`` while the database is away."""

    db: Database

    async def keep_plan(self, event: ScenesPlanned) -> None:
        """Remember a job's plan; the first one stays."""
        async with database():
            body = event.model_dump(mode="json")
            await self.db.execute(_KEEP_PLAN, event.job_id, body, len(event.scenes))

    async def keep_part(self, event: SceneGenerated) -> None:
        """Remember a take; the first one of its number stays."""
        async with database():
            body = event.clip.model_dump(mode="json")
            values = (event.job_id, event.scene_index, event.take, body)
            await self.db.execute(_KEEP_PART, *values)

    async def plan(self, job_id: UUID) -> ScenesPlanned | None:
        """A job's plan, if it has arrived."""
        async with database():
            body = await self.db.fetchval(_PLAN, job_id)
        return None if body is None else ScenesPlanned.model_validate(body)

    async def parts(self, job_id: UUID) -> tuple[Part, ...]:
        """Every take of a job that has arrived."""
        async with database():
            rows = await self.db.fetch(_PARTS, job_id)
        return tuple(
            Part(row["scene_index"], row["take"], Clip.model_validate(row["clip"])) for row in rows
        )
