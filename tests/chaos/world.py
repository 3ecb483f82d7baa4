"""What a run stands on: Apache Kafka, PostgreSQL, sign-in, the video stand-ins, the replicas."""

import asyncio
import os
import signal
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

from contracts.topics import SERVICES
from runtime.provision import provision
from studio import ports
from studio.embedded import database
from studio.embedded.issuer import Issuer, local_user
from studio.embedded.postgres import Postgres
from studio.keys import Keys
from studio.process import Child

from tests.chaos.providers import HANG_SECONDS, VENDORS, Provider
from tests.chaos.replicas import Crew
from tests.chaos.schedule import (
    LEASE_SECONDS,
    RECONCILE_SECONDS,
    SEND_SECONDS,
    SESSION_SECONDS,
    USERS,
)
from tests.chaos.timeline import Timeline
from tests.chaos.weather import Rates, calm, storm
from tests.kafka.broker import ApacheKafka
from tests.ports import lasting_ports

PARTITIONS: Final = 4
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


class World:
    """The parts of a run, in ``folder``.

    Of the generators one in two gives providers an address to call, at the first gateway: what the
    others order is only polled.
    """

    def __init__(
        self, folder: Path, seed: int, timeline: Timeline, providers: Sequence[str] = ("http",)
    ) -> None:
        self.folder = folder
        self.logs = folder / "logs"
        for place in (self.logs, folder / "keys", folder / "objects", folder / "scratch"):
            place.mkdir(parents=True, exist_ok=True)
        self.timeline = timeline
        self.keys = Keys(folder / "keys")
        free = lasting_ports()
        self.kafka = ApacheKafka(folder / "kafka")
        self.issuer = Issuer.open(self.keys, next(free))
        password = self.keys.derived("postgres")
        self.database = Server(
            Postgres(folder / "postgres", next(free), password, self.logs / "postgres.log"),
            timeline,
        )
        self.providers = {
            name: Provider(name, next(free), self.logs, seed)
            for name in providers
            if name in VENDORS
        }
        self._public = ""
        self._generators = 0
        self.crew = Crew(self.logs, self._environment, timeline, free)

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

    async def behave(self, rates: Rates | None) -> None:
        """Every provider's weather: a storm, or calm."""
        for name, provider in self.providers.items():
            await provider.behave(calm(name) if rates is None else storm(name, rates))

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
            for provider in self.providers.values():
                stack.push_async_callback(provider.stop)
            stack.push_async_callback(self.crew.end)
            await asyncio.gather(
                asyncio.to_thread(self.kafka.start),
                self._new_database(),
                *(provider.start() for provider in self.providers.values()),
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
            **self._own(service, port),
        }

    def _own(self, service: str, port: int) -> Mapping[str, str]:
        """What only this service is told."""
        match service:
            case "gateway":
                return self._gateway(port)
            case "generator":
                return self._generator()
            case "stitcher":
                return {"STITCHER_ENCODES": "1", "STITCHER_SCRATCH": self._scratch}
            case "publisher":
                return {
                    "PUBLISHER_CHANNEL": "folder",
                    "PUBLISHER_FOLDER_ROOT": str(self.channel),
                }
            case _:
                return {}

    def _gateway(self, port: int) -> Mapping[str, str]:
        self._public = self._public or f"http://127.0.0.1:{port}"
        told = {
            "GATEWAY_JWKS_URL": self.issuer.jwks_url,
            "GATEWAY_JWT_ISSUER": self.issuer.url,
            "CALLBACK_SIGNING_KEY": self.keys.derived("callbacks"),
        }
        for name, provider in self.providers.items():
            told |= VENDORS[name].gateway(provider.url)
        return told

    def _generator(self) -> Mapping[str, str]:
        """Patience is short where it decides nothing, and long where a film would fail by it."""
        told = {
            "GENERATOR_HTTP_VIDEO_CREATE_TIMEOUT": str(HANG_SECONDS / 3),
            "GENERATOR_POLL_SECONDS": "3",
            "GENERATOR_SEND_SECONDS": str(SEND_SECONDS),
            "GENERATOR_RECONCILE_SECONDS": str(RECONCILE_SECONDS),
            "GENERATOR_WINDOW_SECONDS": str(RECONCILE_SECONDS),
            "GENERATOR_BREAKER_SECONDS": "4",
            "GENERATOR_PROBE_SECONDS": "20",
            "GENERATOR_ORDERS": "6",
            "GENERATOR_RESUBMITS": "9",
            "GENERATOR_DOWNLOADS": "20",
            "GENERATOR_UNUSABLE": "20",
            "GENERATOR_ENCODES": "1",
            "GENERATOR_SCRATCH": self._scratch,
            "CALLBACK_SIGNING_KEY": self.keys.derived("callbacks"),
        }
        for name, provider in self.providers.items():
            told |= VENDORS[name].generator(provider.url)
        self._generators += 1
        return told | ({"PUBLIC_BASE_URL": self._public} if self._generators % 2 else {})

    @property
    def _scratch(self) -> str:
        return str(self.folder / "scratch")
