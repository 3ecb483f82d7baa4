"""Wakes the streams of a job when its read model has a new version.

A wake-up may be lost: streams also look by themselves every few seconds.
"""

import asyncio
import contextlib
from collections import Counter, defaultdict
from collections.abc import Generator
from typing import Any
from uuid import UUID

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from contracts.errors import ErrorCode, Transient
from contracts.events import JobUpdated
from contracts.topics import topic_of
from runtime.settings import RuntimeSettings

log = structlog.get_logger()

_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 15.0


class ProgressHub:
    """Who listens to which job in this process."""

    def __init__(self, streams_per_user: int) -> None:
        self._most = streams_per_user
        self._listeners: defaultdict[UUID, set[asyncio.Event]] = defaultdict(set)
        self._streams: Counter[UUID] = Counter()

    @contextlib.contextmanager
    def listen(self, job_id: UUID, user_id: UUID) -> Generator[asyncio.Event]:
        """An event that is set whenever the job changes.

        Raises ``Transient(RATE_LIMITED)`` if the user has too many streams open.
        """
        if self._streams[user_id] >= self._most:
            raise Transient(
                ErrorCode.RATE_LIMITED, "Too many progress streams are open.", retry_after=5
            )
        wake = asyncio.Event()
        self._streams[user_id] += 1
        self._listeners[job_id].add(wake)
        try:
            yield wake
        finally:
            self._listeners[job_id].discard(wake)
            if not self._listeners[job_id]:
                del self._listeners[job_id]
            self._streams[user_id] -= 1
            if not self._streams[user_id]:
                del self._streams[user_id]

    def wake(self, job_id: UUID) -> None:
        """The job has changed."""
        for listener in self._listeners.get(job_id, ()):
            listener.set()

    @property
    def listening(self) -> int:
        """How many streams are open."""
        return self._streams.total()


class JobUpdates:
    """Reads ``job.updated`` without a group, from now on: every replica hears everything."""

    def __init__(self, settings: RuntimeSettings, hub: ProgressHub) -> None:
        self._settings = settings
        self._hub = hub

    async def run(self) -> None:
        """Listen until cancelled; a broker that is away is waited for."""
        pause = _FIRST_PAUSE
        while True:
            consumer = self._consumer()
            try:
                await consumer.start()
                pause = _FIRST_PAUSE
                async for record in consumer:
                    self._heard(record)
            except (KafkaError, OSError) as error:
                log.warning("progress.bus_away", error=type(error).__name__, pause=pause)
            finally:
                await consumer.stop()
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _consumer(self) -> Any:
        return AIOKafkaConsumer(
            topic_of(JobUpdated),
            bootstrap_servers=self._settings.kafka_bootstrap_servers,
            client_id=self._settings.kafka_instance_id or "gateway",
            group_id=None,
            auto_offset_reset="latest",
            enable_auto_commit=False,
            fetch_max_wait_ms=self._settings.kafka_fetch_max_wait_ms,
        )

    def _heard(self, record: Any) -> None:
        try:
            self._hub.wake(UUID((record.key or b"").decode()))
        except ValueError:
            log.warning("progress.key_not_readable", offset=record.offset)
