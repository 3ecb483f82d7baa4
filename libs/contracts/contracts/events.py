"""Every event on the bus, as a frozen model. A fact is past tense; a wish is ``…Requested``.

Within a version only optional fields are added. A breaking change is a new class with a ``.v2``
type, produced beside the old one until every consumer has moved.
"""

from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from contracts.errors import ErrorCode
from contracts.event import Event
from contracts.values import (
    CharacterRef,
    ChosenTake,
    Clip,
    GenerationSettings,
    ObjectRef,
    PlannedScene,
    Privacy,
    Progress,
    SceneIndex,
    Source,
)


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


class GenerationRequested(Event):
    """A user asked for a film of a script."""

    TYPE: ClassVar[str] = "filmstudio.generation.requested.v1"

    script_id: UUID
    script: ObjectRef
    settings: GenerationSettings = GenerationSettings()
    characters: tuple[CharacterRef, ...] = ()


class ScenesPlanned(Event):
    """The film's scenes are fixed."""

    TYPE: ClassVar[str] = "filmstudio.scenes.planned.v1"

    script_id: UUID
    plan: ObjectRef
    title: str = Field(max_length=120)
    settings: GenerationSettings
    scenes: tuple[PlannedScene, ...] = Field(min_length=1, max_length=200)
    cost_usd: Decimal = Field(default=Decimal(0), ge=0, description="paid to a language model")


class SceneRequested(Event):
    """A user wants another take of a scene, as it stands here."""

    TYPE: ClassVar[str] = "filmstudio.scene.requested.v1"

    plan: ObjectRef
    scene_index: SceneIndex
    scene_count: int = Field(ge=1, le=200)
    take: int = Field(ge=2, description="rises with every take of the scene")
    providers: tuple[str, ...] = Field(min_length=1, max_length=8)
    prompt: str = Field(max_length=1000)
    negative_prompt: str = Field(default="", max_length=500)
    seed: int | None = Field(
        default=None, ge=0, le=0x7FFF_FFFF, description="unset: none that was used before"
    )


class SceneProgressed(Event):
    """A scene is being made."""

    TYPE: ClassVar[str] = "filmstudio.scene.progressed.v1"

    scene_index: SceneIndex
    take: int = Field(default=1, ge=1)
    progress: Progress
    provider: str
    cost_usd: Decimal | None = Field(
        default=None, ge=0, description="of orders for this take that came to nothing; unset: none"
    )


class SceneGenerated(Event):
    """A scene's clip is in the object store."""

    TYPE: ClassVar[str] = "filmstudio.scene.generated.v1"

    scene_index: SceneIndex
    scene_count: int = Field(ge=1, le=200)
    take: int = Field(default=1, ge=1)
    clip: Clip
    provider: str
    provider_request_id: str | None = None
    cost_usd: Decimal = Field(default=Decimal(0), ge=0)
    reused: bool = False


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


class JobCancelled(Event):
    """A user gave up a job. Work that is not done stops."""

    TYPE: ClassVar[str] = "filmstudio.job.cancelled.v1"

    reason: str = Field(default="", max_length=200)


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


class ProviderCalledBack(Event):
    """A provider's verified webhook. It only hastens a poll."""

    TYPE: ClassVar[str] = "filmstudio.provider.called_back.v1"

    provider: str
    provider_request_id: str
    attempt_token: str | None = None


class StageFailed(Event):
    """A stage gave up on a job, or on one scene of it."""

    TYPE: ClassVar[str] = "filmstudio.stage.failed.v1"

    stage: str
    scene_index: SceneIndex | None = None
    take: int | None = Field(default=None, ge=1, description="of the scene; unset: the first")
    code: ErrorCode
    message: str = Field(max_length=500, description="ours, fit to show to the user")
    attempt: int = Field(ge=1)
    provider_request_id: str | None = None
    export_id: UUID | None = Field(default=None, description="of a film beside the job's own")
    cut: int | None = Field(
        default=None, ge=1, description="of the stitch.requested; unset: nobody had to ask"
    )


class JobUpdated(Event):
    """The read model of a job has a new version."""

    TYPE: ClassVar[str] = "filmstudio.job.updated.v1"

    version: int = Field(ge=1, description="rises by one with every change of the job")
    status: str
    progress: int = Field(ge=0, le=100)


EVENTS: tuple[type[Event], ...] = (
    ImportRequested,
    SourceNeeded,
    TranscriptReady,
    ScriptReady,
    GenerationRequested,
    ScenesPlanned,
    SceneRequested,
    SceneProgressed,
    SceneGenerated,
    StitchRequested,
    StitchProgressed,
    VideoStitched,
    UploadRequested,
    VideoPublished,
    JobCancelled,
    CharacterRequested,
    CharacterProgressed,
    CharacterReady,
    ProviderCalledBack,
    StageFailed,
    JobUpdated,
)

BY_TYPE: dict[str, type[Event]] = {event.TYPE: event for event in EVENTS}
