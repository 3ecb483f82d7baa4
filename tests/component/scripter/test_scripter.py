"""The scripter's real app: every event delivered twice, one script and one plan."""

from pathlib import Path
from uuid import uuid4

from contracts.documents import Plan, Segment, Transcript
from contracts.errors import ErrorCode
from contracts.events import (
    GenerationRequested,
    ScenesPlanned,
    ScriptReady,
    StageFailed,
    TranscriptReady,
)
from runtime.objects import get_model, put_model
from scripter.main import build
from scripter.settings import Settings
from studio.embedded.broker import MockBroker

from tests.component.harness import of_type, running, runtime_settings
from tests.conftest import TestDatabase


def transcript(text: str) -> Transcript:
    segment = Segment(start=0, end=4, text=text)
    return Transcript(language="en", origin="upload", segments=(segment,))


async def test_a_transcript_becomes_one_script_and_one_plan(
    bus: MockBroker, database: TestDatabase, objects_root: Path
) -> None:
    settings = runtime_settings("scripter", database, bus, objects_root)
    ids = {"user_id": uuid4(), "project_id": uuid4(), "script_id": uuid4()}
    good, silent = ids | {"job_id": uuid4()}, ids | {"job_id": uuid4()}
    told = {"language": "en", "origin": "upload", "segments": 1, "seconds": 4}
    async with running(lambda runtime: build(Settings(runtime=runtime)), settings, database) as app:
        words = await put_model(app.store, "users/u/a.json", transcript("ANN: The moon rose."))
        music = await put_model(app.store, "users/u/b.json", transcript("[Music]"))
        await app.send(
            TranscriptReady.model_validate(good | told | {"transcript": words}),
            TranscriptReady.model_validate(silent | told | {"transcript": music}),
        )
        await app.settle()
        (ready,) = of_type(await app.said(), ScriptReady)
        await app.send(GenerationRequested.model_validate(good | {"script": ready.script}))
        await app.settle()
        said = await app.said()
        (planned,) = of_type(said, ScenesPlanned)
        plan = await get_model(app.store, planned.plan, Plan)
    (failed,) = of_type(said, StageFailed)
    assert (failed.job_id, failed.code) == (silent["job_id"], ErrorCode.TRANSCRIPT_MISSING)
    assert len(said) == 3
    assert ready.speakers == ("Ann",)
    assert [scene.narration for scene in plan.scenes] == ["The moon rose."]
