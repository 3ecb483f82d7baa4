"""Clips become a film, and a film reaches a channel."""

from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from contracts.event import Event
from contracts.values import (
    ChosenTake,
    GenerationSettings,
    ObjectRef,
    Privacy,
    Progress,
    SceneIndex,
)


class StitchRequested(Event):
    """A user wants the film joined again: reviewed, reordered, or in another shape."""

    TYPE: ClassVar[str] = "filmstudio.stitch.requested.v1"

    export_id: UUID
    order: tuple[SceneIndex, ...] = Field(min_length=1, max_length=200)
    takes: tuple[ChosenTake, ...] = Field(
        default=(), max_length=200, description="of scenes that are not named: the last one"
    )
    cut: int = Field(default=1, ge=1, description="rises with every film of the job's scenes")
    export: bool = Field(
        default=False, description="a film beside the job's own, under ``export_id``; no new cut"
    )
    settings: GenerationSettings | None = Field(
        default=None, description="how the film shall be made; unset: as it was planned"
    )


class ExportDropped(Event):
    """A user wants no more of an export: what is at work on it stops, and its files go.

    It says whose work stops, so that nothing else of the job does.
    """

    TYPE: ClassVar[str] = "filmstudio.export.dropped.v1"

    export_id: UUID
    request_id: UUID = Field(description="the id of the stitch.requested that asked for it")


class StitchProgressed(Event):
    """A film is being joined."""

    TYPE: ClassVar[str] = "filmstudio.stitch.progressed.v1"

    progress: Progress
    export_id: UUID | None = Field(default=None, description="unset: the job's own film")


class VideoStitched(Event):
    """The film is in the object store."""

    TYPE: ClassVar[str] = "filmstudio.video.stitched.v1"

    video: ObjectRef
    captions: ObjectRef
    poster: ObjectRef
    title: str = Field(max_length=120)
    width: int = Field(ge=2, description="pixels")
    height: int = Field(ge=2, description="pixels")
    fps: int = Field(ge=1)
    frames: int = Field(ge=1)
    scenes: int = Field(ge=1)
    vtt: ObjectRef | None = Field(default=None, description="the captions as WebVTT")
    notes: tuple[str, ...] = Field(
        default=(), max_length=10, description="what the film lacks, for its user"
    )
    voices_usd: Decimal = Field(
        default=Decimal(0), ge=0, description="paid so far for this job's voices"
    )
    cut: int = Field(default=0, ge=0, description="of the stitch.requested; 0 if nobody had to ask")
    export_id: UUID | None = Field(default=None, description="of a film beside the job's own")
    chapters: ObjectRef | None = Field(
        default=None, description="a line with time and title per scene, as YouTube reads them"
    )
    thumbnail: ObjectRef | None = Field(
        default=None, description="designed, 1280 x 720 or the film's shape; the poster is plain"
    )


class UploadRequested(Event):
    """A user wants a finished film on a channel. The upload is a job of its own."""

    TYPE: ClassVar[str] = "filmstudio.upload.requested.v1"

    film_job_id: UUID
    video: ObjectRef
    captions: ObjectRef | None = None
    title: str = Field(min_length=1, max_length=100)
    description: str = Field(default="", max_length=5000)
    tags: tuple[str, ...] = Field(default=(), max_length=30)
    privacy: Privacy = Privacy.PRIVATE
    made_for_kids: bool = False


class VideoPublished(Event):
    """The film is on the user's channel."""

    TYPE: ClassVar[str] = "filmstudio.video.published.v1"

    channel: str = Field(examples=["folder", "youtube"])
    video_id: str
    url: str
    privacy: Privacy
