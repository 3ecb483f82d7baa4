"""Exports as users send and see them."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Literal, Self, cast
from uuid import UUID

from contracts.values import (
    CaptionSettings,
    ChosenTake,
    Framing,
    JointSettings,
    ThumbnailSettings,
    TitleSettings,
    Transition,
)
from pydantic import BaseModel, ConfigDict, Field, model_validator

from gateway.domain.exporting import Quality, Shape
from gateway.views.answers import ErrorView, FileView
from gateway.views.requests import Body, FilmSound

_FORBID: Final = ConfigDict(frozen=True, extra="forbid")


def _texts(value: Any) -> Iterator[str]:
    """Every text in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from _texts(list(cast("dict[str, Any]", value).values()))
    elif isinstance(value, list):
        for one in cast("list[Any]", value):
            yield from _texts(one)


class ExportFraming(Framing):
    """How clips fill the picture; unknown names are refused."""

    model_config = _FORBID


class ExportTitles(TitleSettings):
    """Cards before and after; unknown names are refused."""

    model_config = _FORBID


class ExportThumbnail(ThumbnailSettings):
    """The film's picture; unknown names are refused."""

    model_config = _FORBID


class ExportCaptions(CaptionSettings):
    """What is read; unknown names are refused."""

    model_config = _FORBID


class ExportJoint(JointSettings):
    """One joint; unknown names are refused."""

    model_config = _FORBID


class ExportTake(ChosenTake):
    """A take of a scene; unknown names are refused."""

    model_config = _FORBID


class ExportRequest(Body):
    """What of an export differs from the film as it was planned. What is left out stays."""

    order: list[Annotated[int, Field(ge=0, le=999)]] | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        description="scenes that are not named are not in it; unset: as the film has them",
    )
    takes: list[ExportTake] = Field(
        default=[], max_length=200, description="of scenes that are not named: the one shown"
    )
    shape: Shape | None = None
    height: Quality | None = Field(default=None, description="the shorter side, in pixels")
    framing: ExportFraming | None = None
    transition: Transition | None = None
    transition_seconds: float | None = Field(default=None, ge=0.0, le=1.0)
    joints: list[ExportJoint] | None = Field(default=None, max_length=200)
    titles: ExportTitles | None = None
    thumbnail: ExportThumbnail | None = None
    sound: FilmSound | None = None
    captions: ExportCaptions | None = None

    @model_validator(mode="after")
    def _texts_are_storable(self) -> Self:
        if any("\x00" in text for text in _texts(self.model_dump(mode="json"))):
            raise ValueError("a NUL character cannot be stored")
        return self

    def changes(self) -> dict[str, Any]:
        """The settings that were named, and nothing else; ``null`` is as good as not named."""
        named = self.model_dump(exclude={"order", "takes", "shape", "height"}, exclude_unset=True)
        return {name: value for name, value in named.items() if value is not None}


class ExportAccepted(BaseModel):
    """The export is being made or was before; or it is being given up."""

    job_id: UUID
    export_id: UUID


class ExportFilm(BaseModel):
    """A finished export: what it is, its files, and what it lacks."""

    title: str
    seconds: float
    width: int
    height: int
    fps: int
    scenes: int
    notes: list[str]
    voices_usd: Decimal = Field(description="paid so far for this job's voices")
    video: FileView
    captions: FileView
    poster: FileView
    vtt: FileView | None
    thumbnail: FileView | None
    chapters: FileView | None


class ExportView(BaseModel):
    """An export. Progress in percent."""

    id: UUID
    job_id: UUID
    status: Literal["queued", "running", "succeeded", "failed", "cancelled"]
    progress: int
    cancel_requested: bool
    order: list[int]
    takes: list[int] = Field(description="of each scene of the order, in its place")
    settings: dict[str, Any]
    error: ErrorView | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: Mapping[str, Any], **more: Any) -> Self:
        """From a row of ``exports``."""
        return cls(
            id=row["id"],
            job_id=row["job_id"],
            status=row["status"],
            progress=row["progress"],
            cancel_requested=row["cancel_requested_at"] is not None,
            order=row["scene_order"],
            takes=row["takes"],
            settings=row["settings"],
            error=ErrorView.of(row["error_code"], row["error_message"]),
            created_at=row["created_at"],
            updated_at=row["updated_at"],
            **more,
        )


class ExportWithFilm(ExportView):
    """An export with the addresses of its files, once they are there."""

    film: ExportFilm | None


class ExportList(BaseModel):
    """The exports of a job, newest first."""

    items: list[ExportView]
