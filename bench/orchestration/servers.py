"""What the contenders stand on: real Apache Kafka, PostgreSQL with fsync, Redis with fsync."""

import asyncio
import secrets
import shutil
from collections.abc import AsyncGenerator, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
)
from contracts.events import VideoStitched
from contracts.topics import SERVICES, topic_of
from runtime.provision import provision
from studio.embedded import database
from studio.embedded.postgres import Postgres, running
from studio.leash import leashed

from tests.kafka.broker import ApacheKafka, java_found
from tests.kafka.jars import fetched
from tests.ports import free_port

KAFKA, POSTGRES, REDIS = "kafka", "postgres", "redis"


class MissingError(RuntimeError):
    """A server cannot be started here; the message says what to install."""


@dataclass(slots=True)
class Servers:
    """Process ids by server, and the environment their clients need."""

    pids: dict[str, int] = field(default_factory=dict[str, int])
    environment: dict[str, str] = field(default_factory=dict[str, str])
    postgres: Postgres | None = None
    passwords: dict[str, str] = field(default_factory=dict[str, str])

    def dsn(self, role: str) -> str:
        assert self.postgres is not None
        return self.postgres.dsn(database.DATABASE, role, self.passwords[role])


def missing(needs: Collection[str]) -> str | None:
    """What to install before these servers can run, or ``None``."""
    if KAFKA in needs and not (java_found() and fetched()):
        return "Apache Kafka: install Java 17 and Maven, then run 'make kafka'"
    if REDIS in needs and shutil.which("redis-server") is None:
        return "redis-server: install the package 'redis-server'"
    return None


@asynccontextmanager
async def started(
    needs: Collection[str], folder: Path, partitions: int | None
) -> AsyncGenerator[Servers, None]:
    """Fresh servers for one contender, ended afterwards."""
    servers = Servers()
    async with AsyncExitStack() as stack:
        if POSTGRES in needs:
            await _postgres(stack, servers, folder)
        if KAFKA in needs:
            kafka = ApacheKafka(folder / "kafka")
            await asyncio.to_thread(kafka.start)
            stack.callback(kafka.kill)
            assert kafka.pid is not None
            servers.pids[KAFKA] = kafka.pid
            servers.environment["KAFKA_BOOTSTRAP_SERVERS"] = kafka.bootstrap
            await provision(kafka.bootstrap, partitions=partitions)
            await asyncio.to_thread(_stamp_on_arrival, kafka.bootstrap)
        if REDIS in needs:
            await _redis(stack, servers, folder)
        yield servers


async def _postgres(stack: AsyncExitStack, servers: Servers, folder: Path) -> None:
    postgres = Postgres(
        folder / "cluster", free_port(), secrets.token_hex(8), folder / "postgres.log", durable=True
    )
    await stack.enter_async_context(running(postgres))
    servers.passwords = {name: secrets.token_hex(8) for name in SERVICES}
    dsn = postgres.dsn(database.DATABASE)
    await database.prepare(postgres.dsn("postgres"), dsn, servers.passwords)
    servers.postgres = postgres
    servers.environment["DATABASE_URL"] = dsn
    servers.pids[POSTGRES] = int((postgres.data / "postmaster.pid").read_text().split()[0])


async def _redis(stack: AsyncExitStack, servers: Servers, folder: Path) -> None:
    port = free_port()
    words = ["--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder), "--save", ""]
    words += ["--appendonly", "yes", "--appendfsync", "always"]
    process = await asyncio.create_subprocess_exec(
        *leashed(["redis-server", *words]), stdout=asyncio.subprocess.DEVNULL
    )

    async def end() -> None:
        process.terminate()
        await process.wait()

    stack.push_async_callback(end)
    servers.pids[REDIS] = process.pid
    servers.environment["REDIS_URL"] = f"redis://127.0.0.1:{port}/0"


def _stamp_on_arrival(bootstrap: str) -> None:
    """The broker's own clock says when a job's last event arrived."""
    entry = ConfigEntry(
        "message.timestamp.type", "LogAppendTime", incremental_operation=AlterConfigOpType.SET
    )
    resource = ConfigResource(
        ConfigResource.Type.TOPIC, topic_of(VideoStitched), incremental_configs=[entry]
    )
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for done in admin.incremental_alter_configs([resource]).values():
        done.result(30)
