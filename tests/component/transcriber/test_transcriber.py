"""The transcriber's real app: every import delivered twice, one answer each."""

from pathlib import Path
from uuid import uuid4

from contracts.errors import ErrorCode
from contracts.events import (
    ImportRequested,
    ObjectRef,
    Source,
    SourceNeeded,
    StageFailed,
    TranscriptReady,
)
from contracts.values import SourceKind
from runtime.service import Service
from runtime.settings import RuntimeSettings
from standins.server import serving
from standins.youtube import Case, YouTubeStandin
from studio.embedded.broker import MockBroker
from transcriber.main import build
from transcriber.settings import Settings

from tests.component.harness import of_type, running, runtime_settings
from tests.conftest import TestDatabase

SAMPLE = Path(__file__).parents[3] / "samples" / "moonlight.vtt"


def requested(source: Source) -> ImportRequested:
    ids = {"job_id": uuid4(), "user_id": uuid4(), "project_id": uuid4(), "script_id": uuid4()}
    return ImportRequested.model_validate(ids | {"source": source})


def youtube(video: str) -> ImportRequested:
    return requested(Source(kind=SourceKind.YOUTUBE, url=f"https://youtu.be/{video}"))


def captions(upload: ObjectRef) -> ImportRequested:
    return requested(Source(kind=SourceKind.CAPTIONS, upload=upload, filename="a.vtt"))


async def test_each_import_ends_in_a_transcript_a_question_or_a_failure(
    bus: MockBroker, database: TestDatabase, objects_root: Path
) -> None:
    settings = runtime_settings("transcriber", database, bus, objects_root)
    standin = YouTubeStandin(hang_seconds=2)
    with serving(standin.app) as base:

        def with_standin(runtime: RuntimeSettings) -> Service:
            return build(Settings(runtime=runtime, youtube_transcript_base=base))

        async with running(with_standin, settings, database) as app:
            good = await app.store.put("users/u/a.vtt", SAMPLE.read_bytes(), "text/vtt")
            empty = await app.store.put("users/u/b.vtt", b"WEBVTT\n\n", "text/vtt")
            video, again, private = youtube(Case.OK), youtube(Case.OK), youtube(Case.PRIVATE)
            upload, cueless = captions(good), captions(empty)
            await app.send(video, again, private, upload, cueless)
            await app.settle()
            said = await app.said()
    ready = {event.job_id: event for event in of_type(said, TranscriptReady)}
    failed = {event.job_id: event for event in of_type(said, StageFailed)}
    needed = {event.job_id: event for event in of_type(said, SourceNeeded)}
    assert len(said) == 5
    assert ready.keys() == {video.job_id, again.job_id, upload.job_id}
    assert ready[upload.job_id].segments == 18
    assert {job: event.code for job, event in failed.items()} == {
        private.job_id: ErrorCode.INVALID_SOURCE
    }
    assert {job: event.code for job, event in needed.items()} == {
        cueless.job_id: ErrorCode.TRANSCRIPT_MISSING
    }
    assert standin.requests["timedtext", Case.OK] == 1
