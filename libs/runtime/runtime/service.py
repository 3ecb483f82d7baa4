"""A stage service: its routes, put together with accept, work, emit, health and a clean stop."""

import contextlib
import os
import socket
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any, Protocol, TypeAlias

import uvloop
from contracts.events import JobCancelled
from contracts.topics import topic_of
from faststream.asgi import AsgiFastStream

from runtime import log, metrics
from runtime.accept import Accept
from runtime.bus import Consumer, KafkaPublisher, make_broker, reach
from runtime.claim import Rules
from runtime.db import Database
from runtime.loops import Loops
from runtime.relay import Relay
from runtime.retention import Retention
from runtime.server import asgi, serve
from runtime.settings import RuntimeSettings
from runtime.store import WorkStore
from runtime.upkeep import SWEEP_SECONDS, Upkeep
from runtime.work import FollowRoute, Route
from runtime.workers import Workers, by_step

GAUGE_SECONDS = 5.0
FLUSH_SECONDS = 5.0

Resources: TypeAlias = Sequence[AbstractAsyncContextManager[Any]]
"""What is entered before work starts and left after it ended, the last first."""


class Process(Protocol):
    """What ``run`` needs of a service."""

    name: str
    settings: RuntimeSettings
    loops: Loops

    def app(self) -> AsgiFastStream:
        """The ASGI app, whose lifespan is the service's life."""
        ...


class Service:
    """What ``main.py`` builds.

    ``resources`` are entered before work starts, ``upkeep`` runs beside it; ``lanes`` caps the rows
    at work per lane.
    """

    def __init__(
        self,
        name: str,
        settings: RuntimeSettings,
        routes: Sequence[Route | FollowRoute],
        *,
        db: Database | None = None,
        resources: Resources = (),
        upkeep: Sequence[Upkeep] = (),
        lanes: Mapping[str, int] | None = None,
    ) -> None:
        self.name = name
        self.settings = settings
        self.db = db or Database(settings.database_url, settings.database_pool_size)
        accepting = [route for route in routes if isinstance(route, Route)]
        self.broker = make_broker(settings, name)
        self.relay = Relay(self.db, name, KafkaPublisher(self.broker), direct=True)
        undoable = [route.step for route in accepting if route.undo is not None]
        self.store = WorkStore(self.db, name, undoable, self.relay.offer)
        self.workers = workers = _workers(self.store, settings, routes, lanes or {})
        accept = Accept(
            self.store, accepting, workers.accept, workers.wake, settings.dead_letter_limit
        )
        topics = {topic_of(r.event) for r in accepting} | {topic_of(JobCancelled)}
        self.consumer = Consumer(
            self.broker, settings, topics=sorted(topics), group=name, handle=accept
        )
        retention = Retention(
            self.db, name, settings.work_retention_days, settings.outbox_retention_days
        )
        self._upkeep = (
            Upkeep("gauges", GAUGE_SECONDS, self._look),
            Upkeep("retention", SWEEP_SECONDS, retention.sweep),
            *upkeep,
        )
        self.loops = Loops()
        self._stuck: str | None = None
        self._resources = resources

    def app(self) -> AsgiFastStream:
        """The ASGI app: the consumer runs in its lifespan, health and metrics are its routes."""
        return asgi(self.broker, self.live, self.ready, self._lifespan, self._stop)

    def live(self) -> Mapping[str, str | None]:
        """Each part and what is wrong with it."""
        return {
            "service": self.loops.died,
            "consumer": self.consumer.dead(),
            "workers": self.loops.trouble("workers", self.workers.pulse),
            "relay": self.loops.trouble("relay", self.relay.pulse),
        }

    def ready(self) -> Mapping[str, str | None]:
        """Live, reading at least one partition, and no row due for too long."""
        assigned = None if self.consumer.assigned() else "no partitions assigned"
        return {**self.live(), "assignment": assigned, "work": self._stuck}

    @contextlib.asynccontextmanager
    async def _lifespan(self, *_: object) -> AsyncGenerator[None, None]:
        async with AsyncExitStack() as stack:
            await reach(self.settings.kafka_bootstrap_servers)
            await self.db.open()
            stack.push_async_callback(self.db.close)
            for resource in self._resources:
                await stack.enter_async_context(resource)
            self.loops.spawn("workers", self.workers.run())
            self.loops.spawn("relay", self.relay.run())
            for upkeep in self._upkeep:
                self.loops.spawn(upkeep.name, upkeep.run())
            self.loops.spawn("consumer", self.consumer.broken.wait())
            try:
                yield
            except Exception as error:
                self.loops.die(f"the broker client failed: {type(error).__name__}", error)
                raise
            finally:
                await self.loops.cancel()

    async def _stop(self) -> None:
        """Stop claiming, finish or hand back, flush the outbox."""
        self.loops.stopping()
        self.workers.stop()
        await self.loops.join("workers")
        self.relay.stop()
        await self.loops.join("relay", FLUSH_SECONDS)

    async def _look(self) -> None:
        await self.store.stop_cancelled()
        await self.measure()

    async def measure(self) -> None:
        """Set the gauges of due work, and whether a row has been due for too long."""
        due = {step: (count, oldest) for step, count, oldest in await self.store.due()}
        self._stuck = None
        for step in self.workers.routes:
            count, oldest = due.get(step, (0, 0.0))
            metrics.DUE.labels(self.name, step).set(count)
            metrics.OLDEST_DUE.labels(self.name, step).set(oldest)
            if oldest > self.settings.work_stuck_seconds:
                self._stuck = f"a row of step {step} has been due for {oldest:.0f} s"


def _workers(
    store: WorkStore,
    settings: RuntimeSettings,
    routes: Sequence[Route | FollowRoute],
    lanes: Mapping[str, int],
) -> Workers:
    return Workers(
        store=store,
        routes=by_step(routes),
        owner=f"{socket.gethostname()}:{os.getpid()}",
        concurrency=settings.work_concurrency,
        lease=settings.work_lease_seconds,
        poll=settings.work_poll_seconds,
        rules=Rules(settings.work_fair_share, lanes),
    )


def run(process: Process) -> None:
    """The whole process of a service; ends with its exit code."""
    log.configure(process.settings, process.name)
    sys.exit(uvloop.run(serve(process.app(), process.settings, process.loops.dead)))
