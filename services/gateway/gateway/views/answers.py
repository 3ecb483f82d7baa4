"""What answers look like."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal, Self
from uuid import UUID

from contracts.errors import GUIDANCE, ErrorCode
from contracts.events import ObjectRef, Privacy
from pydantic import BaseModel, ConfigDict, Field

JobType = Literal["import", "generation", "upload", "character"]
JobStatus = Literal[
    "queued", "running", "needs_source", "needs_review", "succeeded", "failed", "cancelled"
]


class ImportAccepted(BaseModel):
    """The import has begun; the script is ready when its job has succeeded."""

    job_id: UUID
    script_id: UUID
    project_id: UUID


class JobAccepted(BaseModel):
    """The job has begun."""

    job_id: UUID


class ErrorView(BaseModel):
    """Why a job or a scene failed, and what to do now."""

    code: ErrorCode
    title: str
    message: str
    next_step: str

    @classmethod
    def of(cls, code: str | None, message: str | None) -> Self | None:
        """``None`` without a code."""
        if code is None:
            return None
        known = ErrorCode(code)
        guidance = GUIDANCE[known]
        return cls(
            code=known,
            title=guidance.title,
            message=message or guidance.title,
            next_step=guidance.next_step,
        )

    @classmethod
    def of_film(cls, row: Any) -> Self | None:
        """Why the newest film that was asked for is not there, from a row of ``jobs``."""
        error: dict[str, Any] = row["film_error"] or {"cut": None}
        return cls.of(error["code"], error["message"]) if error["cut"] == row["cut"] else None


class SceneView(BaseModel):
    """One scene of a film in the making. Progress in percent."""

    scene_index: int
    take: int = Field(description="the one that the film shows")
    title: str | None
    status: JobStatus
    progress: int
    provider: str | None
    reused: bool
    cost_usd: Decimal = Field(description="of all its takes")
    error: ErrorView | None

    @classmethod
    def of(cls, row: Any) -> Self:
        """From a row of ``job_scenes``."""
        return cls(
            scene_index=row["scene_index"],
            take=row["take"],
            cost_usd=row["cost_usd"],
            title=row["title"],
            status=row["status"],
            progress=row["progress"],
            provider=row["provider"],
            reused=row["reused"],
            error=ErrorView.of(row["error_code"], row["error_message"]),
        )


class PublishedView(BaseModel):
    """Where an uploaded film can be seen."""

    channel: str
    video_id: str
    url: str
    privacy: Privacy


class JobSummary(BaseModel):
    """A job without its scenes. Progress in percent."""

    id: UUID
    type: JobType
    status: JobStatus
    stage: str | None
    progress: int
    script_id: UUID | None
    project_id: UUID | None = Field(description="null for a character's job")
    film_job_id: UUID | None
    character_id: UUID | None = Field(description="whom a character's job trains")
    scene_count: int | None
    cost_usd: Decimal = Field(description="paid so far, in US dollars")
    error: ErrorView | None
    film_error: ErrorView | None = Field(
        description="why the newest film that was asked for is not there; what was there stays"
    )
    settings: dict[str, Any]
    published: PublishedView | None
    cancel_requested: bool
    created_at: datetime
    updated_at: datetime
    version: int

    @classmethod
    def of(cls, row: Any, **more: Any) -> Self:
        """From a row of ``jobs``."""
        published = row["result"] if row["type"] == "upload" else None
        return cls(
            id=row["id"],
            type=row["type"],
            status=row["status"],
            stage=row["stage"],
            progress=row["progress"],
            script_id=row["script_id"],
            project_id=row["project_id"],
            film_job_id=row["film_job_id"],
            character_id=row["character_id"],
            scene_count=row["scene_count"],
            cost_usd=row["cost_usd"],
            error=ErrorView.of(row["error_code"], row["error_message"]),
            film_error=ErrorView.of_film(row),
            settings=row["settings"],
            published=PublishedView.model_validate(published) if published else None,
            cancel_requested=row["cancel_requested_at"] is not None,
            created_at=row["created_at"],
            updated_at=row["updated_at"],
            version=row["version"],
            **more,
        )


class JobView(JobSummary):
    """A job with its scenes in the order of the film."""

    scenes: list[SceneView]

    @classmethod
    def with_scenes(cls, row: Any, scenes: Sequence[Any]) -> Self:
        """From a row of ``jobs`` and its rows of ``job_scenes``."""
        return cls.of(row, scenes=[SceneView.of(scene) for scene in scenes])


class JobPage(BaseModel):
    """Jobs, newest first. ``next_cursor`` asks for the next page; ``null`` on the last one."""

    items: list[JobSummary]
    next_cursor: str | None


class FileView(BaseModel):
    """A file. Its addresses need no token and work until ``expires_at``."""

    url: str = Field(description="to look at, in parts if need be")
    download_url: str = Field(description="to save as ``filename``")
    filename: str
    size: int = Field(description="bytes")
    sha256: str
    content_type: str
    expires_at: datetime


class ResultView(BaseModel):
    """A finished film. Older films have fewer files."""

    job_id: UUID
    title: str
    seconds: float
    width: int
    height: int
    fps: int
    scenes: int
    notes: list[str] = Field(description="what the film lacks")
    voices_usd: Decimal = Field(description="paid so far for its voices, in US dollars")
    video: FileView
    captions: FileView
    poster: FileView
    vtt: FileView | None
    thumbnail: FileView | None
    chapters: FileView | None


class FilmResult(BaseModel):
    """``jobs.result`` and ``exports.result`` of a film, as the projector keeps it."""

    model_config = ConfigDict(extra="ignore")

    title: str
    seconds: float
    width: int
    height: int
    fps: int
    scenes: int
    notes: list[str] = []
    voices_usd: Decimal = Decimal(0)
    video: ObjectRef
    captions: ObjectRef
    poster: ObjectRef
    vtt: ObjectRef | None = None
    thumbnail: ObjectRef | None = None
    chapters: ObjectRef | None = None

    def told(self) -> dict[str, Any]:
        """Everything but the files."""
        return self.model_dump(exclude=set(FILM_FILES))


FILM_FILES: Final[Mapping[str, str]] = {
    "video": ".mp4",
    "captions": ".srt",
    "poster": ".jpg",
    "vtt": ".vtt",
    "thumbnail": "-thumbnail.jpg",
    "chapters": "-chapters.txt",
}
"""The files of a film, and how their names end when they are downloaded."""
