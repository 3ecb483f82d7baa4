"""Accept, work, emit on the embedded bus and database, with toy handlers."""

import asyncio
from uuid import uuid4

from contracts.errors import ErrorCode, Rejected, Transient
from contracts.events import (
    Event,
    ImportRequested,
    StageFailed,
)
from runtime.settings import RuntimeSettings
from runtime.work import Done, Follow, FollowRoute, Outcome, Route, Waiting, Work

from tests.component.harness import of_type, running
from tests.component.runtime.toys import (
    QUICK,
    Toy,
    answer,
    four,
    nothing,
    ready,
    requested,
    service_of,
    three,
)
from tests.conftest import TestDatabase


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
