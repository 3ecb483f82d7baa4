"""The real generator on the embedded bus and database, and an order of it that is given up."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from contracts.events import Event, JobCancelled
from generator.main import build
from generator.settings import Settings
from runtime.service import Service
from runtime.settings import RuntimeSettings
from standins.replicate import ReplicateStandin
from studio.embedded.broker import MockBroker

from tests.component.harness import Running, running, runtime_settings
from tests.conftest import TestDatabase
from tests.waiting import until


@asynccontextmanager
async def started(
    database: TestDatabase, bus: MockBroker, objects_root: Path, **told: Any
) -> AsyncGenerator[Running, None]:
    runtime = runtime_settings("generator", database, bus, objects_root)

    def made(settings: RuntimeSettings) -> Service:
        return build(Settings.model_validate({"runtime": settings, "encodes": 2} | told))

    async with running(made, runtime, database) as it:
        yield it


async def given_up(generator: Running, standin: ReplicateStandin, event: Event, step: str) -> None:
    """The order of ``event`` is out, its job is cancelled, and what ``step`` ordered given up."""

    async def out() -> bool:
        return standin.books.ledger()["creates"] == 1

    async def over() -> bool:
        # The row that gives it up comes due some seconds later: do not wait for that.
        await generator.sql.execute(
            "update generator.work set due_at = now() where step = $1"
            " and state = 'open' and lease_until is null and due_at > now()",
            f"undo.{step}",
        )
        return await generator.sql.fetchval(
            "select exists(select from generator.work where step = $1 and state = 'done')",
            f"undo.{step}",
        )

    await until(out, "the order is out")
    await generator.send(JobCancelled.caused_by(event))
    await until(over, "the order is given up")
