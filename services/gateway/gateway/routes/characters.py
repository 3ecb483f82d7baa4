"""Characters: premade ones and each user's own, with their pictures."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any, Final
from uuid import UUID

from contracts.errors import ErrorCode, Rejected
from contracts.events import ObjectRef
from fastapi import APIRouter, Query, Request, Response
from runtime.db import Conn

from gateway import idempotency, library
from gateway.addresses import Address, Wanted
from gateway.database import as_gateway
from gateway.domain import Accepted, Cursor, fingerprint
from gateway.forms import Form, read_form
from gateway.openapi import form_body, problems
from gateway.parts import AppParts, Asked, Asking, Parts, Reader, Writer
from gateway.pictures import CONTENT_TYPE, Picture, clean_picture
from gateway.views.characters import (
    CharacterFields,
    CharacterPage,
    CharactersWanted,
    CharacterView,
    PictureView,
)

router = APIRouter(prefix="/api/v1/characters", tags=["characters"])

# Two at once: a picture unpacked takes up to 100 MB.
_DECODING: Final = asyncio.Semaphore(2)
_FORM: Final = form_body(
    {
        "name": {"type": "string", "maxLength": 80, "example": "Ada"},
        "style": {"type": "string", "maxLength": 200, "example": "oil paint, red scarf"},
        "images": {
            "type": "array",
            "items": {"type": "string", "format": "binary"},
            "description": "PNG, JPEG or WebP. The first one is the portrait.",
        },
    },
    required=["name", "images"],
)


@router.post(
    "",
    status_code=201,
    responses=problems(409, 413, 503),
    openapi_extra=_FORM,
    summary="Make a character of pictures",
)
async def make_character(request: Request, asked: Asking, response: Response) -> CharacterView:
    """Stores the pictures without their metadata. Send the same Idempotency-Key again at will."""
    settings = asked.parts.settings
    async with read_form(
        request,
        largest=lambda _: settings.max_image_bytes,
        most_files=settings.max_character_images,
    ) as form:
        fields = form.fields(CharacterFields)
        files = form.files_of("images")
        said = fields.model_dump(mode="json") | {"images": [file.sha256 for file in files]}
        asked_for = fingerprint("characters", said)
        async with asked.transaction() as conn:
            done = await idempotency.remembered(conn, asked.user, asked.key, asked_for)
            if done is None:
                await _check_room(conn, asked)
        if done is None:
            done = await _make(asked, asked_for, fields, await _cleaned(form))
    response.headers["Location"] = done.location
    async with asked.transaction() as conn:
        row = await library.character(conn, UUID(done.body["character_id"]))
    return (await _views(asked.parts, [row]))[0]


async def _check_room(conn: Conn, asked: Asked) -> None:
    """Before pictures are stored, and again in the transaction that adds the character."""
    if await library.count_own(conn, asked.user) >= asked.parts.settings.max_characters:
        raise Rejected(
            ErrorCode.CONFLICT, "You have as many characters as one may. Delete one first."
        )


async def _cleaned(form: Form) -> list[Picture]:
    pictures: dict[str, Picture] = {}
    for number, file in enumerate(form.files_of("images"), start=1):
        async with _DECODING:
            picture = await asyncio.to_thread(clean_picture, file.path, f"Picture {number}")
        pictures[picture.sha256] = picture
    return list(pictures.values())


async def _make(
    asked: Asked, request: str, fields: CharacterFields, pictures: list[Picture]
) -> Accepted:
    character_id = asked.parts.new_id()
    folder = f"users/{asked.user.id}/characters/{character_id}"
    images: list[Any] = []
    for picture in pictures:
        key = f"{folder}/{picture.sha256}.webp"
        ref = await asked.parts.store.put(key, picture.data, CONTENT_TYPE)
        images.append(ref.model_dump(mode="json"))

    async def add(conn: Conn) -> Accepted:
        await _check_room(conn, asked)
        async with as_gateway(conn):
            await library.add(
                conn,
                asked.user,
                character_id,
                name=fields.name,
                style=fields.style,
                images=images,
            )
        place = f"/api/v1/characters/{character_id}"
        return Accepted(place, {"character_id": str(character_id)}, 201)

    return await asked.once(request, add)


@router.get("", responses=problems(), summary="List characters")
async def list_characters(
    user: Reader, parts: AppParts, wanted: Annotated[CharactersWanted, Query()]
) -> CharacterPage:
    """Yours and the premade ones, newest first."""
    after = Cursor.parse(wanted.cursor) if wanted.cursor else None
    async with parts.database.as_user(user) as conn:
        rows = await library.listed(
            conn, limit=wanted.limit + 1, after=after, premade=wanted.premade
        )
    shown = rows[: wanted.limit]
    more = len(rows) > wanted.limit
    last = str(Cursor(shown[-1]["created_at"], shown[-1]["id"])) if more else None
    return CharacterPage(items=await _views(parts, shown), next_cursor=last)


@router.get("/{character_id}", responses=problems(404), summary="Look at a character")
async def read_character(character_id: UUID, user: Reader, parts: AppParts) -> CharacterView:
    """A premade character, or one of yours."""
    async with parts.database.as_user(user) as conn:
        row = await library.character(conn, character_id)
    return (await _views(parts, [row]))[0]


@router.delete(
    "/{character_id}", status_code=204, responses=problems(404, 409), summary="Delete a character"
)
async def delete_character(character_id: UUID, user: Writer, parts: AppParts) -> Response:
    """Its pictures go a day later: films in the making may still need them."""
    async with parts.database.as_user(user) as conn:
        keys = await library.drop(conn, character_id)
        async with as_gateway(conn):
            await library.discard(conn, keys)
    return Response(status_code=204)


async def _views(parts: Parts, rows: Sequence[Any]) -> list[CharacterView]:
    """All pictures of a page are signed in one go."""
    refs = [[ObjectRef.model_validate(image) for image in row["images"]] for row in rows]
    found = await parts.addresses.of(Wanted(ref.key) for images in refs for ref in images)
    return [
        CharacterView.of(row, [_picture(ref, found[Wanted(ref.key)]) for ref in images])
        for row, images in zip(rows, refs, strict=True)
    ]


def _picture(ref: ObjectRef, address: Address) -> PictureView:
    return PictureView(
        url=address.url, content_type=ref.content_type, expires_at=address.expires_at
    )
