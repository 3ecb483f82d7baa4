"""Work that is taken back message by message: of a job, nothing else stops."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from contracts.events import ExportDropped, ImportRequested, JobCancelled, TranscriptReady
from runtime.settings import RuntimeSettings
from runtime.store import NewWork
from runtime.work import Done, Outcome, Route, Work
from studio.embedded.broker import MockBroker

from tests.component.harness import of_type, running, runtime_settings
from tests.component.runtime.toys import ready, requested, service_of
from tests.conftest import TestDatabase
from tests.waiting import until


@pytest.fixture
def settings(database: TestDatabase, bus: MockBroker, objects_root: Path) -> RuntimeSettings:
    return runtime_settings("transcriber", database, bus, objects_root)


@dataclass
class Held:
    """A step that ends when it is let go."""

    at_work: dict[UUID, Work] = field(default_factory=dict[UUID, Work])
    stopped: list[UUID] = field(default_factory=list[UUID])
    go: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, event: ImportRequested, work: Work) -> Outcome:
        self.at_work[work.event_id] = work
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.stopped.append(work.event_id)
            raise
        return Done([ready(event)])


async def nothing(_: ExportDropped, __: Work) -> Outcome:
    return Done()


def routes(held: Held) -> tuple[Route, Route]:
    return (
        Route(ImportRequested, "fetch", held),
        Route(ExportDropped, "undo.export", nothing, withdraws=lambda event: event.request_id),
    )


def dropped(event: ImportRequested, request: UUID) -> ExportDropped:
    return ExportDropped.caused_by(event, export_id=uuid4(), request_id=request)


async def test_withdrawing_a_message_stops_its_work_within_a_second_and_no_other(
    settings: RuntimeSettings, database: TestDatabase
) -> None:
    held, one, other = Held(), uuid4(), uuid4()
    async with running(service_of(*routes(held)), settings, database) as app:
        event = requested()
        await app.send(event, id=one)
        await app.send(event, id=other)  # the same job

        async def both() -> bool:
            return len(held.at_work) == 2

        await until(both, "both are at work")
        began = asyncio.get_running_loop().time()
        await app.send(dropped(event, one))

        async def stopped() -> bool:
            return bool(held.stopped)

        await until(stopped, "one is stopped")
        assert asyncio.get_running_loop().time() - began < 3  # a second, on a quiet machine
        held.go.set()
        await app.settle()
        assert held.stopped == [one]
        states = {row["event_id"]: row["state"] for row in await app.work()}
        assert (states[one], states[other]) == ("cancelled", "done")
        assert len(of_type(await app.said(), TranscriptReady)) == 1


async def test_what_was_withdrawn_before_it_came_never_starts(
    settings: RuntimeSettings, database: TestDatabase
) -> None:
    held, one = Held(), uuid4()
    async with running(service_of(*routes(held)), settings, database) as app:
        event = requested()
        await app.send(dropped(event, one))
        await app.settle()
        await app.send(event, id=one)
        await app.settle()
        assert held.at_work == {}
        assert [row["state"] for row in await app.work()] == ["done", "cancelled"]


async def test_what_gives_something_up_is_worked_on_for_a_job_that_was_given_up(
    settings: RuntimeSettings, database: TestDatabase
) -> None:
    held = Held()
    async with running(service_of(*routes(held)), settings, database) as app:
        event = requested()
        await app.send(JobCancelled.caused_by(event))
        await app.settle()
        await app.send(dropped(event, uuid4()), event)
        await app.settle()
        states = {row["step"]: row["state"] for row in await app.work()}
        assert states == {"undo.export": "done", "fetch": "cancelled"}


async def test_what_came_to_be_in_the_moment_it_was_withdrawn_is_swept(
    settings: RuntimeSettings, database: TestDatabase
) -> None:
    held, one = Held(), uuid4()
    async with running(service_of(*routes(held)), settings, database) as app:
        (envelope,) = await app.send(requested(), id=one)

        async def at_work() -> bool:
            return one in held.at_work

        await until(at_work, "it is at work")
        # As a transaction does that began before the row was there.
        await app.sql.execute(
            "insert into transcriber.withdrawn (event_id, job_id) values ($1, $2)",
            one,
            envelope.event.job_id,
        )
        assert await app.service.store.stop_cancelled() == 1
        await app.settle()
        assert [row["state"] for row in await app.work()] == ["cancelled"]
        assert await app.service.store.accept(NewWork.accepted(envelope, "fetch", [None])) == 0
