"""Characters as users send and see them."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from gateway.views.requests import Body


class CharacterFields(Body):
    """The text fields beside a character's pictures."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
    style: (
        Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
        | None
    ) = None


class CharactersWanted(Body):
    """Which characters a list should hold."""

    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = Field(default=None, max_length=200, description="from the page before")
    premade: bool | None = Field(default=None, description="only premade ones, or only your own")


Training = Literal["none", "training", "ready", "failed"]


def training_of(row: Any) -> Training:
    """Where a character's training stands, from its row with its newest job."""
    if row["model_ref"] is not None:
        return "ready"
    status = row["training"] and row["training"]["status"]
    if status in {None, "cancelled"}:
        return "none"
    # A job that has just succeeded is read with its model in one transaction of the projector's.
    return "failed" if status == "failed" else "training"


class PictureView(BaseModel):
    """A picture. ``url`` needs no token and works until ``expires_at``."""

    url: str
    content_type: str = Field(examples=["image/webp"])
    expires_at: datetime


class CharacterView(BaseModel):
    """Someone who can play in films."""

    id: UUID
    name: str = Field(examples=["Mira"])
    style: str | None = Field(examples=["watercolour, red scarf"])
    premade: bool
    images: list[PictureView]
    training: Training = Field(
        description="`ready`: a model knows the character. Until then it plays by its first picture"
    )
    training_job_id: UUID | None = Field(description="the newest; look at it for its progress")
    created_at: datetime

    @classmethod
    def of(cls, row: Any, images: list[PictureView]) -> "CharacterView":
        """From a row of ``characters`` and its signed pictures."""
        return cls(
            id=row["id"],
            name=row["name"],
            style=row["style"],
            premade=row["is_premade"],
            images=images,
            training=training_of(row),
            training_job_id=row["training"] and UUID(row["training"]["job_id"]),
            created_at=row["created_at"],
        )


class CharacterPage(BaseModel):
    """Characters, newest first. ``next_cursor`` asks for the next page; ``null`` on the last."""

    items: list[CharacterView]
    next_cursor: str | None
