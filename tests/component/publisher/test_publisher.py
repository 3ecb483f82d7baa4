"""The real publisher on the embedded bus and database, every message delivered twice."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from contracts.errors import ErrorCode
from contracts.events import Privacy, StageFailed, UploadRequested, VideoPublished
from faststream.kafka import KafkaBroker
from publisher.main import build
from publisher.settings import Settings
from runtime.db import connect
from runtime.objects import ObjectStore, open_store
from runtime.service import Service
from runtime.settings import RuntimeSettings
from studio.embedded.broker import MockBroker

from tests.component.harness import Running, of_type, running, runtime_settings
from tests.conftest import TestDatabase
from tests.ports import free_port
from tests.waiting import until

FILM = b"the film"


@pytest.fixture
def settings(database: TestDatabase, bus: MockBroker, objects_root: Path) -> RuntimeSettings:
    return runtime_settings("publisher", database, bus, objects_root)


@pytest.fixture
def channel(tmp_path: Path) -> Path:
    return tmp_path / "channel"


@asynccontextmanager
async def publishing(
    settings: RuntimeSettings, database: TestDatabase, channel: Path
) -> AsyncGenerator[Running, None]:
    def make(runtime: RuntimeSettings) -> Service:
        return build(Settings(runtime=runtime, folder_root=channel))

    async with running(make, settings, database) as app:
        yield app


async def upload(store: ObjectStore, film_job_id: UUID, **changes: object) -> UploadRequested:
    video = await store.put("users/u/projects/p/film.mp4", FILM, "video/mp4")
    values: dict[str, object] = {
        "job_id": uuid4(),
        "user_id": uuid4(),
        "project_id": uuid4(),
        "film_job_id": film_job_id,
        "video": video,
        "captions": await store.put("users/u/projects/p/film.srt", b"1", "application/x-subrip"),
        "title": "Moon",
    }
    return UploadRequested.model_validate(values | changes)


def films(channel: Path) -> list[Path]:
    return sorted(path for path in channel.iterdir() if not path.name.startswith("."))


async def test_a_film_is_published_once_though_every_message_comes_twice(
    settings: RuntimeSettings, database: TestDatabase, channel: Path
) -> None:
    async with publishing(settings, database, channel) as app:
        wishes = [
            await upload(app.store, uuid4(), title=f"Film {n}", privacy=Privacy.UNLISTED)
            for n in range(3)
        ]
        await app.send(*wishes)
        await app.settle()
        assert [folder.name for folder in films(channel)] == sorted(
            str(wish.film_job_id) for wish in wishes
        )
        told = of_type(await app.said(), VideoPublished)
        assert {fact.job_id for fact in told} == {wish.job_id for wish in wishes}
        assert len(told) == 3
        assert [row["attempt"] for row in await app.work()] == [1, 1, 1]
    for wish in wishes:
        folder = channel / str(wish.film_job_id)
        assert (folder / "video.mp4").read_bytes() == FILM
        metadata = json.loads((folder / "metadata.json").read_text())
        assert (metadata["title"], metadata["privacy"]) == (wish.title, "unlisted")


async def test_a_second_wish_for_the_same_film_finds_it_and_changes_nothing(
    settings: RuntimeSettings, database: TestDatabase, channel: Path
) -> None:
    film = uuid4()
    async with publishing(settings, database, channel) as app:
        await app.send(await upload(app.store, film, title="First"))
        await app.settle()
        await app.send(await upload(app.store, film, title="Second"))
        await app.settle()
        first, second = of_type(await app.said(), VideoPublished)
        assert first.job_id != second.job_id
        assert first.url == second.url
    assert json.loads((channel / str(film) / "metadata.json").read_text())["title"] == "First"


async def test_a_film_that_is_not_there_fails_with_its_code(
    settings: RuntimeSettings, database: TestDatabase, channel: Path
) -> None:
    async with publishing(settings, database, channel) as app:
        wish = await upload(app.store, uuid4())
        await app.store.delete(wish.video.key)
        await app.send(wish)
        await app.settle()
        (fact,) = of_type(await app.said(), StageFailed)
        assert (fact.job_id, fact.stage) == (wish.job_id, "publisher")
        assert fact.code in {ErrorCode.UPLOAD_FAILED, ErrorCode.STORAGE_FAILED}
        assert films(channel) == []


class Process:
    """The publisher as a process of its own, to be killed."""

    def __init__(self, settings: RuntimeSettings, channel: Path, log: Path) -> None:
        port = free_port()
        environment = {
            **os.environ,
            "KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap_servers,
            "KAFKA_FETCH_MAX_WAIT_MS": "5",
            "KAFKA_SESSION_TIMEOUT_MS": "6000",
            "DATABASE_URL": settings.database_url,
            "DATABASE_POOL_SIZE": "4",
            "OBJECTS_URL": settings.objects_url,
            "OBJECTS_SIGNING_KEY": settings.objects_signing_key.get_secret_value(),
            "HTTP_PORT": str(port),
            "WORK_LEASE_SECONDS": "1",
            "WORK_POLL_SECONDS": "0.1",
            "PUBLISHER_FOLDER_ROOT": str(channel),
        }
        with log.open("ab") as out:
            self.popen = subprocess.Popen(
                [sys.executable, "-m", "publisher.main"], env=environment, stdout=out, stderr=out
            )

    def kill(self) -> None:
        self.popen.kill()
        self.popen.wait()


async def test_killed_between_publishing_and_recording_it_finds_the_film_and_repeats_nothing(
    settings: RuntimeSettings, database: TestDatabase, channel: Path, tmp_path: Path
) -> None:
    sql = await connect(database.superuser)
    holder = await connect(database.superuser)
    async with KafkaBroker(settings.kafka_bootstrap_servers, acks="all", logger=None) as broker:
        app = Running(build(Settings(runtime=settings)), sql, broker, open_store(settings))
        wish = await upload(app.store, uuid4())
        await app.send(wish)
    victim = Process(settings, channel, tmp_path / "publisher.log")
    heir: Process | None = None
    try:

        async def claimed() -> bool:
            return bool(await sql.fetchval("select count(*) from publisher.work where attempt > 0"))

        # Nobody can record an outcome while the events' table is held.
        async with holder.transaction():
            await holder.execute("lock table publisher.outbox in access exclusive mode")
            await until(claimed, "the work is claimed", seconds=60)

            async def out() -> bool:
                return channel.exists() and bool(films(channel))

            await until(out, "the film is out")
            victim.kill()
        (folder,) = films(channel)
        before = (folder.stat().st_ino, (folder / "video.mp4").stat().st_mtime_ns)
        assert await app.said() == []
        heir = Process(settings, channel, tmp_path / "publisher.log")

        async def recorded() -> bool:
            return bool(
                await sql.fetchval("select count(*) from publisher.work where state='done'")
            )

        await until(recorded, "the outcome is recorded", seconds=60)
        assert films(channel) == [folder]
        assert (folder.stat().st_ino, (folder / "video.mp4").stat().st_mtime_ns) == before
        (fact,) = of_type(await app.said(), VideoPublished)
        assert (fact.job_id, fact.video_id) == (wish.job_id, str(wish.film_job_id))
        (row,) = await app.work()
        assert row["attempt"] > 1
    finally:
        for process in (victim, heir):
            if process is not None:
                await asyncio.to_thread(process.kill)
        await holder.close()
        await sql.close()
