"""Rows under a lease: checkpoints, lost leases, cancelling, a clean stop."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from contracts.events import (
    ImportRequested,
    JobCancelled,
    TranscriptReady,
)
from runtime.settings import RuntimeSettings
from runtime.work import Again, Done, Outcome, Route, Work

from tests.component.harness import of_type, running
from tests.component.runtime.toys import Toy, answer, ready, requested, service_of
from tests.conftest import TestDatabase
from tests.waiting import until


async def test_a_checkpoint_saved_before_a_crash_is_there_for_the_next_worker(
    settings: RuntimeSettings, database: TestDatabase
) -> None:
    @dataclass
    class Crash:
        seen: list[dict[str, object]] = field(default_factory=list[dict[str, object]])

        async def __call__(self, event: ImportRequested, work: Work) -> Outcome:
            self.seen.append(dict(work.checkpoint))
            if not work.checkpoint:
                await work.save({"paid": "id-1"})
                raise ConnectionResetError("the process as good as died")
            return Done([ready(event)])

    crash = Crash()
    route = Route(ImportRequested, "fetch", crash)
    quick = settings.model_copy(update={"work_lease_seconds": 0.2})
    async with running(service_of(route), quick, database) as app:
        await app.send(requested())
        await app.settle()
        assert crash.seen == [{}, {"paid": "id-1"}]


async def test_a_worker_that_lost_its_lease_is_stopped_and_writes_nothing(
    settings: RuntimeSettings, database: TestDatabase
) -> None:
    @dataclass
    class Slow:
        started: asyncio.Event = field(default_factory=asyncio.Event)
        attempts: list[int] = field(default_factory=list[int])

        async def __call__(self, event: ImportRequested, work: Work) -> Outcome:
            self.attempts.append(work.attempt)
            if len(self.attempts) == 1:
                self.started.set()
                await asyncio.Event().wait()  # for ever: only losing the lease ends it
            return Done([ready(event)])

    slow = Slow()
    async with running(
        service_of(Route(ImportRequested, "fetch", slow)), settings, database
    ) as app:
        await app.send(requested())
        await slow.started.wait()
        # As another replica does after this one was paused past its lease.
        await app.sql.execute(
            "update transcriber.work set attempt = attempt + 1, lease_until = now()"
        )
        await app.settle()
        assert slow.attempts == [1, 3]
        assert len(of_type(await app.said(), TranscriptReady)) == 1


async def test_a_service_that_can_renew_no_lease_any_more_ends(
    settings: RuntimeSettings, database: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = asyncio.Event()

    async def at_work(_: ImportRequested, __: Work) -> Outcome:
        await done.wait()
        return Done()

    async def broken(*_: object) -> None:
        raise ValueError("a bug")

    route = Route(ImportRequested, "fetch", at_work)
    async with running(service_of(route), settings, database) as app:
        monkeypatch.setattr(app.service.store, "renew", broken)
        await app.send(requested())
        await asyncio.wait_for(app.service.loops.dead.wait(), 10)
        assert app.service.live()["workers"] == "its loop has ended"
        done.set()


async def test_cancel_stops_running_work_and_work_that_comes_later(
    settings: RuntimeSettings, database: TestDatabase
) -> None:
    @dataclass
    class Endless:
        started: asyncio.Event = field(default_factory=asyncio.Event)
        stopped: asyncio.Event = field(default_factory=asyncio.Event)

        async def __call__(self, event: ImportRequested, work: Work) -> Outcome:
            self.started.set()
            try:
                await asyncio.Event().wait()
            finally:
                self.stopped.set()
            return Done([ready(event)])

    endless = Endless()
    route = Route(ImportRequested, "fetch", endless)
    async with running(service_of(route), settings, database) as app:
        event = requested()
        await app.send(event)
        await endless.started.wait()
        await app.send(JobCancelled.caused_by(event, reason="changed my mind"))
        await asyncio.wait_for(endless.stopped.wait(), 10)
        await app.send(event)  # under a new id: as if it had been delayed
        await app.settle()
        assert {row["state"] for row in await app.work()} == {"cancelled"}
        assert await app.said() == []


async def test_what_a_cancelled_row_began_outside_is_given_up_once(
    settings: RuntimeSettings, database: TestDatabase
) -> None:
    began = asyncio.Event()
    given_up: list[Mapping[str, Any]] = []

    async def order(_: ImportRequested, work: Work) -> Outcome:
        await work.save({"order": 7})
        began.set()
        await asyncio.Event().wait()
        return Done()

    async def give_up(_: ImportRequested, work: Work) -> Outcome:
        given_up.append(work.checkpoint)
        return Done()

    route = Route(ImportRequested, "fetch", order, undo=give_up)
    async with running(service_of(route), settings, database) as app:
        event = requested()
        await app.send(event)
        await began.wait()
        await app.send(JobCancelled.caused_by(event), times=2)
        await until(app.consumed, "the cancel is accepted")
        await app.sql.execute("update transcriber.work set due_at = now() where state = 'open'")
        app.service.workers.wake()
        await app.settle()
        assert given_up == [{"order": 7}]
        assert [row["state"] for row in await app.work()] == ["cancelled", "done"]


async def test_unfinished_work_is_handed_back_on_a_clean_stop(
    settings: RuntimeSettings, database: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runtime.workers.STOP_SECONDS", 0.05)
    started = asyncio.Event()

    @dataclass
    class Endless:
        async def __call__(self, event: ImportRequested, work: Work) -> Outcome:
            started.set()
            await asyncio.Event().wait()
            return Again("never")

    route = Route(ImportRequested, "fetch", Endless())
    async with running(service_of(route), settings, database) as app:
        await app.send(requested())
        await started.wait()
        await until(app.consumed, "consumed")
    quick = Toy(answer)
    again = service_of(Route(ImportRequested, "fetch", quick))
    async with running(again, settings, database) as app:
        await app.settle()
        assert [work.attempt for work in quick.calls] == [2]
