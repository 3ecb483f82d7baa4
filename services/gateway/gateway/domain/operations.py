"""What can be done to a script's scenes: one closed set of operations, as a client sends them."""

from typing import Annotated, Final, Literal, Self

from contracts.documents import Camera
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

MAX_OPERATIONS: Final = 200
MAX_LINES: Final = 100


def _storable(text: str) -> str:
    """PostgreSQL keeps no NUL characters."""
    if "\x00" in text:
        raise ValueError("a NUL character cannot be stored")
    return text


def _said(text: str) -> str:
    """Something that can be said: a letter or a digit."""
    if not any(char.isalnum() for char in text):
        raise ValueError("a line needs a word")
    return text


Storable = AfterValidator(_storable)
SceneId = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,36}$", examples=["scene-3"])]
SceneTitle = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120), Storable
]
Spoken = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=4000),
    Storable,
    AfterValidator(_said),
]
Speaker = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80), Storable
]
Prompt = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000), Storable]
Negative = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500), Storable]
Style = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120), Storable
]
Seconds = Annotated[float, Field(ge=0.5, le=60, allow_inf_nan=False)]


class Part(BaseModel):
    """A part of an edit. Unknown fields are refused: a misspelt one would silently do nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class NewLine(Part):
    """What is said; ``speaker`` is null for narration."""

    speaker: Speaker | None = None
    text: Spoken


class SceneFields(Part):
    """What a scene may say. Lengths in seconds; without one it follows the words."""

    title: SceneTitle | None = None
    lines: Annotated[tuple[NewLine, ...], Field(min_length=1, max_length=MAX_LINES)] | None = None
    prompt: Prompt | None = None
    negative_prompt: Negative | None = None
    camera: Camera | None = None
    style: Style | None = Field(default=None, description="null: as the film's settings say")
    seconds: Seconds | None = None
    characters: Annotated[tuple[Speaker, ...], Field(max_length=8)] | None = None


class NewScene(SceneFields):
    """A scene that was not there."""

    lines: Annotated[tuple[NewLine, ...], Field(min_length=1, max_length=MAX_LINES)]  # pyright: ignore[reportGeneralTypeIssues, reportIncompatibleVariableOverride]


class Edit(SceneFields):
    """Changes the fields that are named and no others."""

    op: Literal["edit"]
    scene_id: SceneId

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        named = self.model_fields_set - {"op", "scene_id"}
        if not named:
            raise ValueError("name at least one field to change")
        if empty := sorted(name for name in named - {"style"} if getattr(self, name) is None):
            raise ValueError(f"cannot be null: {', '.join(empty)}")
        return self


class Move(Part):
    """Puts one scene behind another; ``after`` null is the beginning."""

    op: Literal["move"]
    scene_id: SceneId
    after: SceneId | None = None


class Reorder(Part):
    """Gives the whole order: every scene once."""

    op: Literal["reorder"]
    order: Annotated[tuple[SceneId, ...], Field(min_length=1, max_length=200)]


class Split(Part):
    """Begins a new scene at a character of a line, both counted from 0.

    Characters are Unicode code points. ``new_id`` names the new scene, so that later operations of
    the same request can speak of it.
    """

    op: Literal["split"]
    scene_id: SceneId
    line: Annotated[int, Field(ge=0, lt=MAX_LINES)]
    character: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    new_id: SceneId | None = None


class Merge(Part):
    """Joins a scene with the one behind it; the first one's id stays."""

    op: Literal["merge"]
    scene_id: SceneId


class Delete(Part):
    """Takes a scene and its words out of the film."""

    op: Literal["delete"]
    scene_id: SceneId


class Add(Part):
    """Puts a new scene behind another; ``after`` null is the beginning."""

    op: Literal["add"]
    after: SceneId | None = None
    new_id: SceneId | None = None
    scene: NewScene


Operation = Annotated[
    Edit | Move | Reorder | Split | Merge | Delete | Add, Field(discriminator="op")
]
