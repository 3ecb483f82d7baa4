"""Fakes of voices and their memory, for the stitcher's tests."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from contracts.events import Event, ObjectRef
from runtime.objects import ObjectStore
from stitcher.domain.voices import Intent, Order, Said, Word
from stitcher.handlers.lines import Lines, Recorder
from stitcher.handlers.ports import Measured

from tests.unit.stitcher.making import FakeMeasured

USD_PER_MILLION = Decimal(15)


@dataclass
class FakeVoice:
    """Says everything, as texts; what it is told to refuse it does not say."""

    refused: frozenset[str] = frozenset()
    broken: Exception | None = None
    model: str = "fake"
    names: tuple[str, ...] = ("n", "a", "b", "c")
    asked: list[Order] = field(default_factory=list[Order])

    async def say(self, orders: Sequence[Order], folder: Path) -> list[Said | None]:
        self.asked += orders
        if self.broken is not None:
            raise self.broken
        return [None if o.text in self.refused else self._said(o, folder) for o in orders]

    def _said(self, order: Order, folder: Path) -> Said:
        path = folder / f"{order.name}.wav"
        path.write_text(order.text)
        return Said(path, (Word(0, len(order.text), 0.15),))


@dataclass
class FakeRecorder:
    """A tenth of a second a letter; what was played says how."""

    tidied: list[str] = field(default_factory=list[str])

    async def tidy(self, spoken: Path, path: Path) -> tuple[float, float] | None:
        text = spoken.read_text()
        path.write_text(text)
        self.tidied.append(text)
        return len(text) / 10, 0.05

    async def play(self, tidied: Path, tempo: float, samples: int, path: Path) -> None:
        path.write_text(f"{tidied.read_text()} {tempo} {samples}")


def lines(
    store: ObjectStore, measured: Measured | None = None, recorder: Recorder | None = None
) -> Lines:
    """What was said, remembered in dictionaries unless told otherwise."""
    return Lines(
        recorder or FakeRecorder(), store, measured or FakeMeasured(), asyncio.Semaphore(2)
    )


@dataclass
class FakeSpeaker:
    """A paid server: it fails as told, in order, then speaks."""

    faults: list[Exception] = field(default_factory=list[Exception])
    sent: list[str] = field(default_factory=list[str])

    async def say(self, order: Order) -> bytes:
        self.sent.append(order.text)
        if self.faults:
            raise self.faults.pop(0)
        return f"{order.voice}: {order.text}".encode()


@dataclass
class _Row:
    state: str
    by: UUID
    job: UUID
    lost: int = 0
    over: bool = False
    made: ObjectRef | None = None
    usd: Decimal = Decimal(0)


@dataclass
class FakeSpoken:
    """A dictionary. A claim ends only when it is given up."""

    resends: int = 1
    rows: dict[tuple[UUID, str], _Row] = field(default_factory=dict[tuple[UUID, str], _Row])

    async def recall(self, project: UUID, name: str) -> ObjectRef | None:
        row = self.rows.get((project, name))
        return row.made if row and row.state == "done" else None

    async def intend(self, event: Event, order: Order, by: UUID) -> Intent:
        row = self.rows.get((event.project_id, order.name))
        if row is None:
            self.rows[event.project_id, order.name] = _Row("asking", by, event.job_id)
            return Intent.GRANTED
        if row.state == "done":
            return Intent.KNOWN
        if row.state == "asking":
            if not (row.over or row.by == by):
                return Intent.BUSY
            if row.lost >= self.resends:
                return Intent.SPENT
            row.lost += 1
        row.state, row.by, row.job, row.over = "asking", by, event.job_id, False
        return Intent.GRANTED

    async def keep(self, project: UUID, order: Order, made: ObjectRef, usd: Decimal) -> None:
        row = self.rows[project, order.name]
        if row.state != "done":
            row.state, row.made, row.usd = "done", made, row.usd + usd * (1 + row.lost)

    async def free(self, project: UUID, order: Order, by: UUID) -> None:
        row = self.rows[project, order.name]
        if row.by == by and row.state == "asking":
            row.state = "free"

    async def lose(self, project: UUID, order: Order, by: UUID) -> None:
        row = self.rows[project, order.name]
        if row.by == by and row.state == "asking":
            row.over = True

    async def drop(self, project: UUID, name: str) -> None:
        row = self.rows[project, name]
        row.state, row.made, row.lost = "free", None, 0

    async def paid(self, event: Event) -> Decimal:
        return sum((row.usd for row in self.rows.values() if row.job == event.job_id), Decimal(0))
