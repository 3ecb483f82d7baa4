"""Scripts: read, and edited scene by scene. Saving one is one row."""

from collections.abc import Callable
from typing import Annotated, Any, Final
from uuid import UUID

from contracts.documents import Script
from contracts.errors import ErrorCode
from fastapi import APIRouter, Header, Response

from gateway import drafts, library
from gateway.database import as_gateway
from gateway.domain import User, fingerprint
from gateway.domain.editing import edited
from gateway.openapi import problems
from gateway.parts import AppParts, Parts, Reader, Writer
from gateway.problems import VersionNotNamed
from gateway.views.scripts import ScriptEdit, ScriptView

router = APIRouter(prefix="/api/v1/scripts", tags=["scripts"])

IfMatch = Annotated[
    str | None,
    Header(
        max_length=200,
        description="The ETag of the version you edit; `*` for whichever is there.",
        examples=['"3"'],
    ),
]
_TAGGED: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "headers": {
            "ETag": {"description": "The version, for If-Match.", "schema": {"type": "string"}}
        }
    },
}


@router.get(
    "/{script_id}",
    response_model=ScriptView,
    responses=_TAGGED | {304: {"description": "Not changed."}} | problems(404, 503),
    summary="Read a script",
)
async def read_script(
    script_id: UUID,
    user: Reader,
    parts: AppParts,
    response: Response,
    if_none_match: Annotated[str | None, Header(max_length=200)] = None,
) -> ScriptView | Response:
    """The script with its text and its scenes, as soon as its import has succeeded."""
    async with parts.database.as_user(user) as conn:
        row = await drafts.read(conn, script_id)
        players = await library.players(conn, row)
    etag = drafts.etag_of(row)
    response.headers["ETag"] = etag
    if if_none_match is not None and drafts.names(if_none_match, etag):
        return Response(status_code=304, headers={"ETag": etag})
    return ScriptView.of(row, await drafts.present(parts.store, row), players)


@router.patch(
    "/{script_id}",
    response_model=ScriptView,
    responses=_TAGGED
    | {204: {"description": "Saved, for `Prefer: return=minimal`."}}
    | problems(404, 409, 412, 413, 428, 503, on_409=ErrorCode.NOT_READY),
    summary="Edit a script",
)
async def edit_script(
    script_id: UUID,
    body: ScriptEdit,
    *,
    user: Writer,
    parts: AppParts,
    response: Response,
    if_match: IfMatch = None,
    prefer: Annotated[str, Header(max_length=100, examples=["return=minimal"])] = "",
) -> ScriptView | Response:
    """Does all operations or none. The answer's ETag is the new version.

    A request that is sent again because its answer was lost changes nothing more.
    """
    if if_match is None:
        raise VersionNotNamed
    row, script = await _edit(parts, user, script_id, body, if_match)
    etag = drafts.etag_of(row)
    if "return=minimal" in prefer:
        return Response(status_code=204, headers={"ETag": etag})
    response.headers["ETag"] = etag
    async with parts.database.as_user(user) as conn:
        players = await library.players(conn, row)
    return ScriptView.of(row, script, players)


async def _edit(
    parts: Parts, user: User, script_id: UUID, body: ScriptEdit, if_match: str
) -> tuple[drafts.Row, Script | None]:
    said = body.model_dump(mode="json", exclude_unset=True) | {"if_match": if_match}
    edit = None if "*" in if_match else fingerprint("edit", said)
    async with parts.database.as_user(user) as conn:
        row = await drafts.read(conn, script_id)
    drafts.check_ready(row)
    # Read before the row is locked: the store may be slow.
    imported = await drafts.present(parts.store, row) if row["draft"] is None else None
    async with parts.database.as_user(user) as conn, as_gateway(conn):
        row = await drafts.read(conn, script_id, lock=True)
        if edit is None or row["last_edit"] != edit:
            drafts.check_version(row, if_match)
            draft = _drafted(row, body, imported, lambda: str(parts.new_id()))
            row = await drafts.save(conn, row, draft=draft, title=body.title, last_edit=edit)
    return row, await drafts.present(parts.store, row)


def _drafted(
    row: drafts.Row, body: ScriptEdit, imported: Script | None, new_id: Callable[[], str]
) -> Script | None:
    """The draft to be saved; ``None`` where there is none and only the title changes."""
    script = imported if row["draft"] is None else Script.model_validate(row["draft"])
    if script is None or (row["draft"] is None and not body.operations):
        return None
    draft = drafts.titled(script, body.title or row["title"])
    return edited(draft, body.operations, new_id) if body.operations else draft
