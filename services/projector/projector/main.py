"""Every topic but its own -> the read model. Composition root of the projector."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Coroutine, Mapping, Sequence
from typing import Any, Final

import structlog
from aiokafka import TopicPartition
from contracts.topics import TOPICS
from faststream.asgi import AsgiFastStream
from runtime import health
from runtime.bus import Consumer, KafkaPublisher, make_broker
from runtime.db import Database
from runtime.outbox import Relay
from runtime.service import run

from projector.adapters import SCHEMA, PostgresReadModel
from projector.handlers import Project
from projector.settings import Settings

log = structlog.get_logger()

READS: Final = tuple(sorted(topic.name for topic in TOPICS if SCHEMA in topic.consumers))
SILENT_SECONDS: Final = 60.0


class Projector:
    """The process: a consumer that folds, a relay that announces, and their health."""

    name = SCHEMA

    def __init__(self, settings: Settings, db: Database | None = None) -> None:
        self.settings = settings.runtime
        self.died: str | None = None
        self.db = db or Database(self.settings.database_url, self.settings.database_pool_size)
        self.broker = make_broker(self.settings, SCHEMA)
        self.relay = Relay(self.db, SCHEMA, KafkaPublisher(self.broker))
        self.read_model = PostgresReadModel(self.db)
        self.consumer = Consumer(
            self.broker,
            self.settings,
            topics=READS,
            group=SCHEMA,
            handle=Project(self.read_model, self.relay.wake),
            positions=self._positions,
        )
        self._stopping = False
        self._tasks: dict[str, asyncio.Task[Any]] = {}
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
        stuck = self.relay.pulse.age() > SILENT_SECONDS
        return {
            "service": self.died,
            "consumer": self.consumer.dead(),
            "relay": "its loop is stuck" if stuck else None,
        }

    def ready(self) -> Mapping[str, str | None]:
        """Live, and reading at least one partition."""
        assigned = None if self.consumer.assigned() else "no partitions assigned"
        return {**self.live(), "assignment": assigned}

    def when_dead(self) -> asyncio.Event:
        """An event that is set when a part has died for good."""
        event = asyncio.Event()
        self._on_death.append(event)
        return event

    async def _positions(self, assigned: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        """Stored offsets, of a log that is still the same.

        A broker that lost its log also lost the group's commits: then ours mean nothing, and
        reading from the start is harmless, since applied events are recognised.
        """
        client = self.consumer.client
        if client is None:
            return {}
        stored = await self.read_model.next_offsets(READS)
        places = [tp for tp in assigned if (tp.topic, tp.partition) in stored]
        committed = await asyncio.gather(*(client.committed(tp) for tp in places))
        return {
            tp: stored[tp.topic, tp.partition]
            for tp, commit in zip(places, committed, strict=True)
            if commit is not None
        }

    @contextlib.asynccontextmanager
    async def _lifespan(self, *_: object) -> AsyncGenerator[None, None]:
        await self.db.open()
        try:
            self._spawn("relay", self.relay.run())
            self._spawn("consumer", self.consumer.broken.wait())
            yield
        except Exception as error:
            self._die(f"the broker client failed: {type(error).__name__}", error)
            raise
        finally:
            self._stopping = True
            for task in self._tasks.values():
                task.cancel()
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)
            await self.db.close()

    async def _stop(self) -> None:
        """Flush the outbox while the broker is still there."""
        self._stopping = True
        self.relay.stop()
        await asyncio.wait([self._tasks["relay"]], timeout=5)

    def _spawn(self, name: str, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.create_task(work, name=name)

        def ended(task: asyncio.Task[Any]) -> None:
            if not task.cancelled() and not self._stopping:
                self._die(f"{name} has ended", task.exception())

        task.add_done_callback(ended)
        self._tasks[name] = task

    def _die(self, why: str, error: BaseException | None) -> None:
        self.died = why
        log.critical("service.part_died", why=why, exc_info=error)
        for event in self._on_death:
            event.set()


def build(settings: Settings, db: Database | None = None) -> Projector:
    """The projector, not yet started."""
    return Projector(settings, db)


if __name__ == "__main__":
    run(build(Settings()))  # pyright: ignore[reportArgumentType]
