"""A source becomes a script: what is said on the way."""

from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from contracts.errors import ErrorCode
from contracts.event import Event
from contracts.values import ObjectRef, Source


class ImportRequested(Event):
    """A user gave a source."""

    TYPE: ClassVar[str] = "filmstudio.import.requested.v1"

    script_id: UUID
    source: Source
    round: int = Field(default=1, ge=1, description="rises with every source for the same job")


class SourceNeeded(Event):
    """The source gave no words. The job waits for its user: captions, a text, or sound."""

    TYPE: ClassVar[str] = "filmstudio.source.needed.v1"

    script_id: UUID
    round: int = Field(ge=1, description="of the import.requested that this answers")
    code: ErrorCode
    message: str = Field(max_length=500, description="ours, fit to show to the user")


class TranscriptReady(Event):
    """The source's words with their times are in the object store."""

    TYPE: ClassVar[str] = "filmstudio.transcript.ready.v1"

    script_id: UUID
    transcript: ObjectRef
    language: str
    origin: str = Field(description="where the words came from", examples=["youtube", "upload"])
    segments: int = Field(ge=1)
    seconds: float = Field(ge=0)
    cost_usd: Decimal = Field(default=Decimal(0), ge=0, description="paid for speech to text")


class ScriptReady(Event):
    """The transcript is clean text in sentences, ready to edit."""

    TYPE: ClassVar[str] = "filmstudio.script.ready.v1"

    script_id: UUID
    script: ObjectRef
    title: str = Field(max_length=120)
    language: str
    words: int = Field(ge=1)
    seconds: float = Field(ge=0, description="spoken length")
    speakers: tuple[str, ...] = ()
