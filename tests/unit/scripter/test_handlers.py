"""TranscriptReady becomes ScriptReady, GenerationRequested becomes ScenesPlanned."""

from collections import deque
from pathlib import Path
from uuid import UUID

import pytest
from contracts.documents import Plan, Script
from contracts.errors import Rejected
from contracts.events import (
    CharacterRef,
    GenerationRequested,
    GenerationSettings,
    ScenesPlanned,
    ScriptReady,
    TranscriptReady,
)
from runtime.objects import LocalObjects, get_model, put_model
from runtime.work import Done
from scripter.domain import with_drafts
from scripter.handlers import Author, PlanScenes, WriteScript

from tests.unit.scripter.fakes import FakeAnswers, FakeSceneModel
from tests.unit.scripter.making import JOB_ID, SCRIPT_ID, captions, script
from tests.unit.scripter.working import work

FOLDER = f"users/{UUID(int=4)}/projects/{UUID(int=5)}"
IDS = {"job_id": JOB_ID, "user_id": UUID(int=4), "project_id": UUID(int=5), "script_id": SCRIPT_ID}


@pytest.fixture
def store(tmp_path: Path) -> LocalObjects:
    return LocalObjects(tmp_path, public_url="http://x/objects", signing_key=b"k")


async def test_a_transcript_becomes_a_script(store: LocalObjects) -> None:
    said = captions((0, 2, "ANN: Good evening."), (2, 3, "[Music]"), (3, 5, "BOB: Good night."))
    event = TranscriptReady.model_validate(
        IDS
        | {
            "transcript": await put_model(store, f"{FOLDER}/transcript.json", said),
            "language": "en",
            "origin": "upload",
            "segments": 3,
            "seconds": 5,
        }
    )
    outcome = await WriteScript(store)(event, work("write"))
    assert outcome == await WriteScript(store)(event, work("write"))
    assert isinstance(outcome, Done)
    (ready,) = outcome.events
    assert isinstance(ready, ScriptReady)
    assert ready.script.key == f"{FOLDER}/scripts/{SCRIPT_ID}/script.json"
    assert (ready.speakers, ready.words, ready.title) == (("Ann", "Bob"), 4, "Good evening")
    written = await get_model(store, ready.script, Script)
    (scene,) = written.scenes
    assert [line.text for line in scene.lines] == ["Good evening.", "Good night."]
    assert not written.edited
    assert [p.sentences for p in written.paragraphs] == [("Good evening.",), ("Good night.",)]


async def requested(store: LocalObjects, *sentences: str) -> GenerationRequested:
    source = script(("Ann", sentences))
    return GenerationRequested.model_validate(
        IDS
        | {
            "script": await put_model(store, f"{FOLDER}/script.json", source),
            "settings": GenerationSettings(fps=24),
            "characters": (CharacterRef(name="Ada"),),
        }
    )


async def test_a_script_becomes_a_plan(store: LocalObjects) -> None:
    event = await requested(store, "The moon rose over the harbour.")
    outcome = await PlanScenes(store, Author())(event, work("plan"))
    assert outcome == await PlanScenes(store, Author())(event, work("plan"))
    assert isinstance(outcome, Done)
    (planned,) = outcome.events
    assert isinstance(planned, ScenesPlanned)
    assert planned.plan.key == f"{FOLDER}/jobs/{JOB_ID}/plan.json"
    plan = await get_model(store, planned.plan, Plan)
    assert plan.job_id == JOB_ID
    assert [(s.index, s.frames, s.prompt) for s in planned.scenes] == [
        (s.index, s.frames, s.prompt) for s in plan.scenes
    ]
    assert planned.scenes[0].characters == ("Ada",)
    assert planned.scenes[0].frames == round(6 * 0.4 * 24)


async def test_an_edited_script_is_filmed_scene_by_scene_without_a_model(
    store: LocalObjects,
) -> None:
    drafted = with_drafts(script(("Ann", ("The moon rose over the harbour.",))))
    (scene,) = drafted.scenes
    mine = scene.model_copy(update={"title": "Mine", "seconds": 5.0})
    edited = drafted.model_copy(update={"scenes": (mine,), "edited": True})
    event = (await requested(store, "Never read.")).model_copy(
        update={"script": await put_model(store, f"{FOLDER}/edited.json", edited)}
    )
    never = FakeSceneModel(deque([AssertionError("the user has written this film")]))
    outcome = await PlanScenes(store, Author(never, FakeAnswers()))(event, work("plan"))
    assert isinstance(outcome, Done)
    (planned,) = outcome.events
    assert isinstance(planned, ScenesPlanned)
    assert [(s.title, s.frames) for s in planned.scenes] == [("Mine", 120)]
    assert (await get_model(store, planned.plan, Plan)).written_by == "user"


async def test_a_script_without_words_is_refused(store: LocalObjects) -> None:
    event = await requested(store, "...")
    with pytest.raises(Rejected):
        await PlanScenes(store, Author())(event, work("plan"))
