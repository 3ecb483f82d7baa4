"""A script as its editor sends and sees it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from contracts.documents import DraftScene, LeftOut, Paragraph, Script
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from gateway.domain.operations import MAX_OPERATIONS, Operation
from gateway.views.requests import Body, Title

_EDIT: dict[str, Any] = {
    "title": "The last tram",
    "operations": [
        {"op": "edit", "scene_id": "scene-1", "camera": "still", "seconds": 6.5},
        {"op": "split", "scene_id": "scene-2", "line": 1, "new_id": "scene-2b"},
        {"op": "move", "scene_id": "scene-2b", "after": None},
        {"op": "merge", "scene_id": "scene-3"},
        {"op": "delete", "scene_id": "scene-5"},
        {
            "op": "add",
            "after": "scene-1",
            "scene": {"lines": [{"speaker": "Ada", "text": "Wait for me!"}]},
        },
    ],
}


class ScriptEdit(Body):
    """Operations are done in order, all of them or none."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EDIT]})

    title: Title | None = None
    operations: list[Operation] = Field(default=[], max_length=MAX_OPERATIONS)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.title is None and not self.operations:
            raise ValueError("say a title or at least one operation")
        return self


class Part(Body):
    """One speaker of the script and the character that plays it."""

    speaker: (
        Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)] | None
    ) = Field(default=None, description="null: seen without a part of its own", examples=["Ada"])
    character_id: UUID


class Casting(Body):
    """Who plays whom, whole: it takes the place of what was chosen before."""

    cast: list[Part] = Field(max_length=20)

    @model_validator(mode="after")
    def _one_per_speaker(self) -> Self:
        named = [part.speaker.casefold() for part in self.cast if part.speaker]
        if len(set(named)) != len(named):
            raise ValueError("a speaker is named twice")
        return self


class PartView(BaseModel):
    """A choice as it is kept; ``name`` is null once the character was deleted."""

    speaker: str | None
    character_id: UUID
    name: str | None


class TextView(BaseModel):
    """The script's text: as imported, or that of its scenes once they were edited."""

    paragraphs: tuple[Paragraph, ...]
    left_out: LeftOut | None


class ScriptView(BaseModel):
    """A script; ``script`` and ``scenes`` are there as soon as it is ready.

    ``seconds`` is the spoken length as imported, or the length of the scenes once they were
    edited. ``edited`` says that a film is made of the scenes as they stand.
    """

    id: UUID
    project_id: UUID
    title: str | None
    language: str | None
    status: Literal["pending", "ready", "failed"]
    version: int
    edited: bool
    youtube_url: str | None
    words: int | None
    seconds: float | None
    created_at: datetime
    speakers: tuple[str, ...]
    scenes: tuple[DraftScene, ...]
    cast: list[PartView]
    script: TextView | None

    @classmethod
    def of(cls, row: Any, script: Script | None, characters: Iterable[Any]) -> Self:
        """From a row of ``scripts``, its text, and the rows of its characters."""
        known = {str(character["id"]): character["name"] for character in characters}
        edited = script is not None and script.edited
        return cls(
            id=row["id"],
            project_id=row["project_id"],
            title=row["title"],
            language=row["language"],
            status=row["status"],
            version=row["version"],
            edited=edited,
            youtube_url=row["youtube_url"],
            words=script.words if script and edited else row["words"],
            seconds=script.seconds if script and edited else row["seconds"],
            created_at=row["created_at"],
            speakers=script.speakers if script else (),
            scenes=script.scenes if script else (),
            cast=[
                PartView(**part, name=known.get(part["character_id"]))
                for part in row["cast_choice"]
            ],
            script=script and TextView(paragraphs=script.paragraphs, left_out=script.left_out),
        )


class ProviderEstimate(BaseModel):
    """What one provider takes. Money is US dollars; null where there is no list price."""

    provider: str = Field(examples=["pika"])
    usd: float | None = Field(examples=[1.2])
    within_budget: bool | None = Field(
        default=None, description="whether budget_usd will do; null without one, or without a price"
    )
    usd_per_second: float | None = Field(examples=[0.04])
    billed_seconds: float = Field(examples=[30.0], description="clips come in fixed lengths")
    scenes_too_long: int = Field(description="scenes longer than any clip this provider makes")
    price: Literal["list", "configured"]
    source: str


class EstimateView(BaseModel):
    """What a film of a script would be, before it is asked for."""

    script_id: UUID
    version: int
    scenes: int = Field(description="as they are made, one clip each")
    spoken_scenes: int = Field(
        description="as they are heard: shots that continue one another are one"
    )
    seconds: float
    providers: list[ProviderEstimate]
