"""A script with scenes as an import leaves it, and edits of it."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from contracts.documents import DraftScene, Line, Paragraph, Script
from runtime.objects import LocalObjects, put_model

from tests.component.gateway.studio import Studio

# Lewis Carroll, Alice's Adventures in Wonderland (1865), in the public domain.
SAID = (
    ("Alice", "Would you tell me, please, which way I ought to go from here?"),
    ("Cat", "That depends a good deal on where you want to get to."),
    ("Alice", "I don't much care where."),
    ("Cat", "Then it doesn't matter which way you go."),
)


def store_of(objects_root: Path) -> LocalObjects:
    return LocalObjects(objects_root, public_url="http://x", signing_key=b"x")


def imported(script_id: UUID) -> Script:
    """Four scenes of four seconds, each one line."""
    scenes = tuple(
        DraftScene(
            id=f"scene-{number}",
            title=f"Scene {number}",
            lines=(Line(speaker=speaker, text=text),),
            prompt=f"A wood, {number}",
            seconds=4,
            characters=(speaker,),
            start=number * 4.0,
            end=number * 4.0 + 4,
        )
        for number, (speaker, text) in enumerate(SAID, start=1)
    )
    return Script(
        script_id=script_id,
        title="The wood",
        language="en",
        seconds=16,
        words=38,
        speakers=("Alice", "Cat"),
        paragraphs=tuple(Paragraph(speaker=who, sentences=(text,)) for who, text in SAID),
        scenes=scenes,
    )


async def drafted_script(studio: Studio, objects_root: Path) -> UUID:
    """The id of a script that is ready and lies in the store."""
    script_id = await studio.ready_script()
    key = f"users/{studio.user_id}/projects/p/scripts/{script_id}.json"
    ref = await put_model(store_of(objects_root), key, imported(script_id))
    await studio.sql.execute(
        "update public.scripts set script_ref = $2 where id = $1",
        script_id,
        ref.model_dump(mode="json"),
    )
    return script_id


async def patch(
    http: httpx.AsyncClient, script_id: UUID, tag: str | None, *operations: Any, **fields: Any
) -> httpx.Response:
    """An edit of the version with this ETag."""
    body = fields | ({"operations": list(operations)} if operations else {})
    headers = {"Content-Type": "application/json"} | ({} if tag is None else {"If-Match": tag})
    # Escaped, as browsers may send it: httpx refuses half a surrogate pair.
    text = json.dumps(body)
    return await http.patch(f"/api/v1/scripts/{script_id}", content=text, headers=headers)


def ids(body: Any) -> list[str]:
    """The ids of the scenes in their order."""
    return [scene["id"] for scene in body["scenes"]]
