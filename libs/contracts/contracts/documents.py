"""The texts that are too big for the bus: what lies behind an event's ``ObjectRef``, as JSON.

Times are seconds from the start of the source; lengths of scenes are frames at the film's rate.
"""

from enum import StrEnum
from typing import Final
from uuid import UUID

from pydantic import Field

from contracts.values import GenerationSettings, Model, ObjectRef, SceneIndex


class Segment(Model):
    """A stretch of speech. ``speaker`` is a name as the source gives it."""

    start: float = Field(ge=0)
    end: float = Field(ge=0)
    text: str
    speaker: str | None = None
    words: tuple[tuple[float, str], ...] = Field(
        default=(), description="when each word begins, and the word; empty where that is unknown"
    )


class Transcript(Model):
    """transcriber -> scripter. Without times (a plain text) ``timed`` is false and all are 0."""

    language: str
    origin: str
    title: str | None = None
    timed: bool = True
    segments: tuple[Segment, ...] = Field(min_length=1)


class Paragraph(Model):
    """Sentences one speaker says in a row. ``start``/``end`` are ``None`` without times."""

    speaker: str | None = None
    start: float | None = None
    end: float | None = None
    sentences: tuple[str, ...] = Field(min_length=1)
    times: tuple[tuple[float, float], ...] = Field(
        default=(), description="start and end of each sentence; empty without times"
    )


class Camera(StrEnum):
    """How the camera moves through a scene."""

    PUSH_IN = "push_in"
    PULL_OUT = "pull_out"
    PAN_LEFT = "pan_left"
    PAN_RIGHT = "pan_right"
    TILT_UP = "tilt_up"
    TILT_DOWN = "tilt_down"
    STILL = "still"


class Line(Model):
    """What is said in a scene; ``speaker`` is ``None`` for narration."""

    speaker: str | None = None
    text: str


class DraftScene(Model):
    """A scene as an editor shows it, before a film is asked for.

    ``id`` stays the same while the scene is edited and moved. ``None`` means: as the film's
    settings say. ``characters`` are names of the script's speakers or of chosen characters.
    """

    id: str = Field(pattern=r"^[a-z0-9-]{1,36}$")
    title: str = Field(min_length=1, max_length=120)
    lines: tuple[Line, ...] = Field(min_length=1, max_length=100)
    prompt: str = Field(max_length=1000)
    negative_prompt: str = Field(default="", max_length=500)
    camera: Camera = Camera.PUSH_IN
    style: str | None = Field(default=None, max_length=120)
    seconds: float = Field(gt=0, le=60, description="length in the film")
    characters: tuple[str, ...] = Field(default=(), max_length=8)
    start: float | None = Field(default=None, ge=0, description="seconds into the source")
    end: float | None = Field(default=None, ge=0)
    continues: bool = Field(
        default=False, description="a further shot of the scene before, spoken on without a stop"
    )


class Passage(Model):
    """Sentences in a row that a film does not say. ``after`` is the scene before them."""

    after: int | None = Field(default=None, ge=0, description="scene index, null before the first")
    sentences: int = Field(ge=1)
    opening: str = Field(max_length=120, description="its first words")


class LeftOut(Model):
    """What did not fit under the settings' limits. ``passages`` has the first 100 of them."""

    sentences: int = Field(ge=1)
    words: int = Field(ge=0)
    seconds: float = Field(ge=0)
    passages: tuple[Passage, ...] = Field(default=(), max_length=100)


class Script(Model):
    """scripter -> gateway (to edit), scripter (to plan).

    ``scenes`` is the draft a user may edit. Once ``edited`` is true a film is made of these scenes
    as they stand; before, it is planned from the paragraphs under the film's own settings.
    """

    script_id: UUID
    title: str = Field(max_length=120)
    language: str
    seconds: float = Field(ge=0, description="spoken length")
    words: int = Field(ge=1)
    speakers: tuple[str, ...] = ()
    paragraphs: tuple[Paragraph, ...] = Field(min_length=1)
    scenes: tuple[DraftScene, ...] = Field(default=(), max_length=200)
    edited: bool = False
    left_out: LeftOut | None = Field(default=None, description="what the draft does not say")


class Cast(Model):
    """A character as it appears in the film."""

    name: str
    color: str = Field(pattern=r"^#[0-9a-f]{6}$")
    model_ref: str | None = None
    trigger_word: str | None = Field(
        default=None, description="how a prompt calls it, for its ``model_ref``"
    )
    image: ObjectRef | None = Field(default=None, description="how the character looks")


class Scene(Model):
    """One scene, ready to be made."""

    index: SceneIndex
    title: str = Field(max_length=120)
    frames: int = Field(ge=1)
    narration: str = Field(description="all lines in a row, as spoken")
    lines: tuple[Line, ...] = Field(min_length=1)
    prompt: str = Field(max_length=1000)
    negative_prompt: str = Field(default="", max_length=500)
    camera: Camera = Camera.PUSH_IN
    style: str = Field(default="cinematic", max_length=120)
    characters: tuple[Cast, ...] = ()
    continues: bool = Field(
        default=False, description="a further shot of the scene before, spoken on without a stop"
    )


class Plan(Model):
    """scripter -> generator, stitcher, gateway."""

    job_id: UUID
    title: str = Field(max_length=120)
    language: str
    settings: GenerationSettings
    scenes: tuple[Scene, ...] = Field(min_length=1, max_length=200)
    left_out: LeftOut | None = None
    split_sentences: int = Field(
        default=0, ge=0, description="sentences too long for one scene, spoken over several"
    )
    written_by: str = Field(default="rules", max_length=80, description="rules, user or the model")
    notes: tuple[str, ...] = Field(default=(), max_length=10, description="for the user")


MUSIC_PREVIEWS: Final = "premade/music/previews.json"
"""Where ``MusicPreviews`` lies. It and the files it names belong to everybody."""


class BedPreview(Model):
    """How a bed of the library sounds."""

    name: str
    file: ObjectRef
    seconds: float = Field(gt=0)


class MusicPreviews(Model):
    """stitcher -> gateway. Written once all its files are there; a newer version replaces it."""

    version: int = Field(ge=1)
    beds: tuple[BedPreview, ...] = Field(max_length=100)
