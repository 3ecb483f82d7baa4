"""The statements about characters: premade ones, and each user's own."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from contracts.errors import ErrorCode, Rejected
from contracts.events import CharacterRef, ObjectRef
from runtime.db import Conn, Database
from runtime.objects import ObjectStore

from gateway.domain import Cursor, User

_COLUMNS: Final = (
    "id, user_id, name, style, model_ref, trigger_word, images, is_premade, created_at,"
    " (select jsonb_build_object('job_id', j.id, 'status', j.status) from public.jobs j"
    " where j.character_id = characters.id order by j.created_at desc, j.id desc limit 1)"
    " as training"
)
DISCARDED_LIVES: Final = "1 day"


async def add(
    conn: Conn, user: User, character_id: UUID, *, name: str, style: str | None, images: list[Any]
) -> None:
    """As the gateway: pictures are named by those who stored them."""
    await conn.execute(
        "insert into public.characters (id, user_id, name, style, images)"
        " values ($1, $2, $3, $4, $5)",
        character_id,
        user.id,
        name,
        style,
        images,
    )


async def count_own(conn: Conn, user: User) -> int:
    """How many characters the user has made."""
    count: int = await conn.fetchval(
        "select count(*) from public.characters where user_id = $1 and not is_premade", user.id
    )
    return count


async def character(conn: Conn, character_id: UUID) -> Any:
    """A row of ``characters``. Raises ``Rejected(NOT_FOUND)``."""
    row = await conn.fetchrow(
        f"select {_COLUMNS} from public.characters where id = $1",  # noqa: S608
        character_id,
    )
    if row is None:
        raise Rejected(ErrorCode.NOT_FOUND, "There is no character with this id.")
    return row


async def listed(
    conn: Conn, *, limit: int, after: Cursor | None, premade: bool | None
) -> list[Any]:
    """Premade and own characters behind a cursor, newest first."""
    return await conn.fetch(
        f"select {_COLUMNS} from public.characters"  # noqa: S608
        " where (is_premade or user_id = (select auth.uid()))"
        " and ($2::timestamptz is null or (created_at, id) < ($2, $3::uuid))"
        " and ($4::boolean is null or is_premade = $4)"
        " order by created_at desc, id desc limit $1",
        limit,
        after.created_at if after else None,
        after.id if after else None,
        premade,
    )


async def chosen(conn: Conn, character_ids: Sequence[UUID]) -> dict[UUID, Any]:
    """Those of these characters that are the user's or premade, by id."""
    rows = await conn.fetch(
        f"select {_COLUMNS} from public.characters where id = any($1)",  # noqa: S608
        list(character_ids),
    )
    return {row["id"]: row for row in rows}


async def players(conn: Conn, script: Any) -> list[Any]:
    """The characters that a script's cast names and that are still there."""
    ids = [UUID(part["character_id"]) for part in script["cast_choice"]]
    return list((await chosen(conn, ids)).values()) if ids else []


def reference(row: Any, *, speaker: str | None = None, style: str | None = None) -> CharacterRef:
    """A character as a film's request names it."""
    images = row["images"]
    return CharacterRef(
        character_id=row["id"],
        name=row["name"],
        speaker=speaker,
        style=style or row["style"],
        image=ObjectRef.model_validate(images[0]) if images else None,
        model_ref=row["model_ref"],
        trigger_word=row["trigger_word"],
    )


async def drop(conn: Conn, character_id: UUID) -> list[str]:
    """As the user: the keys of the dropped character's pictures. Raises ``Rejected``."""
    images = await conn.fetchval(
        "delete from public.characters where id = $1 and not is_premade and not exists (select"
        " from public.jobs where character_id = $1 and status in ('queued', 'running'))"
        " returning images",
        character_id,
    )
    if images is None:
        row = await character(conn, character_id)
        if not row["is_premade"]:
            raise Rejected(
                ErrorCode.CONFLICT, f"{row['name']} is being trained. Cancel that job first."
            )
        raise Rejected(ErrorCode.CONFLICT, f"{row['name']} is premade and belongs to everyone.")
    return [image["key"] for image in images]


async def discard(conn: Conn, keys: Sequence[str]) -> None:
    """As the gateway: these objects go as soon as no film in the making can need them."""
    await conn.execute(
        "insert into gateway.discarded (key) select unnest($1::text[]) on conflict do nothing",
        list(keys),
    )


async def sweep(db: Database, store: ObjectStore) -> int:
    """As the gateway: delete objects that were discarded long enough ago; how many."""
    rows = await db.pool.fetch(
        "select key from gateway.discarded"  # noqa: S608
        f" where discarded_at < now() - interval '{DISCARDED_LIVES}' limit 200"
    )
    for row in rows:
        await store.delete(row["key"])
        await db.pool.execute("delete from gateway.discarded where key = $1", row["key"])
    return len(rows)
