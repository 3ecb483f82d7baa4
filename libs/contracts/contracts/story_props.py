"""What the example story is made of: ids, stored objects, settings.

Ids, sizes and checksums are the same on every run.
"""

import hashlib
from decimal import Decimal
from typing import NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid5

from contracts import events as e
from contracts.values import (
    CaptionPosition,
    CaptionSettings,
    CaptionSize,
    Fit,
    Framing,
    JointSettings,
    SoundSettings,
    ThumbnailSettings,
    TitleSettings,
    Transition,
)


class Said(NamedTuple):
    """Who says what, and the example's name."""

    service: str
    name: str
    event: e.Event


def an_id(name: str) -> UUID:
    """The same id for the same name."""
    return uuid5(NAMESPACE_URL, f"urn:filmstudio:example:{name}")


USER, PROJECT, SCRIPT = an_id("user"), an_id("project"), an_id("script")
JOB, UPLOAD_JOB, IMPORT_JOB = an_id("film job"), an_id("upload job"), an_id("import job")
PROJECT_KEY = f"users/{USER}/projects/{PROJECT}"


def ids(job: UUID) -> dict[str, UUID]:
    """What every event of a job carries."""
    return {"job_id": job, "user_id": USER, "project_id": PROJECT}


def stored(path: str, size: int, content_type: str) -> e.ObjectRef:
    """A reference to an object of the example project."""
    return e.ObjectRef(
        key=f"{PROJECT_KEY}/{path}",
        size=size,
        sha256=hashlib.sha256(path.encode()).hexdigest(),
        content_type=content_type,
    )


def by_content(ending: str, size: int, content_type: str) -> e.ObjectRef:
    """A reference to an object that is named for its bytes."""
    digest = hashlib.sha256(f"Mira answers, {ending}".encode()).hexdigest()
    ref = stored(f"clips/{digest}.{ending}", size, content_type)
    return ref.model_copy(update={"sha256": digest})


TRANSCRIPT = stored(f"scripts/{SCRIPT}/transcript.json", 5_431, "application/json")
SCRIPT_OBJECT = stored(f"scripts/{SCRIPT}/script.json", 4_822, "application/json")
PLAN = stored(f"jobs/{JOB}/plan.json", 7_310, "application/json")
FILM = stored(f"jobs/{JOB}/film.mp4", 18_234_112, "video/mp4")
CAPTIONS = stored(f"jobs/{JOB}/film.srt", 1_204, "application/x-subrip")
POSTER = stored(f"jobs/{JOB}/poster.jpg", 61_033, "image/jpeg")
PORTRAIT = stored("characters/mira.png", 402_118, "image/png")
SETTINGS = e.GenerationSettings(
    width=1280,
    height=720,
    fps=30,
    max_scene_seconds=8.0,
    min_scene_seconds=2.0,
    max_scenes=12,
    target_seconds=60.0,
    style="watercolour",
    providers=("animatic",),
    transition=Transition.FADE,
    transition_seconds=0.5,
    sound=SoundSettings(
        narration=True,
        voice="f2",
        music="calm",
        upload=stored("music/harbour.mp3", 2_310_114, "audio/mpeg"),
        music_db=-12.0,
    ),
    captions=CaptionSettings(
        burn=True,
        font="DejaVu Sans",
        size=CaptionSize.LARGE,
        position=CaptionPosition.BOTTOM,
        karaoke=True,
    ),
    joints=(JointSettings(after=0, transition=Transition.FADE_BLACK, seconds=1.0),),
    framing=Framing(fit=Fit.CROP, focus_x=0.4, focus_y=0.5),
    titles=TitleSettings(
        title="Moonlight", subtitle="A film in two scenes", end="Thank you", seconds=3.0
    ),
    thumbnail=ThumbnailSettings(scene_index=1, text="Moonlight"),
    budget_usd=Decimal("5.00"),
    review=True,
)
UPRIGHT = SETTINGS.model_copy(
    update={"width": 720, "height": 1280, "framing": Framing(fit=Fit.BLUR)}
)
