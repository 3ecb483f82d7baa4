"""A source without words, then another: the same job waits for its user and succeeds."""

from contextlib import AsyncExitStack
from itertools import groupby
from pathlib import Path
from typing import Any

from contracts import events as e
from contracts.errors import ErrorCode
from contracts.values import SourceKind
from runtime.service import Service
from runtime.settings import RuntimeSettings
from scripter.main import build as build_scripter
from scripter.settings import Settings as ScripterSettings
from standins.server import serving
from standins.youtube import Case, YouTubeStandin
from studio.embedded.broker import MockBroker
from transcriber.main import build
from transcriber.settings import Settings

from tests.component.harness import Running, of_type, running, runtime_settings
from tests.component.projector.story import Rows, build_projector, make_rows
from tests.conftest import TestDatabase
from tests.waiting import until

SAMPLE = Path(__file__).parents[3] / "samples" / "moonlight.vtt"


async def reached(rows: Rows, status: str, number: int) -> Any:
    async def there() -> bool:
        job = await rows.job()
        return (job["status"], job["source_round"]) == (status, number)

    await until(there, f"{status} in round {number}", seconds=30)
    return await rows.job()


async def give(transcriber: Running, rows: Rows, number: int, source: e.Source) -> None:
    event = e.ImportRequested(**rows.ids, script_id=rows.script_id, source=source, round=number)
    await transcriber.send(event)


async def uploaded(transcriber: Running, name: str, data: bytes, kind: SourceKind) -> e.Source:
    ref = await transcriber.store.put(f"users/u/{name}", data, "application/octet-stream")
    return e.Source(kind=kind, upload=ref, filename=name)


async def test_a_job_without_words_asks_until_it_gets_some(
    bus: MockBroker, database: TestDatabase, objects_root: Path
) -> None:
    def settings(service: str) -> RuntimeSettings:
        return runtime_settings(service, database, bus, objects_root)

    def transcribing(runtime: RuntimeSettings) -> Service:
        return build(Settings(runtime=runtime, youtube_transcript_base=base))

    def scripting(runtime: RuntimeSettings) -> Service:
        return build_scripter(ScripterSettings(runtime=runtime))

    projecting: Any = build_projector
    async with AsyncExitStack() as stack:
        base = stack.enter_context(serving(YouTubeStandin().app))
        started = [
            await stack.enter_async_context(running(build_one, settings(name), database))
            for name, build_one in (
                ("projector", projecting),
                ("scripter", scripting),
                ("transcriber", transcribing),
            )
        ]
        projector, _, transcriber = started
        rows = await make_rows(transcriber.sql, "import")
        link = e.Source(kind=SourceKind.YOUTUBE, url=f"https://youtu.be/{Case.DISABLED}")
        await give(transcriber, rows, 1, link)
        job = await reached(rows, "needs_source", 1)
        assert (job["error_code"], job["progress"]) == ("TRANSCRIPT_MISSING", 5)
        assert "Upload" in job["error_message"]

        sound = await uploaded(transcriber, "talk.mp3", b"ID3\x04", SourceKind.AUDIO)
        await give(transcriber, rows, 2, sound)
        job = await reached(rows, "needs_source", 2)
        assert "no speech service" in job["error_message"]

        picture = await uploaded(transcriber, "a.vtt", b"\x89PNG\r\n\x1a\n", SourceKind.CAPTIONS)
        await give(transcriber, rows, 3, picture)
        job = await reached(rows, "needs_source", 3)
        assert job["error_code"] == "INVALID_INPUT"

        words = await uploaded(transcriber, "b.vtt", SAMPLE.read_bytes(), SourceKind.CAPTIONS)
        await give(transcriber, rows, 4, words)
        job = await reached(rows, "succeeded", 4)
        assert (job["error_code"], job["error_message"], job["progress"]) == (None, None, 100)
        await projector.settle()
        told = [event["data"]["job"] for event in await rows.events()]
        assert told[-1]["status"] == "succeeded"
        # What the gateway asked may be folded after its answer: then the answer is told again.
        needs = [str(job["error"]) for job in told if job["status"] == "needs_source"]
        assert len([message for message, _ in groupby(needs)]) == 3
        said = await transcriber.said()
        needed = of_type(said, e.SourceNeeded)
        assert [(event.round, event.code) for event in needed] == [
            (1, ErrorCode.TRANSCRIPT_MISSING),
            (2, ErrorCode.TRANSCRIPT_MISSING),
            (3, ErrorCode.INVALID_INPUT),
        ]
        assert len(of_type(said, e.TranscriptReady)) == 1
        script = await rows.sql.fetchval(
            "select status from public.scripts where id = $1", rows.script_id
        )
        assert script == "ready"
