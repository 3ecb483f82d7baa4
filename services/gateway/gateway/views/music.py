"""Music as users send and see it."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from gateway.views.requests import Body, Title


class MusicFields(Body):
    """The text fields beside an uploaded file."""

    title: Title | None = None


class BedView(BaseModel):
    """Music of the library. ``name`` is what a film's ``settings.sound.music`` says."""

    name: str
    title: str
    mood: str
    seconds: float | None = Field(description="of the preview; a film repeats it as it needs")
    url: str | None = Field(
        description="to listen to; needs no token and works until ``expires_at``. Unset: there is"
        " no preview here yet, but a film can have the bed"
    )
    expires_at: datetime | None


class TrackView(BaseModel):
    """Music of your own. ``id`` is what a film's ``settings.sound.music_id`` says."""

    id: UUID
    title: str
    seconds: float
    size: int = Field(description="bytes")
    content_type: str
    url: str = Field(description="to listen to; needs no token and works until ``expires_at``")
    expires_at: datetime
    created_at: datetime


class MusicView(BaseModel):
    """All the music a film can have: of the library, and your own, newest first."""

    beds: list[BedView]
    tracks: list[TrackView]
