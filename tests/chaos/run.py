"""One run: a world, its customers, its trouble; then peace, and the verdict."""

import asyncio
import re
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import asyncpg
import httpx

from tests.chaos import evidence, paying
from tests.chaos.checker import Verdict, judge
from tests.chaos.customers import TERMINAL, Api, Customers
from tests.chaos.faults import Faults
from tests.chaos.schedule import MEANING, USERS, Fault, Order, faults, orders
from tests.chaos.timeline import Timeline
from tests.chaos.world import World

_START_SECONDS: Final = 120.0
_SETTLE_SECONDS: Final = 150.0
_SETTLE_SECONDS_PER_JOB: Final = 10.0
_STABILIZED: Final = re.compile(rb"Stabilized group \S+ generation \d+")


class NotStartedError(Exception):
    """A service does not start even when nobody disturbs it; the message has its last words."""


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for. ``providers`` are those who make the clips, by the generator's names."""

    seed: int
    jobs: int
    seconds: float
    providers: tuple[str, ...] = ("http",)


@dataclass(frozen=True, slots=True)
class State:
    """How far a run is."""

    phase: str
    done: int
    faults: int
    latest: str


Watch = Callable[[State], None]


class Run:
    """A run in a folder of its own. ``watch`` is told how far it is, now and then."""

    def __init__(self, options: Options, folder: Path, watch: Watch) -> None:
        self.options = options
        self.timeline = Timeline(folder / "timeline.txt")
        self.world = World(folder, options.seed, self.timeline, options.providers)
        self.faults = Faults(self.world)
        self.schedule = faults(options.seed, options.seconds)
        self.orders = orders(options.seed, options.jobs, options.seconds, options.providers)
        self.customers: Customers | None = None
        self._watch = watch
        self._phase = "starting"

    async def __call__(self) -> dict[str, Any]:
        """The fields of the last line; ``violations`` is empty if every promise held."""
        self._write_plan()
        showing = asyncio.create_task(self._show())
        try:
            async with self.world.running():
                await self._start_services()
                verdict = await self._trouble_and_judge()
        finally:
            showing.cancel()
            self.timeline.close()
        return self._line(verdict)

    def _write_plan(self) -> None:
        told = self.options
        self.timeline.chapter(f"seed {told.seed}, {told.jobs} jobs, {told.seconds:g} s of trouble")
        self.timeline.chapter("kinds", [f"{kind:<14} {what}" for kind, what in MEANING.items()])
        self.timeline.chapter("orders", [order_line(order) for order in self.orders])
        self.timeline.chapter("faults", [fault_line(fault) for fault in self.schedule])
        self.timeline.chapter("what happened")

    async def _start_services(self) -> None:
        self.world.crew.want_all()
        if not await self.world.crew.well(_START_SECONDS):
            raise NotStartedError(await self.world.crew.last_words())
        self.timeline.note("studio", "everything is ready")

    async def _trouble_and_judge(self) -> Verdict:
        async with AsyncExitStack() as stack:
            http = await stack.enter_async_context(httpx.AsyncClient(trust_env=False))
            gateways = self.world.crew.gateways
            apis = [Api(http, self.world.token(user), gateways) for user in range(USERS)]
            self.customers = Customers(apis, self.timeline)
            serving: list[asyncio.Task[None]] = []
            stack.push_async_callback(_cancel, serving)
            self._phase = "trouble"
            await self._make_trouble(self.customers, serving)
            self._phase = "settling"
            await self._settle(serving)
            self._phase = "judging"
            return await self._judge()

    async def _make_trouble(self, customers: Customers, serving: list[asyncio.Task[None]]) -> None:
        """Orders and faults at their times, by a clock that stands still while a fault is done.

        So a slow machine makes a run longer, but brings nothing closer together.
        """
        clock = asyncio.get_running_loop().time
        started = clock()
        for what in sorted((*self.orders, *self.schedule), key=lambda item: item.at):
            await asyncio.sleep(max(0.0, started + what.at - clock()))
            if isinstance(what, Order):
                serving.append(asyncio.create_task(customers.serve(what)))
                continue
            begun = clock()
            await self.faults.steady()
            await self.faults.inject(what)
            started += clock() - begun
        await asyncio.sleep(max(0.0, started + self.options.seconds - clock()))
        await self.faults.settle()
        await self.world.behave(None)
        self.world.crew.want_all()
        self.timeline.note("studio", "the trouble is over")

    async def _settle(self, serving: Sequence[asyncio.Task[None]]) -> None:
        """Until every customer is served and nothing is at work, or the limit is over."""
        limit = _SETTLE_SECONDS + _SETTLE_SECONDS_PER_JOB * self.options.jobs
        going = "customers wait"
        try:
            async with asyncio.timeout(limit):
                await asyncio.gather(*serving)
                while going := await self._going_on():
                    self.timeline.latest = f"waiting for {going}"
                    await asyncio.sleep(1.0)
            await self.world.crew.well(30.0)
            self.timeline.note("studio", "everything has settled")
        except TimeoutError:
            self.timeline.note("studio", f"not settled after {limit:g} s: {going}")
            await _cancel(serving)

    async def _going_on(self) -> str:
        try:
            return await evidence.settled(self.world.dsn)
        except (OSError, asyncpg.PostgresError) as error:
            return repr(error)

    async def _judge(self) -> Verdict:
        films = [] if self.customers is None else self.customers.films
        found = await evidence.gather(
            self.world,
            films,
            lost_bus=self.faults.lost_bus,
            complaints=self.faults.complaints,
        )
        watchers = [film.watcher for film in films if film.watcher is not None]
        connects = sum(watcher.connects for watcher in watchers)
        self.timeline.note("studio", f"{len(watchers)} watchers had {connects} connections")
        verdict = judge(found)
        self.timeline.chapter("orders that did not simply succeed", paying.stories(found))
        self.timeline.chapter(
            "bills", [f"{name:<10} {what}" for name, what in verdict.providers.items()]
        )
        self.timeline.chapter("broken promises", verdict.violations or ("none",))
        return verdict

    def _line(self, verdict: Verdict) -> dict[str, Any]:
        counts = self.timeline.counts
        return {
            "jobs": self.options.jobs,
            "succeeded": verdict.succeeded,
            "failed": verdict.failed,
            "lost": verdict.lost,
            "paid_twice": verdict.paid_twice,
            "kills": counts["kills"],
            "rebalances": len(_STABILIZED.findall(self.world.kafka.log.read_bytes())),
            "duplicates_seen": verdict.duplicates,
            "seconds": round(self.timeline.seconds, 1),
            "seed": self.options.seed,
            "scenes": verdict.scenes,
            "webhooks": verdict.webhooks,
            "providers": verdict.providers,
            "violations": len(verdict.violations),
        }

    async def _show(self) -> None:
        while True:
            films = [] if self.customers is None else self.customers.films
            done = sum(film.status in TERMINAL for film in films)
            counts = self.timeline.counts
            self._watch(State(self._phase, done, counts["faults"], self.timeline.latest))
            await asyncio.sleep(0.5)


def order_line(order: Order) -> str:
    """An order as a line of a table."""
    more = f"{' watched' if order.watched else ''}{' published' if order.published else ''}"
    what = f"{order.scenes} scenes by {' or '.join(order.providers)}"
    return f"{order.at:7.2f}  order {order.number}: {what}, user {order.user}{more}"


def fault_line(fault: Fault) -> str:
    """A fault as a line of a table."""
    return f"{fault.at:7.2f}  {fault}"


async def _cancel(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
