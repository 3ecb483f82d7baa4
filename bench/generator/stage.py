"""What the generator is measured on: database, bus, a paid provider, webhooks, and its process."""

import asyncio
import os
import secrets
import sys
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psutil
from contracts.envelope import Envelope
from contracts.topics import SERVICES, all_names, topic_of
from faststream.kafka import KafkaBroker
from runtime.db import Conn, connect
from runtime.objects import LocalObjects, open_store
from runtime.settings import RuntimeSettings
from standins.replicate import KEY, SECRET, ReplicateStandin
from standins.server import serving
from standins.video_faults import Faults
from studio.embedded import database as embedded
from studio.embedded.broker import MockBroker
from studio.embedded.postgres import Postgres, running
from studio.leash import leashed

from tests.component.gateway import studio as gateway
from tests.component.harness import runtime_settings
from tests.conftest import TestDatabase
from tests.ports import free_port
from tests.unit.generator.making import plan, planned, scene

ROOT = Path(__file__).resolve().parents[2]
SEAL = "a-seal-of-sixteen-bytes"
PROVIDER = "replicate"
_GRACE = 20.0


@dataclass(slots=True)
class Stage:
    """Servers without the generator. ``address`` is where webhooks come, if they do."""

    database: TestDatabase
    bus: MockBroker
    folder: Path
    standin: ReplicateStandin
    base: str
    address: str = ""

    def settings(self) -> RuntimeSettings:
        return runtime_settings(
            "generator", self.database, self.bus, self.folder / "objects", work_poll_seconds=1.0
        )

    def environment(self) -> Mapping[str, str]:
        """What the generator's process is told: its own defaults but for addresses."""
        told = self.settings()
        words = {
            "KAFKA_BOOTSTRAP_SERVERS": told.kafka_bootstrap_servers,
            "DATABASE_URL": told.database_url,
            "OBJECTS_URL": told.objects_url,
            "OBJECTS_SIGNING_KEY": told.objects_signing_key.get_secret_value(),
            "HTTP_PORT": str(free_port()),
            "LOG_LEVEL": "WARNING",
            "AI_REPLICATE_API_TOKEN": KEY,
            "REPLICATE_BASE_URL": self.base,
        }
        if self.address:
            words |= {"PUBLIC_BASE_URL": self.address, "CALLBACK_SIGNING_KEY": SEAL}
        return words

    async def order(self, broker: KafkaBroker, *, scenes: int, frames: int) -> None:
        """Send a plan whose every scene the paid provider shall make."""
        made = plan(*(scene(n, frames=frames) for n in range(scenes)), job=uuid4())
        wish = made.settings.model_copy(update={"providers": (PROVIDER,)})
        store = open_store(self.settings())
        assert isinstance(store, LocalObjects)
        made = made.model_copy(update={"settings": wish})
        event = await planned(store, made, user=uuid4())
        envelope = Envelope(id=uuid4(), source="/bench", time=datetime.now(UTC), event=event)
        await broker.publish(
            envelope.body().encode(),
            topic_of(event),
            key=envelope.key.encode(),
            headers=envelope.headers(),
        )

    @asynccontextmanager
    async def broker(self) -> AsyncGenerator[KafkaBroker, None]:
        """What plans are sent through."""
        async with KafkaBroker(self.bus.bootstrap, acks="all", logger=None) as broker:
            yield broker


@asynccontextmanager
async def staged(
    folder: Path, *, make_seconds: float, webhooks: bool
) -> AsyncGenerator[Stage, None]:
    """Fresh servers, ended afterwards. ``make_seconds`` is the provider's own time per clip."""
    postgres = Postgres(
        folder / "cluster", free_port(), secrets.token_hex(8), folder / "log", durable=True
    )
    passwords = {name: secrets.token_hex(8) for name in SERVICES}
    async with running(postgres):
        dsn = postgres.dsn(embedded.DATABASE)
        await embedded.prepare(postgres.dsn("postgres"), dsn, passwords)
        database = TestDatabase(postgres, embedded.DATABASE, passwords)
        with MockBroker(dict.fromkeys(all_names(), 2)) as bus, _provider(make_seconds) as served:
            stage = Stage(database, bus, folder, *served)
            if not webhooks:
                yield stage
                return
            told = {"callback_signing_key": SEAL, "replicate_webhook_secret": SECRET}
            objects = folder / "objects"
            async with gateway.serving(database, bus, objects, **told) as open_:
                stage.address = open_.url
                yield stage


@contextmanager
def _provider(make_seconds: float) -> Generator[tuple[ReplicateStandin, str]]:
    standin = ReplicateStandin()
    standin.faults = Faults(make_seconds=(make_seconds, make_seconds))
    with serving(standin.app) as base:
        yield standin, base


@asynccontextmanager
async def generator(stage: Stage) -> AsyncGenerator[psutil.Process, None]:
    """The generator as a process of its own."""
    with (stage.folder / "generator.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *leashed([sys.executable, "-m", "generator.main"]),
            stdout=log,
            stderr=log,
            cwd=ROOT,
            env={**os.environ, **stage.environment()},
        )
    try:
        yield psutil.Process(process.pid)
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                async with asyncio.timeout(_GRACE):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()


@asynccontextmanager
async def database_of(stage: Stage) -> AsyncGenerator[Conn, None]:
    """A connection of the superuser."""
    conn = await connect(stage.database.superuser)
    try:
        yield conn
    finally:
        await conn.close()
