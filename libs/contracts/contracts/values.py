"""The values that events and documents are made of: references, sources, settings, clips."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
SceneIndex = Annotated[int, Field(ge=0, le=999)]
Progress = Annotated[float, Field(ge=0.0, le=1.0)]


class Model(BaseModel):
    """A frozen value; unknown fields of a newer producer are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class ObjectRef(Model):
    """Where a text or a media file lies in the object store."""

    key: str = Field(min_length=1, max_length=512, examples=["users/u/projects/p/plan.json"])
    size: int = Field(ge=0, description="bytes")
    sha256: Sha256
    content_type: str = Field(examples=["video/mp4"])


class SourceKind(StrEnum):
    """What a film is made from."""

    YOUTUBE = "youtube"
    CAPTIONS = "captions"
    TEXT = "text"
    AUDIO = "audio"
    VIDEO = "video"


class Source(Model):
    """A link, or an uploaded file."""

    kind: SourceKind
    url: str | None = Field(default=None, max_length=2048)
    upload: ObjectRef | None = None
    filename: str | None = Field(default=None, max_length=255)
    language: str | None = Field(default=None, max_length=35, description="BCP 47, as asked for")


class CharacterRef(Model):
    """A character bound to a job: the name is shown, ``model_ref`` is the provider's."""

    character_id: UUID | None = None
    name: str = Field(min_length=1, max_length=80)
    style: str | None = Field(default=None, max_length=200)
    image: ObjectRef | None = None
    model_ref: str | None = Field(default=None, max_length=200)
    trigger_word: str | None = Field(
        default=None, max_length=40, description="how a prompt calls it, for its ``model_ref``"
    )
    speaker: str | None = Field(
        default=None, max_length=80, description="whom of the script it plays, if that was chosen"
    )


class Transition(StrEnum):
    """How one scene becomes the next. All but a cut show both for a while."""

    CUT = "cut"
    FADE = "fade"
    DISSOLVE = "dissolve"
    FADE_BLACK = "fade_black"
    SLIDE = "slide"
    WIPE = "wipe"


class SoundSettings(Model):
    """What a film sounds like besides its clips."""

    narration: bool = Field(default=True, description="the script's lines are spoken")
    voice: str | None = Field(
        default=None, max_length=80, description="the narrator's; unset: the first there is"
    )
    music: str | None = Field(
        default="calm", max_length=40, description="a bed of the library; null: none"
    )
    upload: ObjectRef | None = Field(default=None, description="own music, instead of a bed")
    music_db: float = Field(
        default=-16.0, ge=-40.0, le=6.0, description="beside the voices, before it gives way"
    )


class CaptionSize(StrEnum):
    """How large captions are drawn."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


class CaptionPosition(StrEnum):
    """Where captions are drawn."""

    BOTTOM = "bottom"
    MIDDLE = "middle"
    TOP = "top"


class CaptionSettings(Model):
    """Captions drawn into the picture. The files are made in any case."""

    burn: bool = Field(default=False, description="draw them; every picture is encoded anew")
    font: str | None = Field(
        default=None, pattern=r"^[\w .-]{1,60}$", description="a family that the server has"
    )
    size: CaptionSize = CaptionSize.MEDIUM
    position: CaptionPosition = CaptionPosition.BOTTOM
    karaoke: bool = Field(default=False, description="words light up where their times are known")


class Fit(StrEnum):
    """How a clip fills a picture of another shape than its own."""

    CROP = "crop"
    BLUR = "blur"


class Framing(Model):
    """How clips fill the film's picture: cut to it around a point, or whole on a blurred ground."""

    fit: Fit = Fit.CROP
    focus_x: float = Field(default=0.5, ge=0.0, le=1.0, description="kept by a crop; 0 is left")
    focus_y: float = Field(default=0.5, ge=0.0, le=1.0, description="kept by a crop; 0 is the top")


class TitleSettings(Model):
    """Cards before and after the scenes. Without a text there is no card."""

    title: str | None = Field(default=None, max_length=120, description="before the first scene")
    subtitle: str | None = Field(default=None, max_length=160, description="below the title")
    end: str | None = Field(default=None, max_length=240, description="after the last scene")
    seconds: float = Field(default=3.0, ge=1.0, le=10.0, description="how long a card is seen")


class ThumbnailSettings(Model):
    """The picture that stands for the film."""

    scene_index: SceneIndex | None = Field(
        default=None, description="whose poster it is; unset: the first scene's of the film"
    )
    text: str | None = Field(
        default=None, max_length=80, description="on the designed one; unset: the film's title"
    )


class JointSettings(Model):
    """How one scene becomes the next, where that differs from the film's other joints."""

    after: SceneIndex
    transition: Transition
    seconds: float = Field(default=0.5, ge=0.0, le=1.0, description="for how long both are seen")


class GenerationSettings(Model):
    """What a user may choose for a film."""

    width: int = Field(default=1280, ge=320, le=1920, multiple_of=2, description="pixels")
    height: int = Field(default=720, ge=320, le=1920, multiple_of=2, description="pixels")
    fps: int = Field(default=30, ge=24, le=30, description="frames per second")
    max_scene_seconds: float = Field(default=8.0, ge=2.0, le=30.0)
    min_scene_seconds: float = Field(default=2.0, ge=1.0, le=30.0)
    max_scenes: int = Field(default=60, ge=1, le=200)
    target_seconds: float | None = Field(default=None, ge=2.0, le=7200.0)
    style: str = Field(default="cinematic", max_length=120)
    providers: tuple[str, ...] = Field(default=("animatic",), min_length=1, max_length=8)
    transition: Transition = Field(
        default=Transition.CUT, description="between scenes; a cut loses no word of either"
    )
    transition_seconds: float = Field(
        default=0.5, ge=0.0, le=1.0, description="for how long both scenes show, unless cut"
    )
    joints: tuple[JointSettings, ...] = Field(
        default=(), max_length=200, description="transitions after single scenes"
    )
    framing: Framing = Framing()
    titles: TitleSettings = TitleSettings()
    thumbnail: ThumbnailSettings = ThumbnailSettings()
    sound: SoundSettings = SoundSettings()
    captions: CaptionSettings = CaptionSettings()
    budget_usd: Decimal | None = Field(
        default=None, gt=0, le=10_000, description="no scene is ordered beyond this; unset: no cap"
    )
    review: bool = Field(
        default=False, description="the film waits for its user once all scenes are made"
    )


class PlannedScene(Model):
    """One scene as other services need it; its narration lies in the plan object."""

    index: SceneIndex
    title: str = Field(max_length=120)
    prompt: str = Field(max_length=1000)
    frames: int = Field(ge=1, description="length in frames at the film's rate")
    characters: tuple[str, ...] = ()


class ChosenTake(Model):
    """Which take of a scene goes into a film."""

    scene_index: SceneIndex
    take: int = Field(ge=1)


class Clip(Model):
    """A take in the mezzanine format."""

    video: ObjectRef
    poster: ObjectRef
    width: int = Field(ge=2, description="pixels")
    height: int = Field(ge=2, description="pixels")
    fps: int = Field(ge=1, description="frames per second")
    frames: int = Field(ge=1)


class Privacy(StrEnum):
    """Who may see an upload. The default is the safe one."""

    PRIVATE = "private"
    UNLISTED = "unlisted"
    PUBLIC = "public"
