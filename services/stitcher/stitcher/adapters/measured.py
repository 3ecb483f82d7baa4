"""The table ``stitcher.measured``: what was found out by listening, by a name for the sound."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from runtime.db import Database

from stitcher.adapters.parts import database

_RECALL: Final = """
select name, value from stitcher.measured where project_id = $1 and name = any($2::text[])
"""
_NOTE: Final = """
insert into stitcher.measured (project_id, name, value) values ($1, $2, $3)
on conflict (project_id, name) do update set value = excluded.value
"""


@dataclass(frozen=True, slots=True)
class PostgresMeasured:
    """Implements the ``Measured`` port. Raises ``Transient`` while the database is away."""

    db: Database

    async def recall(self, project: UUID, names: Iterable[str]) -> dict[str, Any]:
        """What is known of these, by name."""
        async with database():
            rows = await self.db.fetch(_RECALL, project, list(names))
        return {row["name"]: row["value"] for row in rows}

    async def note(self, project: UUID, name: str, value: Mapping[str, Any]) -> None:
        """Remember it: numbers and words that JSON can hold."""
        async with database():
            await self.db.execute(_NOTE, project, name, dict(value))
