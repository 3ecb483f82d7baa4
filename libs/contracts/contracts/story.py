"""The events of one film, from a link to a published video, as each service says them.

An example named ``full`` carries every field; another leaves optional fields out, as a producer
may. Ids, sizes and checksums are the same on every run.
"""

import hashlib
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid5

from contracts import events as e
from contracts.errors import ErrorCode
from contracts.values import (
    CaptionPosition,
    CaptionSettings,
    CaptionSize,
    SoundSettings,
    SourceKind,
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


def _ids(job: UUID) -> dict[str, UUID]:
    return {"job_id": job, "user_id": USER, "project_id": PROJECT}


def stored(path: str, size: int, content_type: str) -> e.ObjectRef:
    """A reference to an object of the example project."""
    return e.ObjectRef(
        key=f"{PROJECT_KEY}/{path}",
        size=size,
        sha256=hashlib.sha256(path.encode()).hexdigest(),
        content_type=content_type,
    )


def _by_content(ending: str, size: int, content_type: str) -> e.ObjectRef:
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
)


def story() -> Iterator[Said]:
    """Every example event, in the order in which a film is made."""
    yield from _from_source_to_plan()
    yield from _from_plan_to_film()
    yield from _publishing()
    yield from _characters()
    yield from _troubles()


def _from_source_to_plan() -> Iterator[Said]:
    link = e.Source(
        kind=SourceKind.YOUTUBE,
        url="https://www.youtube.com/watch?v=jNQXAC9IVRw",
        language="en",
    )
    upload = e.Source(
        kind=SourceKind.CAPTIONS,
        upload=stored(f"scripts/{SCRIPT}/upload.vtt", 2_140, "text/vtt"),
        filename="moonlight.vtt",
    )
    yield Said(
        "gateway",
        "link",
        e.ImportRequested.model_validate({**_ids(IMPORT_JOB), "script_id": SCRIPT, "source": link}),
    )
    yield Said(
        "gateway",
        "upload",
        e.ImportRequested.model_validate(
            {**_ids(IMPORT_JOB), "script_id": SCRIPT, "source": upload, "round": 2}
        ),
    )
    yield Said(
        "transcriber",
        "full",
        e.SourceNeeded.model_validate(
            {
                **_ids(IMPORT_JOB),
                "script_id": SCRIPT,
                "round": 1,
                "code": ErrorCode.TRANSCRIPT_MISSING,
                "message": "This video has no captions. Upload its captions or its sound.",
            }
        ),
    )
    yield Said(
        "transcriber",
        "full",
        e.TranscriptReady(
            **_ids(IMPORT_JOB),
            script_id=SCRIPT,
            transcript=TRANSCRIPT,
            language="en",
            origin="speech",
            segments=31,
            seconds=58.4,
            cost_usd=Decimal("0.0045"),
        ),
    )
    yield Said(
        "transcriber",
        "from-captions",
        e.TranscriptReady.model_validate(
            {
                **_ids(IMPORT_JOB),
                "script_id": SCRIPT,
                "transcript": TRANSCRIPT,
                "language": "en",
                "origin": "upload",
                "segments": 31,
                "seconds": 58.4,
            }
        ),
    )
    ready = {
        **_ids(IMPORT_JOB),
        "script_id": SCRIPT,
        "script": SCRIPT_OBJECT,
        "title": "Moonlight over the harbour",
        "language": "en",
        "words": 148,
        "seconds": 58.4,
    }
    yield Said(
        "scripter", "full", e.ScriptReady.model_validate(ready | {"speakers": ("Mira", "Jonas")})
    )
    yield Said("scripter", "without-speakers", e.ScriptReady.model_validate(ready))
    asked = {**_ids(JOB), "script_id": SCRIPT, "script": SCRIPT_OBJECT}
    mira = e.CharacterRef(
        character_id=an_id("mira"),
        name="Mira",
        style="a young sailor in a yellow coat",
        image=PORTRAIT,
        model_ref="animatic/mira",
        speaker="Mira",
    )
    jonas = e.CharacterRef(name="Jonas")
    yield Said(
        "gateway",
        "full",
        e.GenerationRequested.model_validate(
            asked | {"settings": SETTINGS, "characters": (mira, jonas)}
        ),
    )
    yield Said("gateway", "with-defaults", e.GenerationRequested.model_validate(asked))


def _from_plan_to_film() -> Iterator[Said]:
    scenes = (
        e.PlannedScene(
            index=0,
            title="The lamp",
            prompt="A lighthouse at dusk, slow push in, watercolour",
            frames=150,
        ),
        e.PlannedScene(
            index=1,
            title="Mira answers",
            prompt="Mira on the quay, looking up, watercolour",
            frames=117,
            characters=("Mira",),
        ),
    )
    planned = {
        **_ids(JOB),
        "script_id": SCRIPT,
        "plan": PLAN,
        "title": "Moonlight over the harbour",
        "settings": SETTINGS,
        "scenes": scenes,
    }
    paid = {"cost_usd": Decimal("0.0012")}
    yield Said("scripter", "full", e.ScenesPlanned.model_validate(planned | paid))
    yield Said("scripter", "by-rules", e.ScenesPlanned.model_validate(planned))
    started = {**_ids(JOB), "scene_index": 1, "progress": 0.4, "provider": "animatic"}
    yield Said("generator", "full", e.SceneProgressed.model_validate(started | {"take": 1}))
    yield Said("generator", "first-take", e.SceneProgressed.model_validate(started))
    made = {
        **_ids(JOB),
        "scene_index": 1,
        "scene_count": 2,
        "provider": "animatic",
        "clip": e.Clip(
            video=_by_content("mp4", 1_482_220, "video/mp4"),
            poster=_by_content("jpg", 48_170, "image/jpeg"),
            width=1280,
            height=720,
            fps=30,
            frames=117,
        ),
    }
    paid = {
        "take": 2,
        "provider_request_id": "req-7f3a",
        "cost_usd": Decimal("0.4200"),
        "reused": False,
    }
    yield Said("generator", "full", e.SceneGenerated.model_validate(made | paid))
    yield Said("generator", "free-of-charge", e.SceneGenerated.model_validate(made))
    yield Said(
        "gateway",
        "full",
        e.StitchRequested(**_ids(JOB), export_id=an_id("export"), order=(1, 0)),
    )
    yield Said(
        "stitcher",
        "full",
        e.VideoStitched(
            **_ids(JOB),
            video=FILM,
            captions=CAPTIONS,
            poster=POSTER,
            title="Moonlight over the harbour",
            width=1280,
            height=720,
            fps=30,
            frames=267,
            scenes=2,
            vtt=stored(f"jobs/{JOB}/film.vtt", 1_260, "text/vtt"),
            notes=("1 of 4 lines are not spoken: there was no voice for them.",),
            voices_usd=Decimal("0.0021"),
        ),
    )


def _publishing() -> Iterator[Said]:
    asked = {
        **_ids(UPLOAD_JOB),
        "film_job_id": JOB,
        "video": FILM,
        "title": "Moonlight over the harbour",
    }
    chosen = {
        "captions": CAPTIONS,
        "description": "A short film made from a bedtime story.",
        "tags": ("story", "harbour"),
        "privacy": e.Privacy.UNLISTED,
        "made_for_kids": True,
    }
    yield Said("gateway", "full", e.UploadRequested.model_validate(asked | chosen))
    yield Said("gateway", "with-defaults", e.UploadRequested.model_validate(asked))
    yield Said(
        "publisher",
        "full",
        e.VideoPublished(
            **_ids(UPLOAD_JOB),
            channel="folder",
            video_id=str(an_id("video")),
            url=f"file:///films/{an_id('video')}",
            privacy=e.Privacy.UNLISTED,
        ),
    )


def _characters() -> Iterator[Said]:
    job, mira = an_id("character job"), an_id("mira")
    yield Said(
        "gateway",
        "full",
        e.CharacterRequested(**_ids(job), character_id=mira, name="Mira", images=(PORTRAIT,)),
    )
    yield Said(
        "generator",
        "full",
        e.CharacterReady(**_ids(job), character_id=mira, model_ref="animatic/mira"),
    )


def _troubles() -> Iterator[Said]:
    called = {**_ids(JOB), "provider": "animatic", "provider_request_id": "req-7f3a"}
    token = {"attempt_token": "scene-1-take-2"}
    yield Said("gateway", "full", e.ProviderCalledBack.model_validate(called | token))
    yield Said("gateway", "without-token", e.ProviderCalledBack.model_validate(called))
    yield Said(
        "gateway", "full", e.JobCancelled.model_validate(_ids(JOB) | {"reason": "Wrong script"})
    )
    yield Said("gateway", "without-reason", e.JobCancelled.model_validate(_ids(JOB)))
    timeout = {"code": ErrorCode.SCENE_TIMEOUT, "message": "A scene took longer than allowed"}
    scene = {
        "stage": "generator",
        "scene_index": 1,
        "attempt": 3,
        "provider_request_id": "req-7f3a",
    }
    yield Said("generator", "full", e.StageFailed.model_validate(_ids(JOB) | timeout | scene))
    no_words = {"code": ErrorCode.TRANSCRIPT_MISSING, "message": "There are no words in this file"}
    stage = {"stage": "transcriber", "attempt": 1}
    failed = e.StageFailed.model_validate(_ids(IMPORT_JOB) | no_words | stage)
    yield Said("transcriber", "whole-job", failed)
    yield Said(
        "projector", "full", e.JobUpdated(**_ids(JOB), version=14, status="running", progress=62)
    )
