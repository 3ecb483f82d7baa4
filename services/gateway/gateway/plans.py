"""The plan of a film, as the scripter left it beside the film."""

from typing import Any
from uuid import UUID

from contracts.documents import Plan
from contracts.errors import ErrorCode, Rejected
from contracts.events import ObjectRef
from runtime.objects import ObjectStore, get_model


async def plan_of(store: ObjectStore, user: UUID, job: Any) -> tuple[ObjectRef, Plan] | None:
    """The plan of a job's row, and where it lies; ``None`` while there is none."""
    ref = await store.head(f"users/{user}/projects/{job['project_id']}/jobs/{job['id']}/plan.json")
    return None if ref is None else (ref, await get_model(store, ref, Plan))


async def kept_plan(store: ObjectStore, user: UUID, job: Any) -> tuple[ObjectRef, Plan]:
    """The same of a job that was planned. Raises ``Rejected(CONFLICT)`` if it is gone."""
    found = await plan_of(store, user, job)
    if found is None:
        raise Rejected(ErrorCode.CONFLICT, "The plan of this film is gone. Start a new film.")
    return found
