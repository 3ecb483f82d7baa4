"""Scripts: what was said, cleaned, in sentences."""

from uuid import UUID

from contracts.documents import Script
from contracts.events import ObjectRef
from fastapi import APIRouter
from runtime.objects import get_model

from gateway import records
from gateway.openapi import problems
from gateway.parts import AppParts, Reader
from gateway.views.answers import ScriptView

router = APIRouter(prefix="/api/v1/scripts", tags=["scripts"])


@router.get("/{script_id}", responses=problems(404, 503), summary="Read a script")
async def read_script(script_id: UUID, user: Reader, parts: AppParts) -> ScriptView:
    """The script and, as soon as its import has succeeded, its text."""
    async with parts.database.as_user(user) as conn:
        row = await records.script(conn, script_id)
    fields = dict(row)
    ref = fields.pop("script_ref")
    text = None
    if ref is not None:
        text = await get_model(parts.store, ObjectRef.model_validate(ref), Script)
    return ScriptView(**fields, script=text)
