"""The table ``stitcher.segments``: what has been encoded, and who is at it."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from contracts.events import ObjectRef
from runtime.db import Database

from stitcher.adapters.parts import database

CLAIM_SECONDS: Final = 30.0
"""How long a claim holds if its owner has died. Outliving it costs a second encode, no more."""

_FIND = """
select object from stitcher.segments where project_id = $1 and name = $2 and object is not null
"""
_CLAIM = """
insert into stitcher.segments as s (project_id, name, claimed_by, claimed_until)
values ($1, $2, $3, now() + make_interval(secs => $4))
on conflict (project_id, name) do update
  set claimed_by = excluded.claimed_by, claimed_until = excluded.claimed_until
  where s.object is null and (s.claimed_by = excluded.claimed_by or s.claimed_until < now())
returning true
"""
_KEEP = """
insert into stitcher.segments (project_id, name, object) values ($1, $2, $3)
on conflict (project_id, name) do update set object = excluded.object
"""
_DROP = "delete from stitcher.segments where project_id = $1 and name = $2"


@dataclass(frozen=True, slots=True)
class PostgresSegments:
    """Implements the ``Segments`` port. Raises ``Transient`` while the database is away."""

    db: Database

    async def find(self, project: UUID, name: str) -> ObjectRef | None:
        """A finished segment."""
        async with database():
            body = await self.db.fetchval(_FIND, project, name)
        return None if body is None else ObjectRef.model_validate(body)

    async def claim(self, project: UUID, name: str, by: UUID) -> bool:
        """Whether ``by`` is to make it now."""
        async with database():
            return bool(await self.db.fetchval(_CLAIM, project, name, by, CLAIM_SECONDS))

    async def keep(self, project: UUID, name: str, made: ObjectRef) -> None:
        """It is finished."""
        async with database():
            await self.db.execute(_KEEP, project, name, made.model_dump(mode="json"))

    async def drop(self, project: UUID, name: str) -> None:
        """It is not there after all: anybody may make it."""
        async with database():
            await self.db.execute(_DROP, project, name)
