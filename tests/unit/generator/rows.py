"""A row of work of the generator, led from its first claim to its end on fakes."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Generic

from contracts.errors import Rejected, Transient
from contracts.events import Event
from generator.domain.attempt import Patience
from generator.handlers.books import Books
from generator.handlers.orders import Orders
from generator.handlers.plans import Plans
from generator.handlers.ports import (
    AttemptLog,
    Callbacks,
    ClipCache,
    Gate,
    MezzanineMaker,
    Sisters,
    VideoProvider,
)
from generator.handlers.routing import Routing
from generator.handlers.scene import MakeScene
from generator.handlers.takes import SceneEvent
from runtime.objects import LocalObjects
from runtime.work import Done, Failed, Handler, Outcome, Retry, Waiting
from typing_extensions import TypeVar

from tests.unit.generator.gates import FakeGate
from tests.unit.generator.making import (
    FakeAttemptLog,
    FakeKeeper,
    FakeMezzanineMaker,
    FakeSisters,
    nowhere,
)

PATIENCE = Patience(queued=100, running=100, busy=500, send=5, window=60, looks=3)


@dataclass
class Clock:
    """Time that tests move. ``tick`` seconds pass with every look at it."""

    time: float = 1_000.0
    tick: float = 0.0

    def __call__(self) -> float:
        self.time += self.tick
        return self.time


def maker(
    store: LocalObjects,
    providers: Mapping[str, VideoProvider],
    cache: ClipCache,
    clock: Clock,
    *,
    patience: Patience = PATIENCE,
    mezzanine: MezzanineMaker | None = None,
    scratch: Path | None = None,
    log: AttemptLog | None = None,
    callbacks: Callbacks = nowhere,
    gate: Gate | None = None,
    sisters: Sisters | None = None,
) -> MakeScene:
    """The handler as ``main`` would build it."""
    log = log or FakeAttemptLog()
    books = Books(log)
    routing = Routing(providers, gate or FakeGate(log), books, patience, clock)
    return MakeScene(
        providers=providers,
        orders=Orders(clock, patience, books, callbacks, routing),
        mezzanine=mezzanine or FakeMezzanineMaker(),
        cache=cache,
        store=store,
        now=clock,
        plans=Plans(store),
        sisters=sisters or FakeSisters(),
        scratch=scratch,
    )


def booked(make: MakeScene, log: AttemptLog) -> MakeScene:
    """The same handler with other books."""
    books = Books(log)
    routing = replace(make.orders.routing, books=books, gate=FakeGate(log))
    return replace(make, orders=replace(make.orders, books=books, routing=routing))


class Death(BaseException):
    """The process is gone: no handler catches this."""


H = TypeVar("H", bound=Handler[Any], default=MakeScene)
V = TypeVar("V", bound=Event, default=SceneEvent)


@dataclass
class Row(Generic[H, V]):
    """A row of work from its first claim to its end, as the runtime would lead it."""

    make: H
    event: V
    clock: Clock
    keeper: FakeKeeper = field(default_factory=FakeKeeper)
    ordinal: int = 0
    lease: float = 30.0
    retry: Retry = field(default_factory=Retry)
    tries: int = 0
    outcomes: list[Outcome] = field(default_factory=list[Outcome])
    deaths: int = 0

    async def run(self) -> Outcome | None:
        """One claim; ``None`` if the process died or the try failed. Time passes afterwards."""
        try:
            outcome = await self.make(self.event, self.keeper.work(self.ordinal))
            await self.keeper.close(outcome)
        except Death:
            self.deaths += 1
            self.clock.time += self.lease
            return None
        except Transient as error:
            self.tries += 1
            pause = error.retry_after or self.retry.pause(self.tries, 0.5)
            self.clock.time += pause
            if self.tries < self.retry.tries:
                return None
            outcome = Failed(error.code, error.message, error.detail)
        except Rejected as error:
            outcome = Failed(error.code, error.message, error.detail)
        self.outcomes.append(outcome)
        if isinstance(outcome, Waiting):
            self.tries = 0
            self.clock.time += outcome.seconds
        return outcome

    async def finish(self, most: int = 300) -> Done | Failed:
        """Claims until the row is closed."""
        for _ in range(most):
            outcome = await self.run()
            if isinstance(outcome, Done | Failed):
                return outcome
        raise AssertionError(f"still open after {most} claims: {self.keeper.checkpoint}")

    async def fail(self) -> Failed:
        """Claims until the row is closed: it has failed."""
        outcome = await self.finish()
        assert isinstance(outcome, Failed), outcome
        return outcome
