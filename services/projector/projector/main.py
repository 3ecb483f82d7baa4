"""Every topic but its own -> the read model. Composition root of the projector."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Final

from aiokafka import TopicPartition
from contracts.topics import TOPICS
from faststream.asgi import AsgiFastStream
from runtime import health
from runtime.bus import Consumer, KafkaPublisher, make_broker, reach
from runtime.db import Database
from runtime.loops import Loops
from runtime.outbox import Relay
from runtime.service import FLUSH_SECONDS, run

from projector.adapters import SCHEMA, PostgresReadModel
from projector.handlers import Project
from projector.settings import Settings

READS: Final = tuple(sorted(topic.name for topic in TOPICS if SCHEMA in topic.consumers))


class Projector:
    """The process: a consumer that folds, a relay that announces, and their health."""

    name = SCHEMA

    def __init__(self, settings: Settings, db: Database | None = None) -> None:
        self.settings = settings.runtime
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
        self.loops = Loops()

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
            "service": self.loops.died,
            "consumer": self.consumer.dead(),
            "relay": self.loops.trouble("relay", self.relay.pulse),
        }

    def ready(self) -> Mapping[str, str | None]:
        """Live, and reading at least one partition."""
        assigned = None if self.consumer.assigned() else "no partitions assigned"
        return {**self.live(), "assignment": assigned}

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
        await reach(self.settings.kafka_bootstrap_servers)
        await self.db.open()
        try:
            self.loops.spawn("relay", self.relay.run())
            self.loops.spawn("consumer", self.consumer.broken.wait())
            yield
        except Exception as error:
            self.loops.die(f"the broker client failed: {type(error).__name__}", error)
            raise
        finally:
            await self.loops.cancel()
            await self.db.close()

    async def _stop(self) -> None:
        """Flush the outbox while the broker is still there."""
        self.loops.stopping()
        self.relay.stop()
        await self.loops.join("relay", FLUSH_SECONDS)


def build(settings: Settings, db: Database | None = None) -> Projector:
    """The projector, not yet started."""
    return Projector(settings, db)


if __name__ == "__main__":
    run(build(Settings()))
