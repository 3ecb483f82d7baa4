"""The table ``generator.work`` as what became of a film's other scenes."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from contracts.errors import ErrorCode, Transient
from runtime.db import TRANSIENT_ERRORS, Database

_FAILED: Final = """
select exists(
  select from generator.work where job_id = $1 and step = 'make' and state = 'failed'
)
"""


@dataclass(frozen=True, slots=True)
class PostgresSisters:
    """Implements the ``Sisters`` port. Raises ``Transient`` while the database is away."""

    db: Database

    async def failed(self, job_id: UUID) -> bool:
        """Whether the first take of a scene of this film has failed for good."""
        try:
            return bool(await self.db.fetchval(_FAILED, job_id))
        except TRANSIENT_ERRORS as error:
            raise Transient(ErrorCode.INTERNAL, detail=str(error)) from error
