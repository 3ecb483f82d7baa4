"""Music of users' own: the statements about it, and how a film's settings come to name it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import structlog
from contracts.documents import MUSIC_PREVIEWS, BedPreview, MusicPreviews
from contracts.errors import ErrorCode, FilmError, Rejected
from contracts.values import GenerationSettings, ObjectRef
from pydantic import ValidationError
from runtime.db import Conn
from runtime.objects import ObjectStore, get_model

from gateway.domain import User
from gateway.views.requests import FilmSettings

log = structlog.get_logger()

_COLUMNS: Final = "id, title, file_path, size, sha256, content_type, duration, created_at"


@dataclass(frozen=True, slots=True)
class NewTrack:
    """A row of ``music_tracks`` to be made."""

    id: UUID
    title: str
    seconds: float
    file: ObjectRef


def file_of(track: Mapping[str, Any]) -> ObjectRef:
    """Where a track lies."""
    return ObjectRef(
        key=track["file_path"],
        size=track["size"],
        sha256=track["sha256"],
        content_type=track["content_type"],
    )


async def previews(store: ObjectStore) -> dict[str, BedPreview]:
    """The library's previews by the names of the beds, as far as they are there.

    That they cannot be heard now is no reason to show no music.
    """
    try:
        listed = await get_model(store, MUSIC_PREVIEWS, MusicPreviews)
    except (FilmError, ValidationError) as error:
        log.info("music.no_previews", error=type(error).__name__)
        return {}
    return {preview.name: preview for preview in listed.beds}


async def listed(conn: Conn) -> list[Any]:
    """The user's tracks, newest first."""
    return await conn.fetch(
        f"select {_COLUMNS} from public.music_tracks"  # noqa: S608
        " where user_id = (select auth.uid()) order by created_at desc, id desc"
    )


async def count(conn: Conn) -> int:
    """How many tracks the user has."""
    number: int = await conn.fetchval(
        "select count(*) from public.music_tracks where user_id = (select auth.uid())"
    )
    return number


async def track(conn: Conn, track_id: UUID) -> Any:
    """A row of the user's. Raises ``Rejected(NOT_FOUND)``."""
    row = await conn.fetchrow(
        f"select {_COLUMNS} from public.music_tracks where id = $1",  # noqa: S608
        track_id,
    )
    if row is None:
        raise _missing(track_id)
    return row


async def same(conn: Conn, sha256: str) -> UUID | None:
    """The user's track of the same file."""
    return await conn.fetchval("select id from public.music_tracks where sha256 = $1", sha256)


async def add(conn: Conn, user: User, new: NewTrack) -> bool:
    """As the gateway, which has heard it. False if the user has this file already."""
    tag = await conn.execute(
        "insert into public.music_tracks"
        " (id, user_id, title, file_path, size, sha256, content_type, duration)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing",
        new.id,
        user.id,
        new.title,
        new.file.key,
        new.file.size,
        new.file.sha256,
        new.file.content_type,
        round(new.seconds, 3),
    )
    return tag.endswith(" 1")


async def drop(conn: Conn, track_id: UUID) -> str:
    """As the user: the key of the dropped track. Raises ``Rejected(NOT_FOUND)``."""
    key = await conn.fetchval(
        "delete from public.music_tracks where id = $1 returning file_path", track_id
    )
    if key is None:
        raise _missing(track_id)
    return key


async def settled(conn: Conn, wanted: FilmSettings) -> GenerationSettings:
    """A film's settings as other services take them. Raises ``Rejected(NOT_FOUND)``."""
    said = wanted.model_dump()
    said["sound"] = await named(conn, said["sound"])
    return GenerationSettings.model_validate(said)


async def named(conn: Conn, sound: Mapping[str, Any]) -> dict[str, Any]:
    """What was said of the sound, with own music by its object: ``upload`` for ``music_id``.

    A bed that is named takes the place of own music. As the user, who can name no track but their
    own. Raises ``Rejected(NOT_FOUND)``.
    """
    said = dict(sound)
    music_id = said.pop("music_id", None)
    if music_id is not None:
        said["upload"] = file_of(await track(conn, music_id)).model_dump()
    elif sound.keys() & {"music", "music_id"}:
        said["upload"] = None
    return said


def _missing(track_id: UUID) -> Rejected:
    return Rejected(ErrorCode.NOT_FOUND, f"You have no music with the id {track_id}.")
