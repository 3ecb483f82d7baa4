"""The events of one film, from a link to a published video, as each service says them.

An example named ``full`` carries every field; another leaves optional fields out, as a producer
may.
"""

from collections.abc import Iterator
from decimal import Decimal

from contracts import events as e
from contracts.errors import ErrorCode
from contracts.story_beside import beside
from contracts.story_props import (
    CAPTIONS,
    FILM,
    IMPORT_JOB,
    JOB,
    PLAN,
    PORTRAIT,
    POSTER,
    SCRIPT,
    SCRIPT_OBJECT,
    SETTINGS,
    TRANSCRIPT,
    UPLOAD_JOB,
    UPRIGHT,
    Said,
    an_id,
    by_content,
    ids,
    stored,
)
from contracts.values import SourceKind


def story() -> Iterator[Said]:
    """Every example event, in the order in which a film is made."""
    yield from _sources()
    yield from _scripts()
    yield from _plans()
    yield from _scenes()
    yield from _films()
    yield from _publishing()
    yield from beside()


def _sources() -> Iterator[Said]:
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
    job = {**ids(IMPORT_JOB), "script_id": SCRIPT}
    again = {"source": upload, "round": 2}
    yield Said("gateway", "link", e.ImportRequested.model_validate(job | {"source": link}))
    yield Said("gateway", "upload", e.ImportRequested.model_validate(job | again))
    wordless = {
        "round": 1,
        "code": ErrorCode.TRANSCRIPT_MISSING,
        "message": "This video has no captions. Upload its captions or its sound.",
    }
    yield Said("transcriber", "full", e.SourceNeeded.model_validate(job | wordless))
    words = {
        **ids(IMPORT_JOB),
        "script_id": SCRIPT,
        "transcript": TRANSCRIPT,
        "language": "en",
        "segments": 31,
        "seconds": 58.4,
    }
    heard = words | {"origin": "speech", "cost_usd": Decimal("0.0045")}
    read = words | {"origin": "upload"}
    yield Said("transcriber", "full", e.TranscriptReady.model_validate(heard))
    yield Said("transcriber", "from-captions", e.TranscriptReady.model_validate(read))


def _scripts() -> Iterator[Said]:
    ready = {
        **ids(IMPORT_JOB),
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
    asked = {**ids(JOB), "script_id": SCRIPT, "script": SCRIPT_OBJECT}
    mira = e.CharacterRef(
        character_id=an_id("mira"),
        name="Mira",
        style="a young sailor in a yellow coat",
        image=PORTRAIT,
        model_ref=f"studio/mira:{'5' * 64}",
        trigger_word="ch7f3a",
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


def _plans() -> Iterator[Said]:
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
        **ids(JOB),
        "script_id": SCRIPT,
        "plan": PLAN,
        "title": "Moonlight over the harbour",
        "settings": SETTINGS,
        "scenes": scenes,
    }
    paid = {"cost_usd": Decimal("0.0012")}
    yield Said("scripter", "full", e.ScenesPlanned.model_validate(planned | paid))
    yield Said("scripter", "by-rules", e.ScenesPlanned.model_validate(planned))


def _scenes() -> Iterator[Said]:
    again = {
        **ids(JOB),
        "plan": PLAN,
        "scene_index": 1,
        "scene_count": 2,
        "take": 2,
        "providers": ("animatic",),
        "prompt": "Mira on the quay at night, looking up, watercolour",
    }
    yield Said("gateway", "full", e.SceneRequested.model_validate(again | {"seed": 41}))
    yield Said("gateway", "any-seed", e.SceneRequested.model_validate(again))
    started = {**ids(JOB), "scene_index": 1, "progress": 0.4, "provider": "animatic"}
    in_vain = {"take": 1, "cost_usd": Decimal("0.0720")}
    yield Said("generator", "full", e.SceneProgressed.model_validate(started | in_vain))
    yield Said("generator", "first-take", e.SceneProgressed.model_validate(started))
    made = {
        **ids(JOB),
        "scene_index": 1,
        "scene_count": 2,
        "provider": "animatic",
        "clip": e.Clip(
            video=by_content("mp4", 1_482_220, "video/mp4"),
            poster=by_content("jpg", 48_170, "image/jpeg"),
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


def _films() -> Iterator[Said]:
    cut = {**ids(JOB), "export_id": an_id("export"), "order": (1, 0)}
    chosen = {"takes": ({"scene_index": 0, "take": 1}, {"scene_index": 1, "take": 2}), "cut": 1}
    upright = {"settings": UPRIGHT, "export": True}
    yield Said("gateway", "full", e.StitchRequested.model_validate(cut | chosen | upright))
    yield Said("gateway", "last-takes", e.StitchRequested.model_validate(cut))
    joining = {**ids(JOB), "progress": 0.5}
    beside = {"export_id": an_id("export")}
    yield Said("stitcher", "full", e.StitchProgressed.model_validate(joining | beside))
    yield Said("stitcher", "the-jobs-own", e.StitchProgressed.model_validate(joining))
    stitched = {
        **ids(JOB),
        "video": FILM,
        "captions": CAPTIONS,
        "poster": POSTER,
        "title": "Moonlight over the harbour",
        "width": 1280,
        "height": 720,
        "fps": 30,
        "frames": 267,
        "scenes": 2,
    }
    told = {
        "vtt": stored(f"jobs/{JOB}/film.vtt", 1_260, "text/vtt"),
        "notes": ("1 of 4 lines are not spoken: there was no voice for them.",),
        "voices_usd": Decimal("0.0021"),
        "cut": 1,
        "export_id": an_id("export"),
        "chapters": stored(f"jobs/{JOB}/chapters.txt", 48, "text/plain"),
        "thumbnail": stored(f"jobs/{JOB}/thumbnail.jpg", 181_400, "image/jpeg"),
    }
    yield Said("stitcher", "full", e.VideoStitched.model_validate(stitched | told))
    yield Said("stitcher", "silent", e.VideoStitched.model_validate(stitched))


def _publishing() -> Iterator[Said]:
    asked = {
        **ids(UPLOAD_JOB),
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
            **ids(UPLOAD_JOB),
            channel="folder",
            video_id=str(an_id("video")),
            url=f"file:///films/{an_id('video')}",
            privacy=e.Privacy.UNLISTED,
        ),
    )
