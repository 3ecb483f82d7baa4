"""Events and jobs as the projector meets them."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from contracts import events as e
from contracts.errors import ErrorCode
from contracts.values import SourceKind
from projector.domain.fold import fold
from projector.domain.state import STAGES, JobState, JobType, ScriptState

JOB = UUID("00000000-0000-4000-8000-000000000001")
USER = UUID("00000000-0000-4000-8000-000000000002")
PROJECT = UUID("00000000-0000-4000-8000-000000000003")
SCRIPT = UUID("00000000-0000-4000-8000-000000000004")
IDS: dict[str, Any] = {"job_id": JOB, "user_id": USER, "project_id": PROJECT}


def ref(name: str) -> e.ObjectRef:
    return e.ObjectRef(key=name, size=1, sha256="0" * 64, content_type="video/mp4")


def new_job(kind: JobType, *, review: bool = False) -> JobState:
    """As the gateway leaves it: with its first stage."""
    script = ScriptState(SCRIPT) if kind is JobType.IMPORT else None
    return JobState(
        JOB, USER, PROJECT, kind, stage=next(iter(STAGES[kind])), script=script, review=review
    )


def requested() -> e.GenerationRequested:
    return e.GenerationRequested(**IDS, script_id=SCRIPT, script=ref("script.json"))


def character_requested() -> e.CharacterRequested:
    return e.CharacterRequested(**IDS, character_id=SCRIPT, name="Ada", images=(ref("ada.webp"),))


def trained_to(progress: float, cost: str | None = None) -> e.CharacterProgressed:
    paid = None if cost is None else Decimal(cost)
    return e.CharacterProgressed(
        **IDS, character_id=SCRIPT, progress=progress, provider="replicate", cost_usd=paid
    )


def character_ready(cost: str = "2") -> e.CharacterReady:
    return e.CharacterReady(
        **IDS,
        character_id=SCRIPT,
        model_ref="studio/ada:5",
        trigger_word="chada",
        provider="replicate",
        cost_usd=Decimal(cost),
    )


def planned(count: int) -> e.ScenesPlanned:
    scenes = tuple(
        e.PlannedScene(index=i, title=f"Scene {i}", prompt=f"p{i}", frames=60) for i in range(count)
    )
    return e.ScenesPlanned(
        **IDS,
        script_id=SCRIPT,
        plan=ref("plan.json"),
        title="Film",
        settings=e.GenerationSettings(),
        scenes=scenes,
    )


def progressed(
    index: int, progress: float, provider: str = "animatic", take: int = 1
) -> e.SceneProgressed:
    return e.SceneProgressed(
        **IDS, scene_index=index, progress=progress, provider=provider, take=take
    )


def take_requested(index: int, count: int, take: int = 2) -> e.SceneRequested:
    return e.SceneRequested(
        **IDS,
        plan=ref("plan.json"),
        scene_index=index,
        scene_count=count,
        take=take,
        providers=("animatic",),
        prompt=f"p{index} at night",
    )


def stitch_requested(count: int, cut: int = 1) -> e.StitchRequested:
    return e.StitchRequested(**IDS, export_id=JOB, order=tuple(range(count)), cut=cut)


def generated(index: int, count: int, take: int = 1) -> e.SceneGenerated:
    clip = e.Clip(
        video=ref(f"clip{index}.mp4"),
        poster=ref(f"clip{index}.jpg"),
        width=1280,
        height=720,
        fps=30,
        frames=60,
    )
    return e.SceneGenerated(
        **IDS,
        scene_index=index,
        scene_count=count,
        take=take,
        clip=clip,
        provider="animatic",
        cost_usd=Decimal("0.25"),
    )


def export_requested(export: UUID, count: int) -> e.StitchRequested:
    return e.StitchRequested(**IDS, export_id=export, order=tuple(range(count)), export=True)


def export_dropped(export: UUID) -> e.ExportDropped:
    return e.ExportDropped(**IDS, export_id=export, request_id=export)


def joined(progress: float, export: UUID | None = None) -> e.StitchProgressed:
    return e.StitchProgressed(**IDS, progress=progress, export_id=export)


def not_joined(
    cut: int | None = None,
    export: UUID | None = None,
    code: ErrorCode = ErrorCode.STITCH_FAILED,
) -> e.StageFailed:
    return e.StageFailed(
        **IDS,
        stage="stitcher",
        code=code,
        message="no film",
        attempt=1,
        cut=cut,
        export_id=export,
    )


def stitched(count: int, cut: int = 0, export: UUID | None = None) -> e.VideoStitched:
    return e.VideoStitched(
        **IDS,
        cut=cut,
        export_id=export,
        video=ref(f"film{cut or ''}.mp4"),
        captions=ref("film.srt"),
        poster=ref("poster.jpg"),
        title="Film",
        width=1280,
        height=720,
        fps=30,
        frames=60 * count,
        scenes=count,
    )


def failed(
    scene: int | None, code: ErrorCode = ErrorCode.SCENE_TIMEOUT, take: int | None = None
) -> e.StageFailed:
    return e.StageFailed(
        **IDS,
        stage="generator",
        scene_index=scene,
        take=take,
        code=code,
        message="too slow",
        attempt=2,
    )


def cancelled() -> e.JobCancelled:
    return e.JobCancelled(**IDS, reason="changed my mind")


def fold_all(job: JobState, *events: e.Event) -> JobState:
    for event in events:
        job = fold(job, event)
    return job


def import_requested(number: int = 1) -> e.ImportRequested:
    source = e.Source(kind=SourceKind.YOUTUBE, url="https://youtu.be/abcdefghijk")
    return e.ImportRequested(**IDS, script_id=SCRIPT, source=source, round=number)


def source_needed(
    number: int = 1, code: ErrorCode = ErrorCode.TRANSCRIPT_MISSING, message: str = "no captions"
) -> e.SourceNeeded:
    return e.SourceNeeded(**IDS, script_id=SCRIPT, round=number, code=code, message=message)


def transcript_ready() -> e.TranscriptReady:
    return e.TranscriptReady(
        **IDS,
        script_id=SCRIPT,
        transcript=ref("t.json"),
        language="en",
        origin="youtube",
        segments=3,
        seconds=9,
    )


def script_ready() -> e.ScriptReady:
    return e.ScriptReady(
        **IDS,
        script_id=SCRIPT,
        script=ref("script.json"),
        title="Moon",
        language="en",
        words=20,
        seconds=9,
    )


def upload_requested() -> e.UploadRequested:
    return e.UploadRequested(**IDS, film_job_id=SCRIPT, video=ref("film.mp4"), title="Moon")


def published() -> e.VideoPublished:
    return e.VideoPublished(
        **IDS, channel="folder", video_id="x", url="file:///x", privacy=e.Privacy.PRIVATE
    )
