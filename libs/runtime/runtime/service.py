"""A stage service: its routes, put together with accept, work, emit, health and a clean stop."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncGenerator, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any

import structlog
import uvicorn
from contracts.events import JobCancelled
from contracts.topics import topic_of
from faststream.asgi import AsgiFastStream

from runtime import health, log, metrics
from runtime.accept import Accept
from runtime.bus import Consumer, KafkaPublisher, make_broker
from runtime.db import TRANSIENT_ERRORS, Database
from runtime.outbox import Relay
from runtime.pulse import Pulse
from runtime.retention import Retention
from runtime.settings import RuntimeSettings
from runtime.store import Rules, WorkStore
from runtime.work import FollowRoute, Route
from runtime.workers import Workers, by_step

logger = structlog.get_logger()

SILENT_SECONDS = 60.0
GAUGE_SECONDS = 5.0


class Service:
    """What ``main.py`` builds.

    ``resources`` are entered before work starts; ``lanes`` caps the rows at work per lane.
    """

    def __init__(
        self,
        name: str,
        settings: RuntimeSettings,
        routes: Sequence[Route | FollowRoute],
        *,
        db: Database | None = None,
        resources: Sequence[AbstractAsyncContextManager[Any]] = (),
        lanes: Mapping[str, int] | None = None,
    ) -> None:
        self.name = name
        self.settings = settings
        self.db = db or Database(settings.database_url, settings.database_pool_size)
        self.store = WorkStore(self.db, name)
        self.broker = make_broker(settings, name)
        self.relay = Relay(self.db, name, KafkaPublisher(self.broker))
        self.workers = Workers(
            store=self.store,
            routes=by_step(routes),
            owner=f"{socket.gethostname()}:{os.getpid()}",
            concurrency=settings.work_concurrency,
            lease=settings.work_lease_seconds,
            poll=settings.work_poll_seconds,
            wake_relay=self.relay.wake,
            rules=Rules(settings.work_fair_share, lanes or {}),
        )
        accepting = [route for route in routes if isinstance(route, Route)]
        self.consumer = Consumer(
            self.broker,
            settings,
            topics=sorted({topic_of(r.event) for r in accepting} | {topic_of(JobCancelled)}),
            group=name,
            handle=Accept(
                self.store,
                accepting,
                self.workers.wake,
                self.relay.wake,
                settings.dead_letter_limit,
            ),
        )
        self.retention = Retention(
            self.db, name, settings.work_retention_days, settings.outbox_retention_days
        )
        self.died: str | None = None
        self._stuck: str | None = None
        self._resources = resources
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._stopping = False
        self._on_death: list[asyncio.Event] = []

    def app(self) -> AsgiFastStream:
        """The ASGI app: the consumer runs in its lifespan, health and metrics are its routes."""
        return AsgiFastStream(
            self.broker,
            asgi_routes=[
                ("/healthz", health.endpoint(self.live)),
                ("/readyz", health.endpoint(self.ready)),
                ("/metrics", health.metrics_endpoint),
            ],
            lifespan=self._lifespan,
            on_shutdown=[self._stop],  # before the broker stops: the relay still needs it
            logger=None,
        )

    def live(self) -> Mapping[str, str | None]:
        """Each part and what is wrong with it."""
        return {
            "service": self.died,
            "consumer": self.consumer.dead(),
            "workers": self._turning("workers", self.workers.pulse),
            "relay": self._turning("relay", self.relay.pulse),
        }

    def ready(self) -> Mapping[str, str | None]:
        """Live, reading at least one partition, and no row due for too long."""
        assigned = None if self.consumer.assigned() else "no partitions assigned"
        return {**self.live(), "assignment": assigned, "work": self._stuck}

    def when_dead(self) -> asyncio.Event:
        """An event that is set when a part has died for good."""
        event = asyncio.Event()
        self._on_death.append(event)
        return event

    def _turning(self, name: str, pulse: Pulse) -> str | None:
        task = self._tasks.get(name)
        if task is None:
            return "not started"
        if task.done() and not self._stopping:
            return "its loop has ended"
        return "its loop is stuck" if pulse.age() > SILENT_SECONDS else None

    @contextlib.asynccontextmanager
    async def _lifespan(self, *_: object) -> AsyncGenerator[None, None]:
        async with AsyncExitStack() as stack:
            await self.db.open()
            stack.push_async_callback(self.db.close)
            for resource in self._resources:
                await stack.enter_async_context(resource)
            self._spawn("workers", self.workers.run())
            self._spawn("relay", self.relay.run())
            self._spawn("gauges", self._gauges())
            self._spawn("retention", self.retention.run())
            self._spawn("broken", self._watch_consumer())
            try:
                yield
            except Exception as error:
                self._die(f"the broker client failed: {type(error).__name__}", error)
                raise
            finally:
                self._stopping = True
                for task in self._tasks.values():
                    task.cancel()
                await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _stop(self) -> None:
        """Stop claiming, finish or hand back, flush the outbox."""
        self._stopping = True
        for name in ("gauges", "retention", "broken"):
            self._tasks[name].cancel()
        self.workers.stop()
        await asyncio.wait([self._tasks["workers"]])
        self.relay.stop()
        await asyncio.wait([self._tasks["relay"]], timeout=5)

    def _spawn(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name=name)

        def ended(task: asyncio.Task[None]) -> None:
            if task.cancelled() or self._stopping:
                return
            self._die(f"{name} has ended", task.exception())

        task.add_done_callback(ended)
        self._tasks[name] = task

    def _die(self, why: str, error: BaseException | None) -> None:
        self.died = why
        logger.critical("service.part_died", why=why, exc_info=error)
        for event in self._on_death:
            event.set()

    async def _watch_consumer(self) -> None:
        await self.consumer.broken.wait()

    async def _gauges(self) -> None:
        while True:
            with contextlib.suppress(*TRANSIENT_ERRORS):
                await self.measure()
            await asyncio.sleep(GAUGE_SECONDS)

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


def _already_handled(_number: int, _frame: object) -> None:
    pass


async def serve(service: Service) -> int:
    """Run until SIGTERM, SIGINT or the death of a part; the exit code."""
    settings = service.settings
    server = uvicorn.Server(
        uvicorn.Config(
            service.app(),  # pyright: ignore[reportArgumentType]
            host=settings.http_host,
            port=settings.http_port,
            log_config=None,
            access_log=False,
            lifespan="on",
            timeout_graceful_shutdown=2,
        )
    )
    death = service.when_dead()

    async def end_when_dead() -> None:
        await death.wait()
        server.should_exit = True

    watch = asyncio.create_task(end_when_dead())
    # Uvicorn raises the signal again after a clean stop; the exit code is to tell how it went.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _already_handled)
    await server.serve()
    watch.cancel()
    return 1 if service.died or not server.started else 0


def run(service: Service) -> None:
    """The whole process of a stage service."""
    log.configure(service.settings, service.name)
    sys.exit(asyncio.run(serve(service)))
