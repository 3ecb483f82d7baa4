"""Replicas of the toy service as processes, and the events they are sent."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import httpx
from contracts.envelope import Envelope
from contracts.events import ImportRequested, Source
from contracts.values import SourceKind
from faststream.kafka import KafkaBroker

from tests.conftest import TestDatabase
from tests.ports import free_port
from tests.samples import object_ref
from tests.waiting import until


@dataclass
class Replica:
    """One process of ``tests.integration.toy``."""

    process: subprocess.Popen[bytes]
    port: int

    @classmethod
    async def start(
        cls, database: TestDatabase, bootstrap: str, objects: Path, log: Path
    ) -> "Replica":
        port = free_port()
        environment = {
            **os.environ,
            "KAFKA_BOOTSTRAP_SERVERS": bootstrap,
            "KAFKA_SESSION_TIMEOUT_MS": "6000",
            "DATABASE_URL": database.dsn("transcriber"),
            "DATABASE_POOL_SIZE": "4",
            "OBJECTS_URL": f"file://{objects}",
            "OBJECTS_SIGNING_KEY": "test",
            "HTTP_PORT": str(port),
            "WORK_LEASE_SECONDS": "3",
            "WORK_POLL_SECONDS": "0.1",
        }
        with log.open("ab") as out:
            process = subprocess.Popen(  # noqa: ASYNC220 - starting takes no time
                [sys.executable, "-m", "tests.integration.toy"],
                env=environment,
                stdout=out,
                stderr=out,
                cwd=Path(__file__).parents[2],
            )
        replica = cls(process, port)
        await until(replica.ready, "a replica is ready", seconds=60)
        return replica

    async def ready(self) -> bool:
        assert self.process.poll() is None, "the replica ended"
        with suppress(httpx.HTTPError):
            async with httpx.AsyncClient(trust_env=False) as client:
                reply = await client.get(f"http://127.0.0.1:{self.port}/readyz")
            return reply.status_code == 200
        return False

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    async def stop(self) -> int:
        """SIGTERM; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return await asyncio.to_thread(self.process.wait, 40)


def requests(count: int) -> list[Envelope]:
    """Import requests of as many jobs."""
    return [
        Envelope(
            id=uuid4(),
            source="/test",
            time=datetime.now(UTC),
            event=ImportRequested(
                job_id=uuid4(),
                user_id=UUID(int=1),
                project_id=uuid4(),
                script_id=uuid4(),
                source=Source(kind=SourceKind.TEXT, upload=object_ref("a.txt")),
            ),
        )
        for _ in range(count)
    ]


async def send(broker: KafkaBroker, envelopes: Sequence[Envelope]) -> None:
    for envelope in envelopes:
        await broker.publish(
            envelope.body().encode(),
            "import.requested",
            key=envelope.key.encode(),
            headers=envelope.headers(),
        )
