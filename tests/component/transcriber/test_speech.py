"""Uploaded sound in the transcriber's real app: every import twice, every piece paid for once."""

import subprocess
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import imageio_ffmpeg
import pytest
from contracts.documents import Transcript
from contracts.errors import ErrorCode
from contracts.events import ImportRequested, ObjectRef, Source, SourceNeeded, TranscriptReady
from contracts.values import SourceKind
from pydantic import SecretStr
from runtime.objects import get_model
from runtime.service import Service
from runtime.settings import RuntimeSettings
from standins.openai_speech import KEY, SpeechStandin
from standins.server import serving
from studio.embedded.broker import MockBroker
from transcriber.main import build
from transcriber.settings import Settings

from tests.component.harness import of_type, running, runtime_settings
from tests.conftest import TestDatabase

PRICE = Decimal("0.6")


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Four tones of two seconds, each with a second of silence behind it."""
    path = tmp_path_factory.mktemp("talk") / "talk.mp3"
    graph = "".join(f"sine=frequency={200 + 100 * n}:duration=2,apad=pad_dur=1[a{n}];"
                    for n in range(4))  # fmt: skip
    graph += "[a0][a1][a2][a3]concat=n=4:v=0:a=1[out]"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-filter_complex", graph]
    subprocess.run([*command, "-map", "[out]", str(path)], check=True)
    return path.read_bytes()


def sound(upload: ObjectRef) -> ImportRequested:
    ids = {"job_id": uuid4(), "user_id": uuid4(), "project_id": uuid4(), "script_id": uuid4()}
    source = Source(kind=SourceKind.AUDIO, upload=upload, filename="talk.mp3", language="en")
    return ImportRequested.model_validate(ids | {"source": source})


async def test_sound_is_written_down_and_each_piece_paid_for_once(
    bus: MockBroker, database: TestDatabase, objects_root: Path, tmp_path: Path, talk: bytes
) -> None:
    standin = SpeechStandin()
    standin.faults.extend(["500", "reset_after"])
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with serving(standin.app) as base:

        def hearing(runtime: RuntimeSettings) -> Service:
            return build(
                Settings(
                    runtime=runtime,
                    scratch=scratch,
                    speech_url=f"{base}/v1",
                    speech_key=SecretStr(KEY),
                    speech_usd_per_minute=PRICE,
                    speech_piece_seconds=5.0,
                    speech_parallel=1,
                )
            )

        settings = runtime_settings("transcriber", database, bus, objects_root)
        async with running(hearing, settings, database) as app:
            first = sound(await app.store.put("users/u/a.mp3", talk, "audio/mpeg"))
            await app.send(first)
            await app.settle()
            paid = len(standin.paid)
            second = sound(await app.store.put("users/v/b.mp3", talk, "audio/mpeg"))
            broken = sound(await app.store.put("users/u/c.mp3", b"ID3" + bytes(99), "audio/mpeg"))
            await app.send(second, broken)
            await app.settle()
            said = await app.said()
            ready = {event.job_id: event for event in of_type(said, TranscriptReady)}
            transcript = await get_model(app.store, ready[first.job_id].transcript, Transcript)
            rows = await app.sql.fetch("select * from transcriber.pieces")
    assert len(said) == 3
    assert ready.keys() == {first.job_id, second.job_id}
    distinct = {piece.sha256 for piece in standin.paid}
    assert len(transcript.segments) == len(distinct) == len(rows) == 4
    assert paid == len(standin.paid) == 5, "one answer was lost, and asked for once more"
    starts = [segment.start for segment in transcript.segments]
    assert starts == sorted(starts)
    assert ready[first.job_id].origin == "speech"
    assert ready[first.job_id].cost_usd == sum(row["cost_usd"] for row in rows)
    assert abs(ready[first.job_id].cost_usd - standin.usd / standin.usd_per_minute * PRICE) < (
        Decimal("0.001")
    )
    assert ready[second.job_id].cost_usd == 0
    assert ready[second.job_id].segments == ready[first.job_id].segments
    assert list(scratch.iterdir()) == []


async def test_a_key_that_is_wrong_asks_the_user_for_captions(
    bus: MockBroker, database: TestDatabase, objects_root: Path, talk: bytes
) -> None:
    standin = SpeechStandin()
    with serving(standin.app) as base:

        def hearing(runtime: RuntimeSettings) -> Service:
            key = SecretStr("wrong")
            return build(Settings(runtime=runtime, speech_url=f"{base}/v1", speech_key=key))

        settings = runtime_settings("transcriber", database, bus, objects_root)
        async with running(hearing, settings, database) as app:
            await app.send(sound(await app.store.put("users/u/a.mp3", talk, "audio/mpeg")))
            await app.settle()
            (needed,) = of_type(await app.said(), SourceNeeded)
    assert needed.code is ErrorCode.TRANSCRIPT_MISSING
    assert "captions" in needed.message
    assert standin.paid == []
    assert standin.requests["transcriptions"] == 1
