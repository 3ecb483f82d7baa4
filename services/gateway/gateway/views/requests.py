"""What requests may say."""

from collections.abc import Iterable
from typing import Annotated, Any, Self, cast
from uuid import UUID

from contracts.events import GenerationSettings, Privacy
from contracts.music import BEDS
from contracts.values import ObjectRef, SoundSettings
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)
from pydantic.json_schema import SkipJsonSchema

from gateway.views.answers import JobStatus, JobType

Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
# BCP 47: letters, digits and dashes; it becomes part of requests to YouTube.
Language = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$")]
Tag = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


def _refuse_nul(value: str) -> str:
    if "\x00" in value:
        raise ValueError("a NUL character cannot be stored")
    return value


class Body(BaseModel):
    """A request body. Unknown fields are refused: a misspelt one would silently do nothing."""

    model_config = ConfigDict(extra="forbid")

    @field_validator("*", mode="after")
    @classmethod
    def _storable(cls, value: Any) -> Any:
        """PostgreSQL keeps no NUL characters."""
        texts: Iterable[Any] = cast("list[Any]", value) if isinstance(value, list) else [value]
        for text in texts:
            if isinstance(text, str):
                _refuse_nul(text)
        return cast("Any", value)


class YoutubeImport(Body):
    """A film from a YouTube video."""

    youtube_url: str = Field(
        max_length=2048, examples=["https://www.youtube.com/watch?v=dQw4w9WgXcQ"]
    )
    language: Language | None = Field(default=None, examples=["en"])
    project_id: UUID | None = None
    title: Title | None = None


class UploadFields(Body):
    """The text fields beside an uploaded file."""

    language: Language | None = None
    project_id: UUID | None = None
    title: Title | None = None


class SourceFields(Body):
    """The text fields beside another source for an import."""

    language: Language | None = None


class FilmSound(SoundSettings):
    """What a film sounds like, as users say it: their own music by its id, never by an object."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    upload: SkipJsonSchema[ObjectRef | None] = Field(default=None, exclude=True)
    music_id: UUID | None = Field(
        default=None, description="own music of `/api/v1/music`, instead of a bed"
    )

    @field_validator("upload", mode="before")
    @classmethod
    def _objects_are_ours(cls, value: object) -> None:
        if value is not None:
            raise ValueError("upload the music at /api/v1/music and name it as music_id")

    @field_validator("music")
    @classmethod
    def _bed_is_there(cls, value: str | None) -> str | None:
        names = [bed.name for bed in BEDS]
        if value is not None and value not in names:
            raise ValueError(f"there is no music of this name; choose null or {', '.join(names)}")
        return value

    @field_validator("voice")
    @classmethod
    def _voice_is_storable(cls, value: str | None) -> str | None:
        return None if value is None else _refuse_nul(value)


class FilmSettings(GenerationSettings):
    """What a user may choose for a film; unknown names are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    # Frozen: nobody can put another kind of sound here.
    sound: FilmSound = FilmSound()  # pyright: ignore[reportIncompatibleVariableOverride]

    @field_validator("style")
    @classmethod
    def _style_is_storable(cls, value: str) -> str:
        return _refuse_nul(value)

    @field_validator("providers")
    @classmethod
    def _providers_are_storable(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_refuse_nul(name) for name in value)

    @model_validator(mode="after")
    def _shortest_fits_longest(self) -> Self:
        if self.min_scene_seconds > self.max_scene_seconds:
            raise ValueError("min_scene_seconds is larger than max_scene_seconds")
        return self


class CharacterChoice(Body):
    """A character of the library by its id, or one that is only named."""

    character_id: UUID | None = None
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)] = (
        "Narrator"
    )
    style: str | None = Field(default=None, max_length=200)


class JobRequest(Body):
    """A film of a script."""

    script_id: UUID
    settings: FilmSettings = FilmSettings()
    characters: list[CharacterChoice] = Field(
        default=[], max_length=20, description="none: the cast chosen for the script"
    )
    script_version: int | None = Field(
        default=None, ge=0, description="refused with 412 if the script is in another version"
    )


class UploadRequest(Body):
    """What is said about a film on the channel. The title of the film is the default."""

    title: (
        Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
        | None
    ) = None
    description: str = Field(default="", max_length=5000)
    tags: list[Tag] = Field(default=[], max_length=30)
    privacy: Privacy = Privacy.PRIVATE
    made_for_kids: bool = False


class JobsWanted(Body):
    """Which jobs a list should hold."""

    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = Field(default=None, max_length=200, description="from the page before")
    type: JobType | None = None
    status: JobStatus | None = None
