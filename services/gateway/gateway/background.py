"""What runs beside the requests while the app does: the relay, the wake-ups, the upkeep."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field

import httpx
import structlog
from aiokafka.errors import KafkaError
from fastapi import FastAPI
from faststream.kafka import KafkaBroker
from runtime.bus import reach
from runtime.db import TRANSIENT_ERRORS, Database
from runtime.loops import Loops
from runtime.relay import Relay
from runtime.upkeep import Upkeep

from gateway.progress import JobUpdates

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Background:
    """Opens the clients it is given, keeps them at work, and closes them."""

    db: Database
    http: httpx.AsyncClient
    broker: KafkaBroker
    servers: str
    """Where the broker is: it is waited for, and requests are safe meanwhile."""
    relay: Relay
    updates: JobUpdates
    upkeep: Sequence[Upkeep]
    loops: Loops = field(default_factory=Loops)

    @contextlib.asynccontextmanager
    async def running(self, _: FastAPI) -> AsyncGenerator[None]:
        """The app's lifespan."""
        await self.db.open()
        self.loops.spawn("relay", self._publish())
        self.loops.spawn("progress", self.updates.run())
        for upkeep in self.upkeep:
            self.loops.spawn(upkeep.name, upkeep.run())
        try:
            yield
        finally:
            self.loops.stopping()
            self.relay.stop()
            await self.loops.join("relay", 2)
            await self.loops.cancel()
            await self.broker.stop()
            await self.http.aclose()
            await self.db.close()

    def live(self) -> Mapping[str, str | None]:
        """Each part and what is wrong with it. A bus that is away is waited for, not a fault."""
        return {
            "service": self.loops.died,
            "relay": self.loops.trouble("relay", self.relay.pulse),
        }

    async def ready(self) -> Mapping[str, str | None]:
        """Live, and the database answers. Without the bus requests are still safe."""
        try:
            async with asyncio.timeout(2):
                await self.db.execute("select 1")
        except TRANSIENT_ERRORS as error:
            return {**self.live(), "database": type(error).__name__}
        return {**self.live(), "database": None}

    async def _publish(self) -> None:
        pause = 0.5
        while True:
            try:
                await reach(self.servers)
                await self.broker.start()
            except (KafkaError, OSError) as error:
                log.warning("relay.bus_away", error=type(error).__name__, pause=pause)
                self.relay.pulse.beat()
                await asyncio.sleep(pause)
                pause = min(pause * 2, 15.0)
            else:
                return await self.relay.run()
