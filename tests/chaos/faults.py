"""Carries faults out. What has to be undone later (a start, a SIGCONT) is undone by itself."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Generator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import asyncpg
from aiokafka.errors import KafkaError
from contracts.topics import SERVICES
from runtime.provision import provision
from runtime.replay import replay

from tests.chaos import bus
from tests.chaos.replicas import Replica
from tests.chaos.schedule import Fault, Kind
from tests.chaos.world import PARTITIONS, World

_REPEATED: Final = 4  # newest records of each partition
_UNMARKED: Final = 25  # newest rows of each outbox
_BACK_SECONDS: Final = 60.0
_ALONE: Final = {Kind.TOTAL_LOSS, Kind.BLACKOUT}
"""These wait until everything earlier is undone; what follows waits until all is back."""


class Faults:
    """Does to a world what a schedule says. ``complaints`` are promises broken on the way."""

    def __init__(self, world: World) -> None:
        self.complaints: list[str] = []
        self.lost_bus: bus.Contents | None = None
        self._world = world
        self._note = world.timeline.note
        self._undoing: set[asyncio.Task[None]] = set()
        self._storms = 0
        self._starting: set[asyncio.Event] = set()
        self._acts: Mapping[Kind, Callable[[Fault], Awaitable[None]]] = {
            Kind.KILL: self._kill,
            Kind.KILL_BOTH: self._kill_both,
            Kind.PAUSE: self._pause,
            Kind.ROLL: self._roll,
            Kind.GUEST: self._guest,
            Kind.KILL_BROKER: self._kill_broker,
            Kind.KILL_DATABASE: self._kill_database,
            Kind.BLACKOUT: self._blackout,
            Kind.UNMARK: self._unmark,
            Kind.REPEAT: self._repeat,
            Kind.PROVIDER: self._provider,
            Kind.TOTAL_LOSS: self._total_loss,
        }
        self._broker = asyncio.Lock()
        self._database = asyncio.Lock()

    async def inject(self, fault: Fault) -> None:
        """Do it; returns when it is done, which is before it is undone."""
        if fault.kind in _ALONE:
            await self.settle()
        self._note("FAULT", str(fault), count="faults")
        await self._acts[fault.kind](fault)
        if fault.kind in _ALONE and not await self._world.crew.well(_BACK_SECONDS):
            self._note("studio", "not everything is back yet")

    async def steady(self) -> None:
        """Wait while the broker or the database starts: a slow machine changes no schedule."""
        while self._starting:
            await asyncio.gather(*(event.wait() for event in self._starting))

    async def settle(self) -> None:
        """Wait until everything is undone. Raises what went wrong in undoing."""
        while self._undoing:
            await asyncio.gather(*self._undoing)

    def _later(self, undo: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(undo)
        self._undoing.add(task)
        task.add_done_callback(self._undoing.discard)

    def _one(self, fault: Fault) -> Replica | None:
        running = [replica for replica in self._world.crew.of(fault.service) if replica.runs]
        if not running:
            self._note("FAULT", f"no {fault.service} runs that could be hit")
            return None
        return running[fault.pick % len(running)]

    async def _kill(self, fault: Fault) -> None:
        replica = self._one(fault)
        if replica is not None and await replica.kill():
            self._later(_want(fault.seconds, replica))

    async def _kill_both(self, fault: Fault) -> None:
        replicas = self._world.crew.of(fault.service)
        await asyncio.gather(*(replica.kill() for replica in replicas))
        self._later(_want(fault.seconds, *replicas))

    async def _pause(self, fault: Fault) -> None:
        replica = self._one(fault)
        if replica is not None and replica.pause():
            self._world.timeline.counts["pauses"] += 1
            self._later(self._resume(fault.seconds, replica))

    async def _resume(self, seconds: float, replica: Replica) -> None:
        await asyncio.sleep(seconds)
        if replica.paused:
            self._note(replica.name, "goes on")
            replica.resume()

    async def _roll(self, fault: Fault) -> None:
        replica = self._one(fault)
        if replica is not None:
            self._later(self._restart(replica))

    async def _restart(self, replica: Replica) -> None:
        await self._stop(replica)
        replica.want()

    async def _stop(self, replica: Replica) -> None:
        """What is only just starting has nothing to stop in order."""
        working = await replica.well(0)
        complaint = await replica.stop()
        if complaint and working:
            self.complaints.append(complaint)

    async def _guest(self, fault: Fault) -> None:
        guest = self._world.crew.new(fault.service)
        self._world.crew.replicas.append(guest)
        guest.want()
        self._later(self._entertain(fault.seconds, guest))

    async def _entertain(self, seconds: float, guest: Replica) -> None:
        await guest.well(_BACK_SECONDS)
        await asyncio.sleep(seconds)
        self._world.crew.replicas.remove(guest)
        guest.resume()
        await self._stop(guest)
        await guest.end()

    @contextmanager
    def _start_of_backing(self) -> Generator[None, None, None]:
        started = asyncio.Event()
        self._starting.add(started)
        try:
            yield
        finally:
            self._starting.discard(started)
            started.set()

    async def _kill_broker(self, fault: Fault) -> None:
        self._later(self._broker_away(fault.seconds))

    async def _broker_away(self, seconds: float) -> None:
        kafka = self._world.kafka
        async with self._broker:
            await asyncio.to_thread(kafka.kill)
            self._note("broker", "killed", count="kills")
            await asyncio.sleep(seconds)
            with self._start_of_backing():
                await asyncio.to_thread(kafka.start)
            self._note("broker", "answers")

    async def _kill_database(self, fault: Fault) -> None:
        self._later(self._database_away(fault.seconds))

    async def _database_away(self, seconds: float) -> None:
        async with self._database:
            await self._world.database.kill()
            await asyncio.sleep(seconds)
            with self._start_of_backing():
                await self._world.database.start()

    async def _blackout(self, fault: Fault) -> None:
        away = (self._broker_away(fault.seconds), self._database_away(fault.seconds))
        await asyncio.gather(self._world.crew.kill_all(), *away)
        self._world.crew.want_all()

    async def _unmark(self, _: Fault) -> None:
        async def unmark() -> str:
            conn = await asyncpg.connect(self._world.dsn, timeout=5)
            try:
                total = 0
                for schema in SERVICES:
                    tag = await conn.execute(
                        f'update "{schema}".outbox set published_at = null where seq in'
                        f' (select seq from "{schema}".outbox where published_at is not null'
                        f" order by seq desc limit {_UNMARKED})"
                    )
                    total += int(tag.rsplit(" ", 1)[1])
            finally:
                await conn.close()
            return f"{total} rows unmarked"

        self._later(self._report("relay", self._database, unmark))

    async def _repeat(self, _: Fault) -> None:
        async def repeat() -> str:
            return f"{await bus.repeat_newest(self._world.kafka.bootstrap, _REPEATED)} repeated"

        self._later(self._report("bus", self._broker, repeat))

    async def _report(
        self, who: str, lock: asyncio.Lock, act: Callable[[], Awaitable[str]]
    ) -> None:
        """Act while nobody takes the other side away."""
        async with lock:
            try:
                self._note(who, await act())
            except (OSError, KafkaError, asyncpg.PostgresError) as error:
                self._note(who, f"not done: {error!r}")

    async def _provider(self, fault: Fault) -> None:
        self._storms += 1
        await self._world.behave(fault.rates)
        self._later(self._calm(fault.seconds, self._storms))

    async def _calm(self, seconds: float, storm: int) -> None:
        await asyncio.sleep(seconds)
        if storm == self._storms:
            await self._world.behave(None)
            self._note("providers", "are calm again")

    async def _total_loss(self, _: Fault) -> None:
        """The broker loses everything; then what the handbook says for that case."""
        world = self._world
        kafka = world.kafka
        await world.crew.kill_all()
        self.lost_bus = await bus.contents(kafka.bootstrap)
        await asyncio.to_thread(kafka.kill)
        kafka.lose_data()
        self._note("broker", "killed, and its data deleted", count="kills")
        await asyncio.to_thread(kafka.start)
        await provision(kafka.bootstrap, partitions=PARTITIONS)
        again = await replay(world.dsn, SERVICES)
        self._note("broker", f"is empty; {again} events will be published again")
        world.crew.want_all()


async def _want(seconds: float, *replicas: Replica) -> None:
    await asyncio.sleep(seconds)
    for replica in replicas:
        replica.want()
