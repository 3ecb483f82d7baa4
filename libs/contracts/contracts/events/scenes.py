"""A script becomes scenes, and scenes become clips."""

from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from contracts.event import Event
from contracts.values import (
    CharacterRef,
    Clip,
    GenerationSettings,
    ObjectRef,
    PlannedScene,
    Progress,
    SceneIndex,
)


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
