"""Accept, work, emit on the embedded bus and database, with toy handlers."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from contracts.errors import ErrorCode, Rejected, Transient
from contracts.events import (
    Event,
    ImportRequested,
    JobCancelled,
    Source,
    StageFailed,
    TranscriptReady,
)
from contracts.values import SourceKind
from runtime.service import Service
from runtime.settings import RuntimeSettings
from runtime.work import Again, Done, Follow, FollowRoute, Outcome, Retry, Route, Waiting, Work
from studio.embedded.broker import MockBroker

from tests.component.harness import of_type, running, runtime_settings
from tests.conftest import TestDatabase
from tests.samples import object_ref
from tests.waiting import until

Step = Callable[["Toy", ImportRequested, Work], Outcome]


def requested(job: UUID | None = None) -> ImportRequested:
    return ImportRequested(
        job_id=job or uuid4(),
        user_id=uuid4(),
        project_id=uuid4(),
        script_id=uuid4(),
        source=Source(kind=SourceKind.TEXT, upload=object_ref("a.txt")),
    )


def ready(cause: ImportRequested) -> TranscriptReady:
    return TranscriptReady.caused_by(
        cause,
        script_id=cause.script_id,
        transcript=object_ref("t.json"),
        language="en",
        origin="upload",
        segments=1,
        seconds=1.0,
    )


@dataclass
class Toy:
    """A handler that counts its calls and answers as it is told."""

    step: Step
    calls: list[Work] = field(default_factory=list[Work])
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    cancelled: int = 0

    async def __call__(self, event: ImportRequested, work: Work) -> Outcome:
        self.calls.append(work)
        return self.step(self, event, work)


@pytest.fixture
def settings(database: TestDatabase, bus: MockBroker, objects_root: Path) -> RuntimeSettings:
    return runtime_settings("transcriber", database, bus, objects_root)


def service_of(*routes: Route | FollowRoute) -> Callable[[RuntimeSettings], Service]:
    return lambda settings: Service("transcriber", settings, routes)


def answer(_: "Toy", event: ImportRequested, __: Work) -> Outcome:
    return Done([ready(event)])


def nothing(*_: object) -> Outcome:
    return Done()


def three(_: Event) -> range:
    return range(3)


def four(_: Event) -> range:
    return range(4)


QUICK = Retry(tries=3, bug_tries=2, first=0.01, cap=0.02)


async def test_a_message_delivered_twice_is_worked_on_once_and_told_once(
    settings: RuntimeSettings, database: TestDatabase
) -> None:
    toy = Toy(answer)
    route = Route(ImportRequested, "fetch", toy)
    async with running(service_of(route), settings, database) as app:
        event = requested()
        await app.send(event, times=3)
        await app.settle()
        assert len(toy.calls) == 1
        assert await app.said() == [ready(event)]


async def test_a_transient_error_is_tried_again_then_fails_with_its_code(
    settings: RuntimeSettings, database: TestDatabase
) -> None:
    def away(*_: object) -> Outcome:
        raise Transient(ErrorCode.SOURCE_BLOCKED, retry_after=0.01)

    toy = Toy(away)
    route = Route(ImportRequested, "fetch", toy, retry=QUICK)
    async with running(service_of(route), settings, database) as app:
        await app.send(requested())
        await app.settle()
        assert [work.tries for work in toy.calls] == [0, 1, 2]
        (failed,) = of_type(await app.said(), StageFailed)
        assert failed.code is ErrorCode.SOURCE_BLOCKED


async def test_a_bug_is_tried_a_few_times_then_fails_as_internal_without_its_text(
    settings: RuntimeSettings, database: TestDatabase
) -> None:
    def bug(*_: object) -> Outcome:
        raise ZeroDivisionError("secret detail")

    toy = Toy(bug)
    route = Route(ImportRequested, "fetch", toy, retry=QUICK)
    async with running(service_of(route), settings, database) as app:
        await app.send(requested())
        await app.settle()
        assert len(toy.calls) == 2
        (failed,) = of_type(await app.said(), StageFailed)
        assert failed.code is ErrorCode.INTERNAL
        assert "secret" not in failed.message
        (row,) = await app.work()
        assert "secret detail" in row["error_detail"]


async def test_a_rejection_fails_at_once_and_names_the_scene(
    settings: RuntimeSettings, database: TestDatabase
) -> None:
    def refuse(_: Toy, __: ImportRequested, work: Work) -> Outcome:
        if work.ordinal == 1:
            raise Rejected(ErrorCode.INVALID_INPUT, "No words here.")
        return Done()

    toy = Toy(refuse)
    route = Route(ImportRequested, "fetch", toy, fan_out=three)
    async with running(service_of(route), settings, database) as app:
        await app.send(requested())
        await app.settle()
        assert sorted(work.ordinal or 0 for work in toy.calls) == [0, 1, 2]
        (failed,) = of_type(await app.said(), StageFailed)
        assert (failed.scene_index, failed.message) == (1, "No words here.")


async def test_waiting_carries_its_checkpoint_and_is_no_failed_try(
    settings: RuntimeSettings, database: TestDatabase
) -> None:
    def poll(_: Toy, event: ImportRequested, work: Work) -> Outcome:
        seen = int(work.checkpoint.get("polls", 0))
        return Waiting(0.01, {"polls": seen + 1}) if seen < 5 else Done([ready(event)])

    toy = Toy(poll)
    route = Route(ImportRequested, "fetch", toy, retry=QUICK)
    async with running(service_of(route), settings, database) as app:
        await app.send(requested())
        await app.settle()
        assert [work.checkpoint.get("polls", 0) for work in toy.calls] == [0, 1, 2, 3, 4, 5]
        assert {work.tries for work in toy.calls} == {0}


async def test_what_follows_is_made_once_however_often_it_is_asked_for(
    settings: RuntimeSettings, database: TestDatabase
) -> None:
    def follow(_: Toy, event: ImportRequested, __: Work) -> Outcome:
        return Done(follow=[Follow("join", event)])

    mark, join = Toy(follow), Toy(answer)
    routes = (
        Route(ImportRequested, "mark", mark, fan_out=four),
        FollowRoute("join", ImportRequested, join),
    )
    async with running(service_of(*routes), settings, database) as app:
        await app.send(requested())
        await app.settle()
        assert (len(mark.calls), len(join.calls)) == (4, 1)


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


async def test_bytes_that_are_no_event_go_to_the_dead_letters_with_the_reason(
    settings: RuntimeSettings, database: TestDatabase
) -> None:
    toy = Toy(nothing)
    async with running(service_of(Route(ImportRequested, "fetch", toy)), settings, database) as app:
        await app.broker.publish(
            b"\x00\xffnot json", "import.requested", key=b"\xfe", headers={"a\x00b": "c\x00d"}
        )
        event = requested()
        good = (await app.send(event, times=1))[0]
        traced = (await app.send(requested(), times=1))[0]
        bad_trace = traced.headers() | {"ce_id": str(uuid4()), "traceparent": "\x00"}
        await app.broker.publish(
            traced.body().encode(), "import.requested", key=b"k", headers=bad_trace
        )
        headers = good.headers() | {"ce_type": "filmstudio.import.requested.v9"}
        await app.broker.publish(b"{}", "import.requested", key=b"k", headers=headers)
        await app.broker.publish(
            b'{"job_id": 3}', "import.requested", key=b"k", headers=good.headers()
        )
        await app.settle()
        rows = await app.sql.fetch(
            "select key, headers, body from transcriber.outbox where topic = 'transcriber.dlq'"
        )
        reasons = {row["headers"]["dlq_reason"]: row for row in rows}
        assert set(reasons) == {"not_cloudevents", "unknown_type", "invalid_body"}
        assert reasons["not_cloudevents"]["body"] == b"\x00\xffnot json"
        assert reasons["not_cloudevents"]["key"] == b"\xfe"
        assert reasons["invalid_body"]["headers"]["dlq_topic"] == "import.requested"
        assert len(toy.calls) == 3


async def test_health_is_red_when_the_consumer_or_the_relay_is_dead(
    settings: RuntimeSettings, database: TestDatabase
) -> None:
    toy = Toy(nothing)
    async with running(service_of(Route(ImportRequested, "fetch", toy)), settings, database) as app:
        service = app.service
        assert not any(service.live().values())
        death = service.loops.dead
        relay = service.loops._tasks["relay"]
        relay.cancel()
        await asyncio.wait([relay])
        assert service.live()["relay"] == "its loop has ended"
        (task,) = service.consumer._subscriber.tasks
        task.cancel()
        await asyncio.wait([task])
        assert service.live()["consumer"] == "the consume loop has ended"
        assert not death.is_set()


async def test_a_batch_that_cannot_be_accepted_stops_the_service_instead_of_being_skipped(
    settings: RuntimeSettings, database: TestDatabase
) -> None:
    def broken(_: Event) -> list[int]:
        raise KeyError("a bug in a route")

    toy = Toy(nothing)
    route = Route(ImportRequested, "fetch", toy, fan_out=broken)
    async with running(service_of(route), settings, database) as app:
        death = app.service.loops.dead
        await app.send(requested(), times=1)
        await asyncio.wait_for(death.wait(), 10)
        assert app.service.live()["service"] is not None
        assert not await app.consumed()


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
