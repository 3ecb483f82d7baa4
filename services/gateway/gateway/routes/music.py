"""Music: the library's, and each user's own."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from contracts.errors import ErrorCode, Rejected
from contracts.music import BEDS, check_length, kind_of
from fastapi import APIRouter, Request, Response
from runtime.db import Conn

from gateway import idempotency, library, music
from gateway.addresses import Wanted
from gateway.database import as_gateway
from gateway.domain import Accepted, fingerprint, plain_filename, title_from
from gateway.forms import FormFile, read_form
from gateway.openapi import form_body, problems
from gateway.parts import UNKEPT, AppParts, Asked, Asking, Parts, Reader, Writer
from gateway.views.music import BedView, MusicFields, MusicView, TrackView

router = APIRouter(prefix="/api/v1/music", tags=["music"])

_FORM: Final = form_body(
    {
        "file": {
            "type": "string",
            "format": "binary",
            "description": "MP3, M4A, OGG, FLAC or WAV; 1 second to 30 minutes, at most 50 MB.",
        },
        "title": {"type": "string", "maxLength": 120},
    },
    required=["file"],
)


@router.get("", responses=problems(), summary="List the music a film can have")
async def list_music(user: Reader, parts: AppParts, response: Response) -> MusicView:
    """The library's beds, and your own tracks, newest first. Listen to them at their `url`."""
    response.headers.update(UNKEPT)
    async with parts.database.as_user(user) as conn:
        rows = await music.listed(conn)
    return MusicView(beds=await _beds(parts), tracks=await _views(parts, rows))


@router.get("/{track_id}", responses=problems(404), summary="Look at music of yours")
async def read_track(
    track_id: UUID, user: Reader, parts: AppParts, response: Response
) -> TrackView:
    """One of your tracks."""
    response.headers.update(UNKEPT)
    async with parts.database.as_user(user) as conn:
        row = await music.track(conn, track_id)
    return (await _views(parts, [row]))[0]


@router.post(
    "",
    status_code=201,
    responses=problems(409, 413, 503) | {200: {"model": TrackView, "description": "You have it."}},
    openapi_extra=_FORM,
    summary="Upload music of your own",
)
async def add_track(request: Request, asked: Asking, response: Response) -> TrackView:
    """Listens to the file whole before it is kept. The same file again is the same track: 200."""
    response.headers.update(UNKEPT)
    settings = asked.parts.settings
    async with read_form(request, largest=lambda _: settings.max_music_bytes) as form:
        fields = form.fields(MusicFields)
        file = form.files_of("file")[0]
        title = fields.title or title_from(plain_filename(file.filename)) or "Music"
        asked_for = fingerprint("music", {"title": title, "file": file.sha256})
        done = await _before(asked, asked_for, file)
        if done is None:
            done = await _add(asked, asked_for, title, file)
    response.status_code = done.status
    response.headers["Location"] = done.location
    async with asked.transaction() as conn:
        row = await music.track(conn, UUID(done.body["track_id"]))
    return (await _views(asked.parts, [row]))[0]


async def _before(asked: Asked, request: str, file: FormFile) -> Accepted | None:
    """The answer to an earlier request with this key; or the track, if this file is there."""
    async with asked.transaction() as conn:
        known = await idempotency.remembered(conn, asked.user, asked.key, request)
        if known is not None:
            return known
        there = await music.same(conn, file.sha256)
        if there is None:
            await _check_room(conn, asked)
            return None
    return await asked.once(request, lambda conn: _as_is(conn, there))


async def _as_is(_: Conn, track_id: UUID) -> Accepted:
    return _accepted(track_id, 200)


def _accepted(track_id: UUID, status: int) -> Accepted:
    return Accepted(f"{router.prefix}/{track_id}", {"track_id": str(track_id)}, status)


async def _check_room(conn: Conn, asked: Asked) -> None:
    """Before the file is listened to, and again in the transaction that adds the track."""
    if await music.count(conn) >= asked.parts.settings.max_music:
        raise Rejected(
            ErrorCode.CONFLICT, "You have as much music as one may. Delete a piece first."
        )


async def _add(asked: Asked, request: str, title: str, file: FormFile) -> Accepted:
    kind = kind_of(file.head)
    seconds = await asked.parts.hearing.seconds(file.path)
    check_length(file.size, seconds)
    # A key of its own: a deleted track's object goes a day later, and not the new one's.
    track_id = asked.parts.new_id()
    key = f"users/{asked.user.id}/music/{track_id}{kind.ending}"
    ref = await asked.parts.store.put(key, file.path, kind.content_type)
    new = music.NewTrack(track_id, title, seconds or 0.0, ref)
    done = await asked.once(request, lambda conn: _keep(conn, asked, new))
    if done.body["track_id"] != str(track_id):
        # Sent twice at once: the other one's object is the track's.
        await asked.parts.store.delete(key)
    return done


async def _keep(conn: Conn, asked: Asked, new: music.NewTrack) -> Accepted:
    await _check_room(conn, asked)
    async with as_gateway(conn):
        added = await music.add(conn, asked.user, new)
    if added:
        return _accepted(new.id, 201)
    return _accepted(await music.same(conn, new.file.sha256) or new.id, 200)


@router.delete("/{track_id}", status_code=204, responses=problems(404), summary="Delete music")
async def delete_track(track_id: UUID, user: Writer, parts: AppParts) -> Response:
    """Its file goes a day later: films in the making may still need it."""
    async with parts.database.as_user(user) as conn:
        key = await music.drop(conn, track_id)
        async with as_gateway(conn):
            await library.discard(conn, [key])
    return Response(status_code=204)


async def _beds(parts: Parts) -> list[BedView]:
    previews = await music.previews(parts.store)
    wanted = {name: Wanted(preview.file.key) for name, preview in previews.items()}
    found = await parts.addresses.of(wanted.values())
    return [
        BedView(
            name=bed.name,
            title=bed.title,
            mood=bed.mood,
            seconds=previews[bed.name].seconds if bed.name in previews else None,
            url=found[wanted[bed.name]].url if bed.name in wanted else None,
            expires_at=found[wanted[bed.name]].expires_at if bed.name in wanted else None,
        )
        for bed in BEDS
    ]


async def _views(parts: Parts, rows: Sequence[Any]) -> list[TrackView]:
    found = await parts.addresses.of(Wanted(row["file_path"]) for row in rows)
    return [
        TrackView(
            id=row["id"],
            title=row["title"],
            seconds=float(row["duration"]),
            size=row["size"],
            content_type=row["content_type"],
            url=found[Wanted(row["file_path"])].url,
            expires_at=found[Wanted(row["file_path"])].expires_at,
            created_at=row["created_at"],
        )
        for row in rows
    ]
