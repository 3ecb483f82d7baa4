"""The real generator trains a character: every message twice, one training, a webhook heard."""

from pathlib import Path
from typing import Any
from uuid import uuid4

from contracts.errors import ErrorCode
from contracts.events import (
    CharacterProgressed,
    CharacterReady,
    CharacterRequested,
    ProviderCalledBack,
    StageFailed,
)
from runtime.objects import LocalObjects
from standins.replicate import KEY, ReplicateStandin
from standins.server import serving
from standins.video_faults import Faults
from studio.embedded.broker import MockBroker

from tests.component.generator.school import MODEL, wished
from tests.component.generator.stage import given_up, started
from tests.component.harness import Running, of_type
from tests.conftest import TestDatabase
from tests.waiting import until


async def asked(generator: Running) -> CharacterRequested:
    assert isinstance(generator.store, LocalObjects)
    job = uuid4()
    event = await wished(generator.store)
    return event.model_copy(update={"job_id": job, "project_id": job})


def accounts(base: str, **more: Any) -> dict[str, Any]:
    return {"accounts": {"ai_replicate_api_token": KEY, "replicate_base_url": base} | more}


async def test_a_character_is_trained_once_and_its_webhook_hastens_the_look(
    database: TestDatabase, bus: MockBroker, objects_root: Path
) -> None:
    standin = ReplicateStandin()
    script: dict[str, list[str | None]] = {"create": ["create_429"]}
    standin.faults = Faults(script=script, make_seconds=(1.5, 1.5), retry_after=0.1)
    with serving(standin.app) as base:
        # Left to its polls it would be looked at in an hour.
        told = accounts(base) | {"poll_seconds": 3_600.0}
        async with started(database, bus, objects_root, **told) as generator:
            event = await asked(generator)
            await generator.send(event)

            async def over() -> bool:
                return standin.books.ledger()["statuses"]["succeeded"] == 1

            await until(over, "the training is over")
            row = await generator.sql.fetchrow("select * from generator.attempts")
            assert row is not None
            called = ProviderCalledBack(
                job_id=event.job_id,
                user_id=event.user_id,
                project_id=event.project_id,
                provider="replicate",
                provider_request_id=row["request_id"],
                attempt_token=row["token"],
            )
            await generator.send(called)
            await generator.settle()
            said = await generator.said()
    (ready,) = of_type(said, CharacterReady)
    assert ready.model_ref.startswith(f"{MODEL}:")
    assert standin.books.ledger()["creates"] == 1
    assert of_type(said, CharacterProgressed)


async def test_where_nobody_trains_the_job_fails_and_says_what_becomes_of_the_character(
    database: TestDatabase, bus: MockBroker, objects_root: Path
) -> None:
    async with started(database, bus, objects_root) as generator:
        await generator.send(await asked(generator))
        await generator.settle()
        (failed,) = of_type(await generator.said(), StageFailed)
    assert failed.code is ErrorCode.PROVIDER_NOT_CONFIGURED
    assert "first picture" in failed.message


async def test_a_training_counts_for_the_budget(
    database: TestDatabase, bus: MockBroker, objects_root: Path
) -> None:
    standin = ReplicateStandin()
    with serving(standin.app) as base:
        told = accounts(base) | {"budget_day_usd": "1.50"}
        async with started(database, bus, objects_root, **told) as generator:
            await generator.send(await asked(generator))
            await generator.settle()
            (failed,) = of_type(await generator.said(), StageFailed)
    assert failed.code is ErrorCode.BUDGET_EXCEEDED
    assert standin.books.ledger()["creates"] == 0


async def test_cancelling_the_job_cancels_the_training(
    database: TestDatabase, bus: MockBroker, objects_root: Path
) -> None:
    standin = ReplicateStandin()
    standin.faults = Faults(make_seconds=(300, 300))
    with serving(standin.app) as base:
        told = accounts(base) | {"poll_seconds": 30.0}
        async with started(database, bus, objects_root, **told) as generator:
            event = await asked(generator)
            await generator.send(event)
            await given_up(generator, standin, event, "train")
            said = await generator.said()
    assert standin.books.ledger()["statuses"]["cancelled"] == 1
    assert of_type(said, CharacterReady) == []
