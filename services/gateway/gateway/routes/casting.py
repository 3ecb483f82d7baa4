"""Who plays whom in a script."""

from uuid import UUID

from contracts.errors import ErrorCode, Rejected
from fastapi import APIRouter, Response

from gateway import drafts, library
from gateway.database import as_gateway
from gateway.domain import fingerprint
from gateway.openapi import problems
from gateway.parts import AppParts, Writer
from gateway.routes.scripts import IfMatch
from gateway.views.scripts import Casting, ScriptView

router = APIRouter(prefix="/api/v1/scripts", tags=["scripts"])


@router.post(
    "/{script_id}/characters",
    responses=problems(404, 409, 412, 503, on_409=ErrorCode.NOT_READY),
    summary="Choose the cast of a script",
)
async def choose_cast(
    script_id: UUID,
    body: Casting,
    *,
    user: Writer,
    parts: AppParts,
    response: Response,
    if_match: IfMatch = None,
) -> ScriptView:
    """Films of this script that name no characters of their own are played by these.

    A request that is sent again because its answer was lost changes nothing more.
    """
    said = body.model_dump(mode="json") | {"if_match": if_match}
    edit = None if if_match is None or "*" in if_match else fingerprint("cast", said)
    async with parts.database.as_user(user) as conn:
        row = await drafts.read(conn, script_id)
        known = await library.chosen(conn, [part.character_id for part in body.cast])
    drafts.check_ready(row)
    script = await drafts.present(parts.store, row)
    speakers = {name.casefold(): name for name in (script.speakers if script else ())}
    choice: list[dict[str, str | None]] = []
    for part in body.cast:
        if part.character_id not in known:
            raise Rejected(
                ErrorCode.NOT_FOUND, f"There is no character with the id {part.character_id}."
            )
        speaker = part.speaker and speakers.get(part.speaker.casefold())
        if part.speaker and speaker is None:
            raise Rejected(ErrorCode.INVALID_INPUT, f"Nobody called '{part.speaker}' speaks here.")
        choice.append({"speaker": speaker, "character_id": str(part.character_id)})
    async with parts.database.as_user(user) as conn, as_gateway(conn):
        row = await drafts.read(conn, script_id, lock=True)
        if edit is None or row["last_edit"] != edit:
            drafts.check_version(row, if_match)
            row = await drafts.choose_cast(conn, row, choice, last_edit=edit)
    response.headers["ETag"] = drafts.etag_of(row)
    return ScriptView.of(row, await drafts.present(parts.store, row), known.values())
