"""The real projector on the embedded bus and database, every message delivered twice."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from contracts import events as e
from contracts.envelope import Envelope
from contracts.errors import ErrorCode
from faststream.kafka import KafkaBroker
from projector.handlers.project import UNKNOWN_JOBS
from runtime.db import connect
from runtime.settings import RuntimeSettings

from tests.component.harness import of_type
from tests.component.projector.conftest import Start
from tests.component.projector.story import (
    Rows,
    add_export,
    generated,
    make_rows,
    planned,
    progressed,
    requested,
    script_ready,
    stitched,
)
from tests.conftest import TestDatabase


async def test_a_film_is_told_from_first_to_last_event(start: Start) -> None:
    async with start() as projector:
        rows = await make_rows(projector.sql, "generation")
        await projector.send(requested(rows))
        await projector.send(planned(rows))
        await projector.send(progressed(rows, 0, 0.5))
        await projector.send(generated(rows, 0), generated(rows, 1))
        await projector.send(stitched(rows))
        await projector.settle()

        job = await rows.job()
        assert (job["status"], job["stage"], job["progress"]) == ("succeeded", "done", 100)
        assert job["version"] == 6
        assert job["result"]["seconds"] == 4.0
        assert job["result_s3_key"] == "users/u/projects/p/film.mp4"
        scenes = await rows.scenes()
        assert [(s["scene_index"], s["status"], s["progress"], s["reused"]) for s in scenes] == [
            (0, "succeeded", 100, False),
            (1, "succeeded", 100, True),
        ]
        assert [s["title"] for s in scenes] == ["Scene 0", "Scene 1"]
        events = await rows.events()
        assert [event["seq"] for event in events] == [1, 2, 3, 4, 5, 6]
        assert events[-1]["data"]["job"]["version"] == 6
        announced = of_type(await projector.said(), e.JobUpdated)
        assert announced[-1].version == 6
        assert [a.version for a in announced] == sorted({a.version for a in announced})


async def test_an_import_fills_its_script(start: Start) -> None:
    async with start() as projector:
        rows = await make_rows(projector.sql, "import")
        ready = script_ready(rows)
        await projector.send(ready)
        await projector.settle()
        script = await projector.sql.fetchrow(
            "select * from public.scripts where id = $1", rows.script_id
        )
        assert script is not None
        assert (script["status"], script["title"], script["words"]) == ("ready", "Moon", 12)
        assert script["script_key"] == "users/u/projects/p/script.json"
        assert (await rows.job())["status"] == "succeeded"


async def test_a_failed_scene_fails_the_job_with_its_code(start: Start) -> None:
    async with start() as projector:
        rows = await make_rows(projector.sql, "generation")
        failed = e.StageFailed(
            **rows.ids,
            stage="generator",
            scene_index=1,
            code=ErrorCode.SCENE_TIMEOUT,
            message="too slow",
            attempt=3,
        )
        await projector.send(planned(rows), failed)
        await projector.settle()
        job = await rows.job()
        assert (job["status"], job["error_code"]) == ("failed", "SCENE_TIMEOUT")
        assert [scene["status"] for scene in await rows.scenes()] == ["cancelled", "failed"]


async def test_what_is_no_event_and_what_belongs_to_nobody_stop_nothing(start: Start) -> None:
    async with start() as projector:
        rows = await make_rows(projector.sql, "generation")
        stranger = planned(rows).model_copy(update={"job_id": uuid4()})
        before = UNKNOWN_JOBS._value.get()
        await projector.broker.publish(b"\xff\xfe", "scenes.planned", key=b"x", headers={"a": "b"})
        await projector.send(stranger)
        await projector.send(planned(rows))
        await projector.settle()
        assert (await rows.job())["version"] == 1
        assert UNKNOWN_JOBS._value.get() == before + 2
        letters = await projector.sql.fetch(
            "select headers from projector.outbox where topic = 'projector.dlq'"
        )
        assert [letter["headers"]["dlq_reason"] for letter in letters] == ["not_cloudevents"]


async def test_a_text_the_database_cannot_keep_stops_nothing(start: Start) -> None:
    async with start() as projector:
        rows = await make_rows(projector.sql, "generation")
        plan = planned(rows)
        scene = plan.scenes[0].model_copy(update={"title": "A\x00B \\u0000", "prompt": "\x00"})
        await projector.send(plan.model_copy(update={"scenes": (scene,)}))
        await projector.settle()
        (kept,) = await rows.scenes()
        assert kept["title"] == "AB \\u0000"
        assert kept["prompt"]["text"] == ""


async def test_it_carries_on_where_it_stopped_and_nothing_is_applied_twice(
    start: Start,
) -> None:
    async with start() as first:
        rows = await make_rows(first.sql, "generation")
        await first.send(planned(rows))
        await first.settle()
    async with start() as second:
        rows.sql = second.sql
        await second.send(generated(rows, 0))
        await second.settle()
        assert (await rows.job())["version"] == 2
        stored = await second.sql.fetchval("select sum(next_offset) from projector.offsets")
        assert stored == 4


async def test_offsets_of_a_lost_log_are_not_trusted(
    settings: RuntimeSettings, database: TestDatabase, start: Start
) -> None:
    """The group never committed on this broker, so the stored offsets are another log's."""
    sql = await connect(database.superuser)
    rows = await make_rows(sql, "generation")
    await sql.execute(
        "insert into projector.offsets (topic, partition, next_offset)"
        " select 'scenes.planned', n, 1 from generate_series(0, 1) n"
    )
    await sql.close()
    event = planned(rows)
    envelope = Envelope(id=uuid4(), source="/test", time=datetime.now(UTC), event=event)
    async with KafkaBroker(settings.kafka_bootstrap_servers, logger=None) as broker:
        key = envelope.key.encode()
        await broker.publish(
            envelope.body().encode(), "scenes.planned", key=key, headers=envelope.headers()
        )
        await broker.publish(b"filler", "scenes.planned", key=key)
    async with start() as projector:
        rows.sql = projector.sql
        await projector.settle()
        assert (await rows.job())["version"] == 1


async def test_an_export_is_told_in_its_own_row_and_the_jobs_film_stays(start: Start) -> None:
    async with start() as projector:
        rows = await make_rows(projector.sql, "generation")
        well, lost = uuid4(), uuid4()
        for export in (well, lost):
            await add_export(rows, export)
        await projector.send(planned(rows), generated(rows, 0), generated(rows, 1))
        await projector.send(e.StitchProgressed(**rows.ids, progress=0.5))
        await projector.settle()
        assert (await rows.job())["progress"] == 92
        await projector.send(stitched(rows))
        await projector.settle()
        before = await rows.job()
        failed = e.StageFailed(
            **rows.ids,
            stage="stitcher",
            code=ErrorCode.STITCH_FAILED,
            message="no film",
            attempt=1,
            export_id=lost,
        )
        beside = stitched(rows).model_copy(update={"export_id": well, "width": 720})
        progress = e.StitchProgressed(**rows.ids, progress=0.4, export_id=well)
        await projector.send(progress, failed)
        await projector.settle()
        assert await exports(rows) == {
            well: ("running", 40, None),
            lost: ("failed", 0, failed.code),
        }
        await projector.send(beside, failed.model_copy(update={"export_id": None, "cut": 1}))
        await projector.settle()
        assert (await exports(rows))[well] == ("succeeded", 100, None)
        result = await projector.sql.fetchval(
            "select result from public.exports where id = $1", well
        )
        assert (result["width"], result["seconds"]) == (720, 4.0)

        after = await rows.job()
        assert (after["status"], after["result"]) == ("succeeded", before["result"])
        assert after["film_error"] == {"cut": 1, "code": "STITCH_FAILED", "message": "no film"}
        told = [event["data"]["exports"] for event in await rows.events()]
        # The first two come on different topics, in either order.
        *first, last = [export["status"] for change in told for export in change]
        assert (sorted(first), last) == (["failed", "running"], "succeeded")


async def test_an_export_that_was_given_up_is_told_as_cancelled_and_stays_so(start: Start) -> None:
    async with start() as projector:
        rows = await make_rows(projector.sql, "generation")
        given_up, other = uuid4(), uuid4()
        for export in (given_up, other):
            await add_export(rows, export)
        await projector.send(planned(rows), generated(rows, 0), generated(rows, 1), stitched(rows))
        await projector.send(e.StitchProgressed(**rows.ids, progress=0.4, export_id=given_up))
        await projector.settle()
        await rows.sql.execute(
            "update public.exports set cancel_requested_at = now() where id = $1", given_up
        )
        await projector.send(e.ExportDropped(**rows.ids, export_id=given_up, request_id=uuid4()))
        await projector.settle()
        assert await exports(rows) == {
            given_up: ("cancelled", 40, None),
            other: ("queued", 0, None),
        }
        told = (await rows.events())[-1]
        assert told["type"] == "export.dropped"
        assert told["data"]["job"]["status"] == "succeeded"
        (change,) = told["data"]["exports"]
        assert (change["export_id"], change["status"]) == (str(given_up), "cancelled")
        # The stitcher was done before it heard of it.
        await projector.send(stitched(rows).model_copy(update={"export_id": given_up}))
        await projector.settle()
        assert (await exports(rows))[given_up] == ("cancelled", 40, None)


async def exports(rows: Rows) -> dict[UUID, tuple[str, int, str | None]]:
    found = await rows.sql.fetch("select id, status, progress, error_code from public.exports")
    return {row["id"]: (row["status"], row["progress"], row["error_code"]) for row in found}
