"""What a run stands on: Apache Kafka, PostgreSQL, sign-in, the video stand-in, the replicas."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import httpx
from contracts.topics import SERVICES
from runtime.provision import provision
from standins.video import KEY
from studio import ports
from studio.embedded import database
from studio.embedded.issuer import Issuer, local_user
from studio.embedded.postgres import Postgres
from studio.keys import Keys
from studio.process import Child, Command

from tests.chaos.replicas import Crew
from tests.chaos.schedule import (
    CALM,
    LEASE_SECONDS,
    RECONCILE_SECONDS,
    SEND_SECONDS,
    SESSION_SECONDS,
    USERS,
)
from tests.chaos.timeline import Timeline
from tests.kafka.broker import ApacheKafka
from tests.ports import free_port

PARTITIONS: Final = 4
_MAKE_SECONDS = (1.0, 8.0)
_HANG_SECONDS = 30.0
_TOKEN_LASTS = timedelta(hours=12)


class Server:
    """PostgreSQL as a process that may be killed."""

    def __init__(self, postgres: Postgres, timeline: Timeline) -> None:
        self.postgres = postgres
        self._timeline = timeline
        self._child: Child | None = None

    async def start(self) -> None:
        await asyncio.to_thread(self.postgres.clear_leftovers)
        self._child = child = await Child.start(self.postgres.command())
        await self.postgres.wait_ready(lambda: child.ended)
        self._timeline.note("database", "takes connections")

    async def kill(self) -> None:
        """SIGKILL to its first process; the others end when they notice."""
        if self._child is not None and not self._child.ended:
            os.kill(self._child.pid, signal.SIGKILL)
            await self._child.wait()
            self._timeline.note("database", "killed", count="kills")

    async def stop(self) -> None:
        if self._child is not None:
            await self._child.stop(6.0)


class Provider:
    """The video stand-in: a process that is never killed, because it keeps the bill."""

    def __init__(self, log: Path, seed: int) -> None:
        self.port = free_port()
        self._seed = seed
        self._draws = 0
        argv = (sys.executable, "-m", "standins.video", "--port", str(self.port))
        self._command = Command(
            name="provider", argv=(*argv, "--seed", str(seed)), log=log, env=dict(os.environ)
        )
        self._child: Child | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Start it, and wait until it answers."""
        self._child = await Child.start(self._command)
        async with asyncio.timeout(30):
            while True:
                with suppress(httpx.TransportError):
                    await self.behave(CALM)
                    return
                await asyncio.sleep(0.1)

    async def behave(self, rates: Mapping[str, float]) -> None:
        """What goes wrong from now on."""
        self._draws += 1
        told: dict[str, Any] = {
            "seed": self._seed * 1_000 + self._draws,
            "rates": dict(rates),
            "make_seconds": _MAKE_SECONDS,
            "hang_seconds": _HANG_SECONDS,
        }
        async with httpx.AsyncClient(base_url=self.url, trust_env=False) as http:
            (await http.put("/_faults", json=told)).raise_for_status()

    async def ledger(self) -> dict[str, Any]:
        """What was ordered, and so paid."""
        async with httpx.AsyncClient(base_url=self.url, trust_env=False) as http:
            books: dict[str, Any] = (await http.get("/_ledger")).raise_for_status().json()
        return books

    async def stop(self) -> None:
        if self._child is not None:
            await self._child.stop(3.0)


class World:
    """The parts of a run, in ``folder``."""

    def __init__(self, folder: Path, seed: int, timeline: Timeline) -> None:
        self.folder = folder
        self.logs = folder / "logs"
        for place in (self.logs, folder / "keys", folder / "objects", folder / "scratch"):
            place.mkdir(parents=True, exist_ok=True)
        self.timeline = timeline
        self.keys = Keys(folder / "keys")
        self.kafka = ApacheKafka(folder / "kafka")
        self.issuer = Issuer.open(self.keys, free_port())
        password = self.keys.derived("postgres")
        self.database = Server(
            Postgres(folder / "postgres", free_port(), password, self.logs / "postgres.log"),
            timeline,
        )
        self.provider = Provider(self.logs / "provider.log", seed)
        self.crew = Crew(self.logs, self._environment, timeline)

    @property
    def dsn(self) -> str:
        """The superuser's connection string to the studio's database."""
        return self.database.postgres.dsn(database.DATABASE)

    @property
    def objects(self) -> Path:
        """The object store's directory."""
        return self.folder / "objects"

    @property
    def channel(self) -> Path:
        """Where films are published to."""
        return self.folder / "channel"

    def token(self, user: int) -> str:
        """A signed-in user's token."""
        somebody = local_user(f"user{user}@chaos.test")
        return self.issuer.mint(somebody.id, somebody.email, _TOKEN_LASTS)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None, None]:
        """Everything but the replicas runs while the block lasts; nothing stays behind."""
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.issuer.serving(ports.listen(self.issuer.port)))
            stack.push_async_callback(asyncio.to_thread, self.kafka.stop)
            stack.push_async_callback(self.database.stop)
            stack.push_async_callback(self.provider.stop)
            stack.push_async_callback(self.crew.end)
            await asyncio.gather(
                asyncio.to_thread(self.kafka.start), self._new_database(), self.provider.start()
            )
            await provision(self.kafka.bootstrap, partitions=PARTITIONS)
            yield

    async def _new_database(self) -> None:
        postgres = self.database.postgres
        await asyncio.to_thread(postgres.initialise)
        await self.database.start()
        passwords = {name: self.keys.derived(name) for name in SERVICES}
        await database.prepare(postgres.dsn("postgres"), self.dsn, passwords)
        for user in range(USERS):
            await database.ensure_user(self.dsn, local_user(f"user{user}@chaos.test"))

    def _environment(self, service: str, port: int) -> Mapping[str, str]:
        postgres = self.database.postgres
        return {
            **os.environ,
            "PYTHONUNBUFFERED": "1",
            "KAFKA_BOOTSTRAP_SERVERS": self.kafka.bootstrap,
            "KAFKA_SESSION_TIMEOUT_MS": str(int(SESSION_SECONDS * 1_000)),
            "DATABASE_URL": postgres.dsn(database.DATABASE, service, self.keys.derived(service)),
            "DATABASE_POOL_SIZE": "5",
            "OBJECTS_URL": self.objects.as_uri(),
            "OBJECTS_PUBLIC_URL": f"http://127.0.0.1:{port}/objects",
            "OBJECTS_SIGNING_KEY": self.keys.derived("objects"),
            "WORK_LEASE_SECONDS": str(LEASE_SECONDS),
            "WORK_CONCURRENCY": "6",
            "HTTP_HOST": ports.HOST,
            "HTTP_PORT": str(port),
            "LOG_FORMAT": "json",
            **self._own(service),
        }

    def _own(self, service: str) -> Mapping[str, str]:
        """What only this service is told."""
        scratch = str(self.folder / "scratch")
        own: dict[str, dict[str, str]] = {
            "gateway": {
                "GATEWAY_JWKS_URL": self.issuer.jwks_url,
                "GATEWAY_JWT_ISSUER": self.issuer.url,
            },
            "generator": {
                "GENERATOR_HTTP_VIDEO_URL": self.provider.url,
                "GENERATOR_HTTP_VIDEO_KEY": KEY,
                "GENERATOR_HTTP_VIDEO_CREATE_TIMEOUT": str(_HANG_SECONDS / 3),
                "GENERATOR_HTTP_VIDEO_POLL_SECONDS": "1",
                "GENERATOR_SEND_SECONDS": str(SEND_SECONDS),
                "GENERATOR_RECONCILE_SECONDS": str(RECONCILE_SECONDS),
                "GENERATOR_ENCODES": "1",
                "GENERATOR_SCRATCH": scratch,
            },
            "stitcher": {"STITCHER_ENCODES": "1", "STITCHER_SCRATCH": scratch},
            "publisher": {
                "PUBLISHER_CHANNEL": "folder",
                "PUBLISHER_FOLDER_ROOT": str(self.channel),
            },
        }
        return own.get(service, {})
