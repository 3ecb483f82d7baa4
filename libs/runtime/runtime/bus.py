"""The bus: FastStream on aiokafka, set up so that nothing is lost. The broker is chosen here.

FastStream's default acknowledgement is at most once, and its others commit past failures, so
offsets are committed here, explicitly, after a batch is safe in the database. A batch that
cannot be made safe stops the consumer instead of being skipped.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import structlog
from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError
from contracts.envelope import BadEnvelopeError, Envelope
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaAckableMessage, KafkaMessage

from runtime.db import TRANSIENT_ERRORS
from runtime.outbox import Message
from runtime.pace import Pace
from runtime.settings import RuntimeSettings

log = structlog.get_logger()

MAX_RECORDS = 100
CONNECT_SECONDS = 5.0
DRAIN_SECONDS = 20.0
GIVE_UP_SECONDS = 240.0


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it lies in Kafka."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    headers: Sequence[tuple[str, bytes]]
    value: bytes

    def envelope(self) -> Envelope:
        """The event inside. Raises ``BadEnvelopeError`` for bytes that are no event of ours."""
        try:
            headers = {name: value.decode() for name, value in self.headers}
        except UnicodeDecodeError as error:
            raise BadEnvelopeError("undecodable_header", str(error)[:200]) from error
        return Envelope.parse(headers, self.value)


Handle = Callable[[Sequence[Record]], Awaitable[None]]
Positions = Callable[[Sequence[TopicPartition]], Awaitable[Mapping[TopicPartition, int]]]


def make_broker(settings: RuntimeSettings, service: str) -> KafkaBroker:
    """A broker client: producer settings and the connection, not yet started."""
    return KafkaBroker(
        settings.kafka_bootstrap_servers,
        client_id=settings.kafka_instance_id or service,
        allow_auto_create_topics=False,
        graceful_timeout=25,
        apply_types=False,  # a batch needs no validation and no injection, which cost as much as it
        acks="all",
        # Event ids already remove duplicates; an idempotent aiokafka producer can poison a
        # partition for good, and its sends never expire while the broker is away.
        enable_idempotence=False,
        compression_type="lz4",
        linger_ms=0,  # a relay sends its batch at once, so waiting gathers nothing more
        request_timeout_ms=15_000,
        max_request_size=900_000,
        logger=None,
    )


async def reach(servers: str) -> None:
    """Return once a bootstrap server takes a connection. Raises ``OSError`` if none does.

    A producer that fails to start is never closed by the broker client, so look first.
    """
    refused: OSError = OSError("no bootstrap server")
    for server in servers.split(","):
        host, _, port = server.strip().rpartition(":")
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                _, writer = await asyncio.open_connection(host.strip("[]"), int(port))
        except OSError as error:
            refused = error
        else:
            writer.close()
            return
    raise refused


class KafkaPublisher:
    """Publishes messages through the broker; all of a batch are under way at once."""

    def __init__(self, broker: KafkaBroker) -> None:
        self._broker = broker

    async def publish(self, messages: Sequence[Message]) -> Sequence[BaseException | None]:
        """One result per message: ``None``, or why it is not confirmed."""
        pending: list[asyncio.Future[Any]] = []
        try:
            for message in messages:
                sent = await self._broker.publish(
                    message.body,
                    message.topic,
                    key=message.key,
                    headers=message.headers,
                    no_confirm=True,
                )
                pending.append(asyncio.ensure_future(sent))
        except Exception as error:  # noqa: BLE001 - any refusal is a result, not a crash
            rest = len(messages) - len(pending)
            done = await asyncio.gather(*pending, return_exceptions=True)
            return [*map(_failure, done), *([error] * rest)]
        done = await asyncio.gather(*pending, return_exceptions=True)
        return [*map(_failure, done)]


def _failure(result: object) -> BaseException | None:
    return result if isinstance(result, BaseException) else None


class Consumer(ConsumerRebalanceListener):  # pyright: ignore[reportUntypedBaseClass]
    """Batches of records of some topics into ``handle``; offsets are committed after it returned.

    ``handle`` must be quick and safe to repeat. While the database is away it is called again
    with the same batch; past ``GIVE_UP_SECONDS``, or on a bug, ``broken`` is set and the process
    should end, so that nothing is skipped. ``positions`` may name where partitions start.
    """

    def __init__(
        self,
        broker: KafkaBroker,
        settings: RuntimeSettings,
        topics: Sequence[str],
        *,
        group: str,
        handle: Handle,
        positions: Positions | None = None,
    ) -> None:
        self.broken = asyncio.Event()
        self._handle = handle
        self._positions = positions
        self._idle = asyncio.Event()
        self._idle.set()
        self._subscriber = broker.subscriber(
            *topics,
            group_id=group,
            group_instance_id=settings.kafka_instance_id,
            batch=True,
            max_records=MAX_RECORDS,
            batch_timeout_ms=settings.kafka_batch_timeout_ms,
            fetch_max_wait_ms=settings.kafka_fetch_max_wait_ms,
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.MANUAL,
            no_reply=True,
            session_timeout_ms=settings.kafka_session_timeout_ms,
            heartbeat_interval_ms=min(3_000, settings.kafka_session_timeout_ms // 3),
            rebalance_timeout_ms=30_000,
            max_poll_interval_ms=300_000,
            listener=self,
            parser=_untouched,
            decoder=_undecoded,
        )
        self._pace = Pace(gap=0.002, share=0.5)
        self._poll_ms = settings.kafka_batch_timeout_ms
        # FastStream's own would sleep after every empty poll, while messages lie there.
        self._subscriber.get_msg = self._next_batch
        self._subscriber(self._on_batch)

    @property
    def client(self) -> Any:
        """The AIOKafkaConsumer while the subscriber runs, else ``None``."""
        return self._subscriber.consumer

    def assigned(self) -> bool:
        """Whether this replica reads at least one partition."""
        return self.client is not None and bool(self.client.assignment())

    def dead(self, *, silent_seconds: float = 60.0) -> str | None:
        """Why the consumer is no longer alive, or ``None``."""
        if self.broken.is_set():
            return "a batch could not be accepted"
        tasks = self._subscriber.tasks
        if not tasks or any(task.done() for task in tasks):
            return "the consume loop has ended"
        if self.client is not None:
            polls = [self.client.last_poll_timestamp(tp) for tp in self.client.assignment()]
            heard = max((poll for poll in polls if poll), default=None)
            if heard is not None and time.time() - heard / 1000 > silent_seconds:
                return "the broker has not answered a fetch"
        return None

    async def on_partitions_revoked(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, revoked: Sequence[TopicPartition]
    ) -> None:
        """Let the batch at hand finish, so that a rebalance repeats nothing."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), DRAIN_SECONDS)

    async def on_partitions_assigned(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, assigned: Sequence[TopicPartition]
    ) -> None:
        """Start where ``positions`` says, within what the log still holds."""
        if self._positions is None or self.client is None or not assigned:
            return
        wanted = await self._positions(list(assigned))
        first = await self.client.beginning_offsets(list(assigned))
        last = await self.client.end_offsets(list(assigned))
        for partition in assigned:
            offset = wanted.get(partition)
            fits = offset is not None and first[partition] <= offset <= last[partition]
            self.client.seek(partition, offset if fits else first[partition])

    async def _next_batch(self, consumer: Any) -> tuple[Any, ...]:
        await self._pace()
        batches = await consumer.getmany(timeout_ms=self._poll_ms, max_records=MAX_RECORDS)
        self._pace.begin()
        return tuple(chain.from_iterable(batches.values()))

    async def _on_batch(self, raw: Sequence[Any]) -> None:
        records = [_record(r) for r in raw]
        self._idle.clear()
        try:
            if await self._make_safe(records):
                await self._commit(records)
        finally:
            self._idle.set()

    async def _make_safe(self, records: Sequence[Record]) -> bool:
        pause, started = 0.1, time.monotonic()
        while not self.broken.is_set():
            try:
                await self._handle(records)
            except TRANSIENT_ERRORS as error:
                log.warning("bus.database_away", error=type(error).__name__, pause=pause)
                if time.monotonic() - started > GIVE_UP_SECONDS:
                    self.broken.set()
                await asyncio.sleep(pause)
                pause = min(pause * 2, 30.0)
            except Exception:
                log.exception("bus.batch_not_accepted")
                self.broken.set()
            else:
                return True
        return False

    async def _commit(self, records: Sequence[Record]) -> None:
        if self.client is None:
            return
        offsets: dict[TopicPartition, int] = {}
        for record in records:
            partition = TopicPartition(record.topic, record.partition)
            offsets[partition] = max(offsets.get(partition, 0), record.offset + 1)
        try:
            await self.client.commit(offsets)
        except (CommitFailedError, IllegalStateError) as error:
            # Somebody else owns the partition now; what they read again is recognised.
            log.info("bus.commit_refused", error=type(error).__name__)


def _record(raw: Any) -> Record:
    headers = [(name, value or b"") for name, value in raw.headers]
    return Record(raw.topic, raw.partition, raw.offset, raw.key, headers, raw.value or b"")


async def _untouched(raw: Any) -> KafkaMessage:
    return KafkaAckableMessage(body=b"", headers={}, raw_message=raw, consumer=_NO_CONSUMER)


async def _undecoded(message: KafkaMessage) -> Any:
    return message.raw_message


_NO_CONSUMER: Any = None
