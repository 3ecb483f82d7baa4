"""A character is made from pictures."""

from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from contracts.event import Event
from contracts.values import ObjectRef, Progress


class CharacterRequested(Event):
    """A user wants a character trained from its pictures. ``project_id`` is the job's own id."""

    TYPE: ClassVar[str] = "filmstudio.character.requested.v1"

    character_id: UUID
    name: str = Field(min_length=1, max_length=80)
    images: tuple[ObjectRef, ...] = Field(min_length=1, max_length=20)


class CharacterProgressed(Event):
    """A character is being trained."""

    TYPE: ClassVar[str] = "filmstudio.character.progressed.v1"

    character_id: UUID
    progress: Progress
    provider: str
    cost_usd: Decimal | None = Field(
        default=None, ge=0, description="of trainings that came to nothing; unset: none"
    )


class CharacterReady(Event):
    """A provider knows the character now."""

    TYPE: ClassVar[str] = "filmstudio.character.ready.v1"

    character_id: UUID
    model_ref: str = Field(max_length=200)
    trigger_word: str | None = Field(
        default=None, max_length=40, description="how a prompt calls the character"
    )
    provider: str | None = None
    cost_usd: Decimal = Field(default=Decimal(0), ge=0, description="of all its trainings")
