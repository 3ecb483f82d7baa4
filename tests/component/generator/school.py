"""A training's row led from claim to end against the stand-in; its process may die meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, TypeAlias
from uuid import UUID

import httpx
from contracts.events import CharacterRequested
from generator.adapters import replicate_training
from generator.adapters.wire import Account
from generator.handlers.books import Books
from generator.handlers.looks import Looks
from generator.handlers.orders import Orders
from generator.handlers.routing import Routing
from generator.handlers.training import GiveUpTraining, TrainCharacter
from pydantic import SecretStr
from runtime.objects import LocalObjects
from runtime.work import Outcome
from standins.replicate import KEY, ReplicateStandin
from standins.replicate_training import TRAINER
from standins.video_faults import Faults
from standins.video_orders import Books as Ledger

from tests.adapters.houses import EPOCH, Door, even
from tests.component.generator.desk import HANG_SECONDS, PATIENCE, TERMS, Fate, Mortal, Wire, cut
from tests.unit.generator.gates import FakeGate
from tests.unit.generator.making import JOB, USER, FakeAttemptLog, FakeKeeper, nowhere
from tests.unit.generator.rows import Clock, Death, Row
from tests.waiting import until

ADA = UUID("6d1d7a5e-0000-4000-8000-0000000000ad")
MODEL = f"loopback/character-{ADA.hex}"
Lesson: TypeAlias = Row[TrainCharacter, CharacterRequested]
ONCE = replace(PATIENCE, orders=1)


async def wished(store: LocalObjects, pictures: int = 4) -> CharacterRequested:
    """A character with pictures in the store."""
    refs = [
        await store.put(f"users/{USER}/characters/{ADA}/{n}.webp", b"picture %d" % n, "image/webp")
        for n in range(pictures)
    ]
    return CharacterRequested(
        job_id=JOB,
        user_id=USER,
        project_id=JOB,
        character_id=ADA,
        name="Ada",
        images=tuple(refs),
    )


@dataclass
class School:
    """The stand-in and everything a training needs, for many trainings one after another."""

    standin: ReplicateStandin
    door: Door
    base: str
    store: LocalObjects
    clock: Clock = field(default_factory=Clock)
    log: FakeAttemptLog = field(default_factory=FakeAttemptLog)
    gate: FakeGate = field(default_factory=lambda: FakeGate(FakeAttemptLog()))
    network: httpx.AsyncHTTPTransport = field(
        default_factory=lambda: httpx.AsyncHTTPTransport(
            limits=httpx.Limits(max_keepalive_connections=0)
        )
    )

    def open(self, faults: Faults) -> None:
        """New books and a new clock."""
        faults.hang_seconds = HANG_SECONDS
        self.clock = Clock(EPOCH)
        self.log = FakeAttemptLog()
        self.gate = FakeGate(self.log)
        self.standin.books = Ledger(self.clock)
        self.standin.faults = faults

    def ledger(self) -> dict[str, Any]:
        """What was really ordered and paid."""
        return self.standin.books.ledger()

    def trainer(self, client: httpx.AsyncClient) -> replicate_training.Trainer:
        """The real adapter."""
        account = Account(SecretStr(KEY), self.base, terms=TERMS)
        usd = Decimal("1.525")
        made = replicate_training.trainer(client, account, TRAINER, "", usd)
        assert made is not None
        return replace(made, wire=replace(made.wire, chance=even))

    def orders(self) -> Orders:
        """As ``main`` would build them."""
        books = Books(self.log)
        routing = Routing({}, self.gate, books, ONCE, self.clock)
        return Orders(self.clock, ONCE, books, nowhere, routing, Looks(chance=even))

    async def row(self, client: httpx.AsyncClient, keeper: FakeKeeper) -> Lesson:
        """The row of a training as one process sees it."""
        make = TrainCharacter(self.trainer(client), self.orders(), self.store, self.clock)
        return Row(make, await wished(self.store), self.clock, keeper=keeper)

    def undo(self, client: httpx.AsyncClient) -> GiveUpTraining:
        """Gives up what a cancelled one has ordered."""
        return GiveUpTraining(self.trainer(client), self.orders(), self.gate, self.clock)

    async def lead(
        self, faults: Faults, fate: Fate, blow: Callable[[], BaseException] | None = None
    ) -> tuple[Lesson, Outcome]:
        """One training from its first claim to its end; with ``blow`` only connections die."""
        # Who died after the bytes were out has left an order that is still on its way.
        await until(self.door.calm, "the provider has booked what was sent before")
        self.open(faults)
        wire = Wire(fate, self.network, self.door, cut if blow else Death)
        keeper = Mortal(fate) if blow is None else FakeKeeper()
        async with httpx.AsyncClient(transport=wire, trust_env=False) as client:
            row = await self.row(client, keeper)
            return row, await row.finish()
