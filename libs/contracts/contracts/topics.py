"""The catalogue of topics. It drives topic creation, AsyncAPI, the event map and the tests.

Every topic has 24 partitions (fixed: more would move keys) and one event type; the key is the job
id. A consuming service has one dead-letter topic for bytes that are no event.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from contracts import events as e

PARTITIONS: Final = 24
RETENTION_DAYS: Final = 14
DEAD_LETTER_RETENTION_DAYS: Final = 30
MAX_MESSAGE_BYTES: Final = 1_048_576

STAGES: Final = ("transcriber", "scripter", "generator", "stitcher", "publisher")
SERVICES: Final = ("gateway", *STAGES, "projector")


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic: who writes it, who reads it, and what for. ``projector`` reads all but its own."""

    event: type[e.Event]
    producers: tuple[str, ...]
    consumers: tuple[str, ...]
    purpose: str
    partitions: int = PARTITIONS
    retention_days: int = RETENTION_DAYS

    @property
    def name(self) -> str:
        """The dotted name, which is the event's type without prefix and version."""
        return self.event.TYPE.removeprefix("filmstudio.").rsplit(".", 1)[0]


TOPICS: Final[tuple[Topic, ...]] = (
    Topic(
        e.ImportRequested,
        ("gateway",),
        ("transcriber", "projector"),
        "A user gave a link or a file.",
    ),
    Topic(
        e.SourceNeeded,
        ("transcriber",),
        ("projector",),
        "A source gave no words; the job waits for another.",
    ),
    Topic(
        e.TranscriptReady,
        ("transcriber",),
        ("scripter", "projector"),
        "The source's words are there.",
    ),
    Topic(e.ScriptReady, ("scripter",), ("projector",), "The script can be read and edited."),
    Topic(
        e.GenerationRequested,
        ("gateway",),
        ("scripter", "projector"),
        "A user wants a film of a script.",
    ),
    Topic(
        e.ScenesPlanned,
        ("scripter",),
        ("generator", "stitcher", "projector"),
        "The film's scenes are fixed.",
    ),
    Topic(
        e.SceneRequested,
        ("gateway",),
        ("generator", "projector"),
        "A user wants another take of a scene.",
    ),
    Topic(e.SceneProgressed, ("generator",), ("projector",), "A scene is being made."),
    Topic(
        e.SceneGenerated,
        ("generator",),
        ("stitcher", "projector"),
        "A scene's clip is there.",
    ),
    Topic(
        e.StitchRequested,
        ("gateway",),
        ("stitcher", "projector"),
        "A user wants the film joined of these takes in this order.",
    ),
    Topic(
        e.ExportDropped,
        ("gateway",),
        ("stitcher", "projector"),
        "A user wants no more of a film beside the job's own.",
    ),
    Topic(e.StitchProgressed, ("stitcher",), ("projector",), "A film is being joined."),
    Topic(e.VideoStitched, ("stitcher",), ("projector",), "The film is there."),
    Topic(
        e.UploadRequested,
        ("gateway",),
        ("publisher", "projector"),
        "A user wants the film on a channel.",
    ),
    Topic(e.VideoPublished, ("publisher",), ("projector",), "The film is on the channel."),
    Topic(
        e.JobCancelled,
        ("gateway",),
        (*STAGES, "projector"),
        "A user gave up a job.",
    ),
    Topic(
        e.CharacterRequested,
        ("gateway",),
        ("generator", "projector"),
        "A user wants a character trained from its pictures.",
    ),
    Topic(e.CharacterProgressed, ("generator",), ("projector",), "A character is being trained."),
    Topic(e.CharacterReady, ("generator",), ("projector",), "A provider knows the character."),
    Topic(
        e.ProviderCalledBack,
        ("gateway",),
        ("generator", "projector"),
        "A provider's webhook arrived; it hastens a poll.",
    ),
    Topic(e.StageFailed, STAGES, ("projector",), "A stage gave up on a job or a scene."),
    Topic(e.JobUpdated, ("projector",), ("gateway",), "A job's read model has a new version."),
)

BY_EVENT: Final[dict[type[e.Event], Topic]] = {topic.event: topic for topic in TOPICS}
BY_NAME: Final[dict[str, Topic]] = {topic.name: topic for topic in TOPICS}


def topic_of(event: e.Event | type[e.Event]) -> str:
    """The topic an event goes to."""
    return BY_EVENT[event if isinstance(event, type) else type(event)].name


def dead_letters(service: str) -> str:
    """The dead-letter topic of a consuming service."""
    return f"{service}.dlq"


def all_names() -> Sequence[str]:
    """Every topic to create, dead letters included."""
    consumers = sorted({c for topic in TOPICS for c in topic.consumers})
    return [*(topic.name for topic in TOPICS), *(dead_letters(c) for c in consumers)]
