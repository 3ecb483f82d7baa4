"""Scripts while they are edited: their version, one row to save, and a frozen copy per film."""

import hashlib
from typing import Any, Final, TypeAlias
from uuid import UUID

from contracts.documents import Script
from contracts.errors import ErrorCode, Rejected
from contracts.events import ObjectRef
from runtime.db import Conn
from runtime.objects import ObjectStore, get_model

from gateway.problems import EditConflict

Row: TypeAlias = Any
_COLUMNS: Final = (
    "id, project_id, user_id, title, language, status, youtube_url, words, seconds, created_at,"
    " script_ref, draft, version, last_edit, cast_choice"
)


def etag_of(row: Row) -> str:
    """The entity tag of a script's present state."""
    ready = row["status"] == "ready"
    return f'"{row["version"]}"' if ready else f'"{row["version"]}-{row["status"]}"'


def names(header: str, etag: str) -> bool:
    """Whether an If-Match or If-None-Match names this tag; proxies that compress weaken tags."""
    tags = {tag.strip().removeprefix("W/") for tag in header.split(",")}
    return "*" in tags or etag in tags


def check_version(row: Row, if_match: str | None) -> None:
    """Raises ``EditConflict`` if another version was named."""
    if if_match is not None and not names(if_match, etag_of(row)):
        raise EditConflict(etag_of(row))


def check_ready(row: Row) -> None:
    """Raises ``Rejected`` (NOT_READY, or CONFLICT after a failed import)."""
    if row["status"] == "failed":
        raise Rejected(ErrorCode.CONFLICT, "This script's import failed. Import its source again.")
    if row["status"] != "ready":
        raise Rejected(ErrorCode.NOT_READY, "This script is still being imported.")


async def present(store: ObjectStore, row: Row) -> Script | None:
    """The script as it stands: its draft, else as imported; ``None`` until it is ready."""
    if row["draft"] is not None:
        return Script.model_validate(row["draft"])
    if row["script_ref"] is None:
        return None
    script = await get_model(store, ObjectRef.model_validate(row["script_ref"]), Script)
    return titled(script, row["title"]) if row["version"] else script


def titled(script: Script, title: str | None) -> Script:
    """The same script under its user's title, if there is one."""
    return script.model_copy(update={"title": title}) if title else script


async def read(conn: Conn, script_id: UUID, *, lock: bool = False) -> Row:
    """A row of ``scripts``; locked (as the gateway) until the transaction ends.

    Raises ``Rejected(NOT_FOUND)``.
    """
    row = await conn.fetchrow(
        f"select {_COLUMNS} from public.scripts where id = $1"  # noqa: S608
        f"{' for update' if lock else ''}",
        script_id,
    )
    if row is None:
        raise Rejected(ErrorCode.NOT_FOUND, "There is no script with this id.")
    return row


async def save(
    conn: Conn, row: Row, *, draft: Script | None, title: str | None, last_edit: str | None
) -> Row:
    """As the gateway: one row, one version more."""
    saved = await conn.fetchrow(
        "update public.scripts set draft = coalesce($2, draft), title = coalesce($3, title),"  # noqa: S608
        f" last_edit = $4, version = version + 1 where id = $1 returning {_COLUMNS}",
        row["id"],
        None if draft is None else draft.model_dump(mode="json"),
        title,
        last_edit,
    )
    assert saved is not None  # noqa: S101 - the row is locked
    return saved


async def choose_cast(
    conn: Conn, row: Row, choice: list[dict[str, Any]], *, last_edit: str | None
) -> Row:
    """As the gateway: who plays whom; one version more."""
    saved = await conn.fetchrow(
        "update public.scripts set cast_choice = $2, last_edit = $3, version = version + 1"  # noqa: S608
        f" where id = $1 returning {_COLUMNS}",
        row["id"],
        choice,
        last_edit,
    )
    assert saved is not None  # noqa: S101 - the row is locked
    return saved


async def frozen(store: ObjectStore, row: Row) -> ObjectRef:
    """What a film of this version is made from: an object that never changes.

    As imported where nothing was edited; else a copy named by its content, written once.
    """
    imported = ObjectRef.model_validate(row["script_ref"])
    if not row["version"]:
        return imported
    script = await present(store, row)
    assert script is not None  # noqa: S101 - it is ready
    if row["draft"] is None and script == await get_model(store, imported, Script):
        return imported
    data = script.model_dump_json().encode()
    folder = f"users/{row['user_id']}/projects/{row['project_id']}/scripts/{row['id']}"
    key = f"{folder}/versions/{hashlib.sha256(data).hexdigest()}.json"
    return await store.head(key) or await store.put(key, data, "application/json")
