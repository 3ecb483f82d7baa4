"""The table ``generator.clips``: one take per user and request hash."""

from dataclasses import dataclass
from uuid import UUID

from contracts.errors import ErrorCode, Transient
from contracts.events import Clip
from runtime.db import TRANSIENT_ERRORS, Database

from generator.domain.clip import Take

_GET = """
select clip, provider, provider_request_id, cost_usd::text, work_id::text
from generator.clips where user_id = $1 and request_hash = $2
"""

_PUT = """
insert into generator.clips
    (user_id, request_hash, clip, provider, provider_request_id, cost_usd, work_id)
values ($1, $2, $3, $4, $5, $6::text::numeric, $7::text::uuid)
on conflict (user_id, request_hash) do update set
    clip = excluded.clip, provider = excluded.provider,
    provider_request_id = excluded.provider_request_id, cost_usd = excluded.cost_usd,
    work_id = excluded.work_id, created_at = now()
"""


@dataclass(frozen=True, slots=True)
class PostgresClipCache:
    """Implements the ``ClipCache`` port. Raises ``Transient`` while the database is away."""

    db: Database

    async def get(self, user_id: UUID, wanted: str) -> Take | None:
        """The take for a request hash."""
        try:
            row = await self.db.fetchrow(_GET, user_id, wanted)
        except TRANSIENT_ERRORS as error:
            raise Transient(ErrorCode.INTERNAL, detail=str(error)) from error
        if row is None:
            return None
        return Take(
            clip=Clip.model_validate(row["clip"]),
            provider=row["provider"],
            cost_usd=row["cost_usd"],
            work_id=row["work_id"],
            provider_request_id=row["provider_request_id"],
        )

    async def put(self, user_id: UUID, wanted: str, take: Take) -> None:
        """Remember a take; a later one replaces it."""
        values = (
            take.clip.model_dump(mode="json"),
            take.provider,
            take.provider_request_id,
            take.cost_usd,
            take.work_id,
        )
        try:
            await self.db.execute(_PUT, user_id, wanted, *values)
        except TRANSIENT_ERRORS as error:
            raise Transient(ErrorCode.INTERNAL, detail=str(error)) from error
