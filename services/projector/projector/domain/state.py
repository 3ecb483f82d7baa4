"""The state of a job, its scenes and its script, as values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, TypeAlias
from uuid import UUID

from contracts import events as e

PLANNED_PERCENT: Final = 5
SCENES_PERCENT: Final = 85


class Status(StrEnum):
    """Of a job and of a take; a job alone may wait for its user."""

    QUEUED = "queued"
    RUNNING = "running"
    NEEDS_SOURCE = "needs_source"
    NEEDS_REVIEW = "needs_review"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


TERMINAL = frozenset({Status.SUCCEEDED, Status.FAILED, Status.CANCELLED})
# A cancelled or failed scene whose clip turns up after all is there to be reused.
SCENE_RANK = {
    Status.QUEUED: 0,
    Status.RUNNING: 1,
    Status.CANCELLED: 2,
    Status.FAILED: 3,
    Status.SUCCEEDED: 4,
}


class JobType(StrEnum):
    """What a job makes."""

    IMPORT = "import"
    GENERATION = "generation"
    UPLOAD = "upload"
    CHARACTER = "character"


STAGES: dict[JobType, dict[str, int]] = {
    JobType.IMPORT: {"transcript": 5, "script": 50, "done": 100},
    JobType.GENERATION: {
        "planning": 2,
        "scenes": PLANNED_PERCENT,
        "review": SCENES_PERCENT - 1,
        "stitching": SCENES_PERCENT,
        "done": 100,
    },
    JobType.UPLOAD: {"uploading": 5, "done": 100},
    JobType.CHARACTER: {"training": 5, "done": 100},
}
"""The stages of each type in their order, with the percentage at which each begins."""


TakeKey: TypeAlias = tuple[int, int]
"""A scene's index and the number of a take."""


@dataclass(frozen=True, slots=True)
class SceneState:
    """A row of ``job_scenes``: one take of a scene. Progress in percent."""

    index: int
    take: int = 1
    status: Status = Status.QUEUED
    progress: int = 0
    title: str | None = None
    prompt: Mapping[str, Any] | None = None
    s3_key: str | None = None
    poster_key: str | None = None
    provider: str | None = None
    reused: bool = False
    cost_usd: Decimal = Decimal(0)
    error_code: str | None = None
    error_message: str | None = None


@dataclass(frozen=True, slots=True)
class ExportState:
    """What is folded of a row of ``exports``. Progress in percent.

    ``cancel_requested`` is its user's wish: in the row before any event that follows from it.
    """

    id: UUID
    status: Status = Status.QUEUED
    progress: int = 0
    result: Mapping[str, Any] | None = None
    error_code: str | None = None
    error_message: str | None = None
    cancel_requested: bool = False


@dataclass(frozen=True, slots=True)
class ScriptState:
    """What an import job knows of its row in ``scripts``."""

    id: UUID
    status: str = "pending"
    title: str | None = None
    language: str | None = None
    script_ref: Mapping[str, Any] | None = None
    words: int | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class JobState:
    """A row of ``jobs`` with its scenes; ``script`` for import jobs only.

    ``source_round`` is the highest round heard of, of a source given or of one that gave no words.
    ``review`` is the user's wish to see all scenes first; ``cut`` is the highest number of a film
    heard of, ``joined`` how far one (or a training) came, in percent, and ``film_error`` tells of
    the newest one that failed: ``{cut, code, message}``. ``costs`` is what was paid besides the
    takes, in US dollars by what for; ``cost_usd`` is all of it. Takes are keyed by scene and
    number; exports are those that the gateway has made.
    """

    id: UUID
    user_id: UUID
    project_id: UUID
    type: JobType
    status: Status = Status.QUEUED
    stage: str | None = None
    progress: int = 0
    version: int = 0
    scene_count: int | None = None
    result: Mapping[str, Any] | None = None
    result_s3_key: str | None = None
    error_code: str | None = None
    error_message: str | None = None
    cancel_requested: bool = False
    source_round: int = 0
    review: bool = False
    cut: int = 0
    joined: int = 0
    film_error: Mapping[str, Any] | None = None
    cost_usd: Decimal = Decimal(0)
    costs: Mapping[str, str] = field(default_factory=dict[str, str])
    scenes: Mapping[TakeKey, SceneState] = field(default_factory=dict[TakeKey, SceneState])
    exports: Mapping[UUID, ExportState] = field(default_factory=dict[UUID, ExportState])
    script: ScriptState | None = None


@dataclass(frozen=True, slots=True)
class Arrived:
    """An event with the id by which a repetition of it is recognised."""

    id: UUID
    event: e.Event


@dataclass(frozen=True, slots=True)
class Applied:
    """A row of ``job_events``: ``data`` is what clients may see of the change."""

    seq: int
    event_id: UUID
    type: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """A job before and after a batch, with its new rows of ``job_events`` (never empty)."""

    before: JobState
    after: JobState
    applied: Sequence[Applied]


class UnstorableError(Exception):
    """What a batch says cannot be kept by the database: a number out of range, say."""


Place: TypeAlias = tuple[str, int]
"""A topic and a partition."""
