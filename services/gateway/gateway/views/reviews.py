"""Takes and reviews as users send and see them."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from gateway.views.answers import ErrorView, JobStatus
from gateway.views.requests import Body


class AnotherTake(Body):
    """What another take does differently. What is left out stays as it was planned."""

    prompt: (
        Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]
        | None
    ) = None
    negative_prompt: str | None = Field(default=None, max_length=500)
    provider: Annotated[str, StringConstraints(min_length=1, max_length=40)] | None = None
    seed: int | None = Field(
        default=None, ge=0, le=0x7FFF_FFFF, description="none: one that was not used before"
    )


class TakeChoice(Body):
    """The take that the film shows."""

    take: int = Field(ge=1)


class SceneOrder(Body):
    """The scenes in the order of the film, each once."""

    order: list[Annotated[int, Field(ge=0, le=999)]] = Field(min_length=1, max_length=200)


class TakeAccepted(BaseModel):
    """Another take is being made."""

    job_id: UUID
    scene_index: int
    take: int


class ReviewAccepted(BaseModel):
    """The decision is kept. ``cut`` numbers the film that is made of the scenes as they are now."""

    job_id: UUID
    cut: int | None = Field(default=None, description="null while no film was asked for")


class MediaView(BaseModel):
    """A file to look at. ``url`` needs no token and works until ``expires_at``."""

    url: str
    expires_at: datetime


class TakeView(BaseModel):
    """One take. Progress in percent, money in US dollars."""

    take: int
    status: JobStatus
    progress: int
    prompt: str | None
    negative_prompt: str | None
    seed: int | None
    provider: str | None
    reused: bool
    cost_usd: Decimal
    clip: MediaView | None
    poster: MediaView | None
    error: ErrorView | None

    @classmethod
    def of(cls, row: Any, clip: MediaView | None, poster: MediaView | None) -> Self:
        """From a row of ``job_scenes``."""
        asked: dict[str, Any] = row["prompt"] or {}
        return cls(
            take=row["take"],
            status=row["status"],
            progress=row["progress"],
            prompt=asked.get("text"),
            negative_prompt=asked.get("negative_prompt"),
            seed=asked.get("seed"),
            provider=row["provider"],
            reused=row["reused"],
            cost_usd=row["cost_usd"],
            clip=clip,
            poster=poster,
            error=ErrorView.of(row["error_code"], row["error_message"]),
        )


class ReviewedSceneView(BaseModel):
    """A scene with its takes. ``take`` is the one that the film shows."""

    scene_index: int
    title: str | None
    take: int | None
    verdict: Literal["approved", "rejected"] | None = Field(description="about that take")
    cost_usd: Decimal
    takes: list[TakeView]


class ReviewView(BaseModel):
    """A film's scenes in the order of the film."""

    job_id: UUID
    status: JobStatus
    cost_usd: Decimal
    film_error: ErrorView | None = Field(
        description="why the newest film that was asked for is not there; approve to try again"
    )
    scenes: list[ReviewedSceneView]
