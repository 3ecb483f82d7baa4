"""What happens beside a film: its characters are made, and what can go wrong with it."""

from collections.abc import Iterator
from decimal import Decimal

from contracts import events as e
from contracts.errors import ErrorCode
from contracts.story_props import IMPORT_JOB, JOB, PORTRAIT, Said, an_id, ids


def beside() -> Iterator[Said]:
    """Examples that belong to no place in the story."""
    yield from _characters()
    yield from _troubles()


def _characters() -> Iterator[Said]:
    job, mira = an_id("character job"), an_id("mira")
    yield Said(
        "gateway",
        "full",
        e.CharacterRequested(**ids(job), character_id=mira, name="Mira", images=(PORTRAIT,)),
    )
    going = {**ids(job), "character_id": mira, "progress": 0.4, "provider": "replicate"}
    in_vain = {"cost_usd": Decimal("0.0100")}
    yield Said("generator", "full", e.CharacterProgressed.model_validate(going | in_vain))
    yield Said("generator", "well", e.CharacterProgressed.model_validate(going))
    ready = {**ids(job), "character_id": mira, "model_ref": f"studio/mira:{'5' * 64}"}
    told = {"trigger_word": "ch7f3a", "provider": "replicate", "cost_usd": Decimal("2.0000")}
    yield Said("generator", "full", e.CharacterReady.model_validate(ready | told))
    yield Said("generator", "model-only", e.CharacterReady.model_validate(ready))


def _troubles() -> Iterator[Said]:
    called = {**ids(JOB), "provider": "animatic", "provider_request_id": "req-7f3a"}
    token = {"attempt_token": "scene-1-take-2"}
    yield Said("gateway", "full", e.ProviderCalledBack.model_validate(called | token))
    yield Said("gateway", "without-token", e.ProviderCalledBack.model_validate(called))
    yield Said(
        "gateway", "full", e.JobCancelled.model_validate(ids(JOB) | {"reason": "Wrong script"})
    )
    yield Said("gateway", "without-reason", e.JobCancelled.model_validate(ids(JOB)))
    timeout = {"code": ErrorCode.SCENE_TIMEOUT, "message": "A scene took longer than allowed"}
    scene = {
        "stage": "generator",
        "scene_index": 1,
        "take": 2,
        "attempt": 3,
        "provider_request_id": "req-7f3a",
        "export_id": an_id("export"),
        "cut": 1,
    }
    yield Said("generator", "full", e.StageFailed.model_validate(ids(JOB) | timeout | scene))
    no_words = {"code": ErrorCode.TRANSCRIPT_MISSING, "message": "There are no words in this file"}
    stage = {"stage": "transcriber", "attempt": 1}
    failed = e.StageFailed.model_validate(ids(IMPORT_JOB) | no_words | stage)
    yield Said("transcriber", "whole-job", failed)
    yield Said(
        "projector", "full", e.JobUpdated(**ids(JOB), version=14, status="running", progress=62)
    )
    unwanted = {"export_id": an_id("export"), "request_id": an_id("stitch request")}
    yield Said("gateway", "full", e.ExportDropped.model_validate(ids(JOB) | unwanted))
