"""The relay: publishes an outbox, what was just committed from memory, the rest from its table.

Both paths may publish a row, and after a crash they do: ids are deterministic, so consumers
recognise it.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any, Final, Protocol
from uuid import UUID

import structlog

from runtime import metrics
from runtime.batching import Batcher
from runtime.db import TRANSIENT_ERRORS, Database
from runtime.outbox import Message, Row
from runtime.pace import Pace
from runtime.pulse import Pulse

log = structlog.get_logger()

BATCH: Final = 500
BUSY_SECONDS: Final = 0.05
GRACE_SECONDS: Final = 1.0
"""So long a row is left to the process that committed it, if that publishes from memory."""


class Publisher(Protocol):
    """Sends messages in order per key; one result per message: ``None``, or why it failed."""

    async def publish(self, messages: Sequence[Message]) -> Sequence[BaseException | None]:
        """Wait until the bus has confirmed or refused every message."""
        ...


class Relay:
    """Publishes a schema's outbox. One relay at a time reads the table, so order holds.

    ``direct``: the schema's processes offer what they commit, and the table is only read for what
    was left: by a crash, by a bus that was away. Until that is published nothing goes past it.
    Events of one job written by two workers may be published in either order; consumers do not
    rely on it.
    """

    def __init__(
        self,
        db: Database,
        schema: str,
        publisher: Publisher,
        *,
        poll_seconds: float = 1.0,
        direct: bool = False,
    ) -> None:
        self._db = db
        self._schema = schema
        self._publisher = publisher
        self._poll = poll_seconds
        self._direct = direct
        self.behind = True
        self._left = False
        self._offered: list[Row] = []
        self._offer = asyncio.Event()
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()
        self._marks = Batcher(self._mark)
        self._marking: set[asyncio.Task[None]] = set()
        self.pulse = Pulse()
        self._pace = Pace()

    def wake(self) -> None:
        """There is something to publish."""
        self._wake.set()

    def offer(self, rows: Sequence[Row]) -> None:
        """These rows have just been committed."""
        if not rows:
            return
        if self.behind:
            self._left = True
            self.wake()
            return
        self._offered.extend(rows)
        self._offer.set()

    def stop(self) -> None:
        """Publish what is there, then end ``run``."""
        self._stopping.set()
        self._wake.set()
        self._offer.set()

    async def run(self) -> None:
        """Publish until stopped. A broker or database that is away is waited for."""
        direct = asyncio.create_task(self._publish_offered())
        try:
            await self._publish_table(direct)
        finally:
            direct.cancel()

    async def publish_once(self) -> int:
        """Publish one batch of the table; how many rows were confirmed."""
        return await self._publish() or 0

    async def _publish_table(self, direct: "asyncio.Task[None]") -> None:
        pause = self._poll
        while True:
            await self._pace()
            stopping = self._stopping.is_set()
            if stopping:
                await asyncio.wait([direct])
            if direct.done():
                direct.result()  # if it died, so does this: the process should end, and be missed
            self._wake.clear()
            sent: int | None = 0
            try:
                sent = await self._publish()
                pause = self._poll
            except TRANSIENT_ERRORS as error:
                log.warning("relay.database_away", error=type(error).__name__)
                pause = min(pause * 2, 15.0)
            self.pulse.beat()
            if stopping and not sent:
                return
            if sent != BATCH and not stopping:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(
                        self._wake.wait(), pause if sent is not None else BUSY_SECONDS
                    )

    async def _publish_offered(self) -> None:
        """What was offered, until stopped and nothing is left."""
        pace = Pace()
        while self._offered or not self._stopping.is_set():
            await pace()
            if not self._offered:
                self._offer.clear()
                await self._offer.wait()
                pace.begin()
            batch, self._offered = self._offered[:BATCH], self._offered[BATCH:]
            sent = await self._confirmed(batch)
            if len(sent) < len(batch):
                # The table has them all: it keeps their order better than a second try here.
                self.behind, self._offered = True, []
                self.wake()
            if sent:
                self._later(sent)
        if self._marking:
            await asyncio.wait(self._marking)

    async def _confirmed(self, rows: Sequence[Row]) -> list[UUID]:
        results = await self._publisher.publish([message for _, message in rows])
        self._report(results)
        return [id_ for (id_, _), error in zip(rows, results, strict=True) if error is None]

    def _later(self, sent: list[UUID]) -> None:
        """Mark rows beside the next publishing. A mark that is lost only repeats a publish.

        One that comes after a replay does not count: it tells of a broker that is lost.
        """

        async def mark() -> None:
            with contextlib.suppress(*TRANSIENT_ERRORS):
                await self._marks(sent)

        task = asyncio.create_task(mark())
        self._marking.add(task)
        task.add_done_callback(self._marking.discard)

    async def _mark(self, batches: Sequence[list[UUID]]) -> Sequence[None]:
        await self._db.execute(
            f"""
            with fast as materialized (select set_config('synchronous_commit', 'off', true))
            update {self._table} o set published_at = now() from fast
            where event_id = any($1) and replays = 0
            """,  # noqa: S608
            [id_ for batch in batches for id_ in batch],
        )
        return [None] * len(batches)

    async def _publish(self) -> int | None:
        """One batch of the table; ``None`` while another relay is at work on the schema."""
        behind, self._left = self.behind, False
        grace = 0.0 if behind else GRACE_SECONDS
        async with self._db.transaction() as conn:
            rows = await conn.fetch(self._next, f"filmstudio.relay.{self._schema}", BATCH, grace)
            if not rows:
                return None
            if rows[0]["seq"] is None:
                rows = []
            metrics.UNPUBLISHED.labels(self._schema).set(len(rows))
            if not rows:
                # Only who looked for fresh rows too, and was left none since, has caught up.
                if behind and self._direct and not self._left:
                    self.behind = False
                return 0
            results = await self._publisher.publish([_message(row) for row in rows])
            self._report(results)
            sent = [row["seq"] for row, error in zip(rows, results, strict=True) if error is None]
            await conn.execute(
                f"update {self._table} set published_at = now() where seq = any($1)",  # noqa: S608
                sent,
            )
        return len(sent)

    def _report(self, results: Sequence[BaseException | None]) -> None:
        errors = [error for error in results if error is not None]
        if errors:
            log.warning("relay.not_published", rows=len(errors), error=repr(errors[0])[:200])
        metrics.PUBLISHED.labels(self._schema).inc(len(results) - len(errors))

    @property
    def _table(self) -> str:
        return f'"{self._schema}".outbox'

    @property
    def _next(self) -> str:
        """The oldest rows, under the lock: nothing if it is taken, one empty row if none is due.

        A mark that a crash of the database loses only repeats a publish, so no commit of one waits
        for the disk.
        """
        return f"""
            with mine as materialized (
              select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as locked
              from set_config('synchronous_commit', 'off', true)
            )
            select o.* from mine left join lateral (
              select seq, topic, key, headers, body from {self._table}
              where published_at is null and created_at <= now() - make_interval(secs => $3)
              order by seq limit $2
            ) o on true
            where mine.locked
            """  # noqa: S608


def _message(row: Any) -> Message:
    return Message(row["topic"], row["key"], row["headers"], row["body"])
