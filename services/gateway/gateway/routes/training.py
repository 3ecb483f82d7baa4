"""Training a character: a paid job that teaches a provider's model how the character looks."""

from typing import Any
from uuid import UUID

from contracts.errors import ErrorCode, Rejected
from contracts.events import CharacterRequested, ObjectRef
from fastapi import APIRouter, Response
from runtime.db import Conn

from gateway import library, records
from gateway.database import as_gateway
from gateway.domain import Accepted, fingerprint
from gateway.openapi import problems
from gateway.parts import Asked, Asking, answer
from gateway.views.answers import JobAccepted

router = APIRouter(prefix="/api/v1/characters", tags=["characters"])


@router.post(
    "/{character_id}/train",
    status_code=202,
    responses=problems(404, 409),
    summary="Train a character",
)
async def train_character(character_id: UUID, asked: Asking, response: Response) -> JobAccepted:
    """Starts a job of type `character`. Films asked for after it has succeeded use what it learned.

    A character is trained once: asking again gives the same job. After one that failed or was
    cancelled a new one can be started. Until then, and after it, the character plays by its first
    picture.
    """
    request = fingerprint(f"characters/{character_id}/train", {})
    accepted = await asked.once(request, lambda conn: _train(conn, asked, character_id))
    return answer(response, accepted, JobAccepted)


async def _train(conn: Conn, asked: Asked, character_id: UUID) -> Accepted:
    row = await library.character(conn, character_id)
    before = await records.training_of(conn, character_id)
    if before is None:
        _check(asked, row)
        job_id = asked.parts.new_id()
        job = records.NewJob(
            job_id, asked.user.id, None, "character", "training", character_id=character_id
        )
        async with as_gateway(conn):
            added = await records.add_job(conn, job)
        if added:
            await asked.emit(conn, _wish(job_id, asked, row))
            return _accepted(job_id)
        before = await records.training_of(conn, character_id)
    if before is None or before["cancel_requested_at"] is not None:
        raise Rejected(
            ErrorCode.CONFLICT, f"{row['name']}'s training is just ending. Ask again in a minute."
        )
    return _accepted(before["id"])


def _check(asked: Asked, row: Any) -> None:
    settings = asked.parts.settings
    if row["is_premade"]:
        raise Rejected(ErrorCode.CONFLICT, f"{row['name']} is premade and needs no training.")
    if row["model_ref"] is not None:
        raise Rejected(ErrorCode.CONFLICT, f"{row['name']} is trained already.")
    if not settings.character_training:
        raise Rejected(
            ErrorCode.PROVIDER_NOT_CONFIGURED,
            f"Nobody here trains characters. {row['name']} plays by the first picture.",
        )
    if len(row["images"]) < settings.min_training_images:
        raise Rejected(
            ErrorCode.INVALID_INPUT,
            f"A training needs {settings.min_training_images} pictures and {row['name']} has"
            f" {len(row['images'])}. Make the character again with more.",
        )


def _wish(job_id: UUID, asked: Asked, row: Any) -> CharacterRequested:
    images = tuple(ObjectRef.model_validate(image) for image in row["images"])
    return CharacterRequested(
        job_id=job_id,
        user_id=asked.user.id,
        project_id=job_id,
        character_id=row["id"],
        name=row["name"],
        images=images,
    )


def _accepted(job_id: UUID) -> Accepted:
    return Accepted(f"/api/v1/jobs/{job_id}", {"job_id": str(job_id)})
