"""Every event on the bus, as a frozen model. A fact is past tense; a wish is ``…Requested``.

Within a version only optional fields are added. A breaking change is a new class with a ``.v2``
type, produced beside the old one until every consumer has moved.
"""

from contracts.event import Event
from contracts.events.characters import CharacterProgressed, CharacterReady, CharacterRequested
from contracts.events.films import (
    ExportDropped,
    StitchProgressed,
    StitchRequested,
    UploadRequested,
    VideoPublished,
    VideoStitched,
)
from contracts.events.importing import ImportRequested, ScriptReady, SourceNeeded, TranscriptReady
from contracts.events.jobs import JobCancelled, JobUpdated, ProviderCalledBack, StageFailed
from contracts.events.scenes import (
    GenerationRequested,
    SceneGenerated,
    SceneProgressed,
    SceneRequested,
    ScenesPlanned,
)
from contracts.values import (
    CharacterRef,
    ChosenTake,
    Clip,
    GenerationSettings,
    ObjectRef,
    PlannedScene,
    Privacy,
    Source,
)

__all__ = [
    "BY_TYPE",
    "EVENTS",
    "CharacterProgressed",
    "CharacterReady",
    "CharacterRef",
    "CharacterRequested",
    "ChosenTake",
    "Clip",
    "Event",
    "ExportDropped",
    "GenerationRequested",
    "GenerationSettings",
    "ImportRequested",
    "JobCancelled",
    "JobUpdated",
    "ObjectRef",
    "PlannedScene",
    "Privacy",
    "ProviderCalledBack",
    "SceneGenerated",
    "SceneProgressed",
    "SceneRequested",
    "ScenesPlanned",
    "ScriptReady",
    "Source",
    "SourceNeeded",
    "StageFailed",
    "StitchProgressed",
    "StitchRequested",
    "TranscriptReady",
    "UploadRequested",
    "VideoPublished",
    "VideoStitched",
]

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
    ExportDropped,
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
