"""Plans: what a film says and leaves out, as soon as it is planned."""

from uuid import UUID

from contracts.errors import ErrorCode, Rejected
from fastapi import APIRouter

from gateway import records
from gateway.domain import TERMINAL
from gateway.openapi import problems
from gateway.parts import AppParts, Reader
from gateway.plans import plan_of
from gateway.views.plans import PlanView

router = APIRouter(prefix="/api/v1/jobs", tags=["jobs"])


@router.get(
    "/{job_id}/plan",
    responses=problems(404, 409, 503, on_409=ErrorCode.NOT_READY),
    summary="Read a film's plan",
)
async def read_plan(job_id: UUID, user: Reader, parts: AppParts) -> PlanView:
    """The scenes as planned, what was left out, the planner's notes and who wrote it."""
    async with parts.database.as_user(user) as conn:
        job = await records.job(conn, job_id)
    if job["type"] != "generation":
        raise Rejected(ErrorCode.NOT_FOUND, "This job makes no film, so it has no plan.")
    found = await plan_of(parts.store, user.id, job)
    if found is not None:
        return PlanView.of(found[1])
    if job["status"] in TERMINAL:
        raise Rejected(ErrorCode.NOT_FOUND, "This film has no plan. Start a new film.")
    raise Rejected(ErrorCode.NOT_READY, "This film is still being planned. Ask again soon.")
