"""Runs the whole stack as child processes and keeps it running until it is told to stop."""

import asyncio
import os
from collections.abc import (
    AsyncGenerator,
    Awaitable,
    Callable,
    Coroutine,
    Iterable,
    Mapping,
    Sequence,
)
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

import asyncpg
import httpx
from runtime.replay import replay as replay_outboxes

from studio import ports
from studio.backing import Backing
from studio.embedded import database
from studio.home import Home, Running
from studio.keeper import Keeper, RestartPolicy, Say
from studio.logfiles import keep_small
from studio.process import Child, Command, birth, end_groups, how_it_ended
from studio.services import (
    GATEWAY,
    ISSUER,
    POSTGRES,
    SERVICES,
    Service,
    Wiring,
    embedded_topics,
    last_words,
    premade_cast,
)
from studio.trouble import Exit, Trouble
from studio.waiting import until

_FIRST_PORT = 8420
_SERVICE_GRACE = 14.0  # seconds; with the backing parts' less than the 25 s a stop may take
_NEW_BROKER_GRACE = 5.0  # the old broker is gone: there is little to finish
_SEEDING_GRACE = 1.0
_READY_WITHIN = 90.0


class Replay(Protocol):
    """``runtime.replay.replay``: kept outbox rows are published again."""

    def __call__(self, superuser_dsn: str, schemas: Sequence[str]) -> Awaitable[int]:
        """How many rows."""
        ...


@dataclass(frozen=True, slots=True)
class Plan:
    """What a stack is made of; tests put their own services in. Times are seconds."""

    services: Sequence[Service] = SERVICES
    topics: Mapping[str, int] = field(default_factory=embedded_topics)
    asked_ports: Mapping[str, int] = field(default_factory=dict[str, int])
    inherited: Mapping[str, str] = field(default_factory=dict[str, str])
    first_port: int = _FIRST_PORT
    ready_within: float = _READY_WITHIN
    policy: RestartPolicy = field(default_factory=RestartPolicy)
    migrate: database.Migrate = database.migrate
    replay: Replay = replay_outboxes
    seeding: Callable[[Wiring], Command] = premade_cast


@asynccontextmanager
async def running(home: Home, plan: Plan, say: Say) -> AsyncGenerator[Running, None]:
    """The whole stack, ready, for as long as the block lasts.

    ``say`` gets one line for each thing a user should know. Raises Trouble when the folder is in
    use, a port that was asked for is taken, or a part does not start.
    """
    with home.locked():
        await asyncio.to_thread(sweep, home)
        stack = Stack(home, plan, say)
        try:
            yield await stack.start()
        finally:
            await stack.stop()
            home.remove_note()


def sweep(home: Home) -> list[int]:
    """End what a killed supervisor left behind; the numbers of the ended processes."""
    note = home.last_note()
    home.remove_note()
    return [] if note is None else end_groups(dict(note.processes.values()))


def choose_ports(home: Home, plan: Plan, say: Say, take: Callable[[int], bool]) -> dict[str, int]:
    """A port for everything that listens, told to ``say`` where one had to move."""
    names = [GATEWAY, ISSUER, POSTGRES]
    names += [service.name for service in plan.services if service.name != GATEWAY]
    chosen, moved = ports.choose(
        names,
        asked=plan.asked_ports,
        remembered=home.remembered_ports(),
        first=plan.first_port,
        take=take,
    )
    for line in moved:
        say(line)
    home.remember_ports(chosen)
    return chosen


class Stack:
    """The services, on top of the backing parts."""

    def __init__(self, home: Home, plan: Plan, say: Say) -> None:
        self._home, self._plan, self._say = home, plan, say
        self._ready = False
        self._around = AsyncExitStack()
        reserved = ports.Reservations()
        self._around.callback(reserved.close)
        keep = partial(Keeper, say=say, policy=plan.policy, changed=self._note)
        self._backing = Backing(
            home=home,
            listening=choose_ports(home, plan, say, reserved.take),
            inherited=plan.inherited,
            topics=plan.topics,
            keeper=keep,
            new_broker=self._move_to_new_broker,
        )
        self._keepers = [keep(s.name, command=self._command_of(s)) for s in plan.services]

    def _command_of(self, service: Service) -> Callable[[], Command]:
        return lambda: service.command(self._backing.wiring)

    async def start(self) -> Running:
        """Start everything and wait until it is ready. Raises Trouble when it cannot be."""
        logs = asyncio.create_task(keep_small(self._home.logs), name="log files")
        self._around.callback(logs.cancel)
        await self._backing.start(self._around)
        await self._backing.prepare(self._plan.migrate, self._names)
        await self._replay()
        await self._start_services()
        await _all([*(self._wait_ready(keeper) for keeper in self._keepers), self._seed()])
        self._ready = True
        return self._note()

    async def stop(self) -> None:
        """End everything within 25 s: the services first, then what they stand on."""
        await self._backing.halt()
        await self._stop_services(_SERVICE_GRACE)
        await self._backing.stop()
        await self._around.aclose()

    @property
    def _names(self) -> list[str]:
        return [service.name for service in self._plan.services]

    def _note(self) -> Running:
        wiring = self._backing.wiring
        keepers = (*self._backing.keepers, *self._keepers)
        note = Running(
            pid=os.getpid(),
            born=birth(os.getpid()),
            ready=self._ready,
            api_url=wiring.api_url,
            docs_url=f"{wiring.api_url}/docs",
            issuer_url=wiring.issuer.url,
            kafka=wiring.kafka,
            ports=dict(wiring.ports),
            processes={k.name: (k.child.pid, k.child.born) for k in keepers if k.child},
        )
        self._home.write_note(note)
        return note

    async def _start_services(self) -> None:
        await asyncio.gather(*(keeper.start() for keeper in self._keepers))

    async def _stop_services(self, grace: float) -> None:
        await asyncio.gather(*(keeper.stop(grace) for keeper in self._keepers))

    async def _move_to_new_broker(self) -> None:
        """A new broker holds nothing and is elsewhere: fill it again, then go there."""
        await self._stop_services(_NEW_BROKER_GRACE)
        await self._replay()
        await self._start_services()

    async def _replay(self) -> None:
        try:
            await self._plan.replay(self._backing.wiring.database_dsn, self._names)
        except (asyncpg.PostgresError, OSError) as error:
            raise Trouble(f"The kept events cannot be read: {error}", code=Exit.STACK) from error

    async def _seed(self) -> None:
        """Runs beside the services' own start. Films are made without a premade cast, too."""
        command = self._plan.seeding(self._backing.wiring)
        child = await Child.start(command)
        try:
            async with asyncio.timeout(self._plan.ready_within):
                how = how_it_ended(code) if (code := await child.wait()) else None
        except TimeoutError:
            how = "it took too long"
        finally:
            if not child.ended:
                await child.stop(_SEEDING_GRACE)
        if how is not None:
            self._say(f"There are no new premade characters: {how}. Its log: {command.log}")

    async def _wait_ready(self, keeper: Keeper) -> None:
        port = self._backing.wiring.ports[keeper.name]
        url = f"http://{ports.HOST}:{port}/readyz"
        patience = self._plan.policy.patience

        async def settled() -> bool:
            if keeper.fast_deaths >= patience:
                return True
            # Another program on that port may well say that it is ready.
            return keeper.child is not None and (
                await _answers_ok(http, url) and ports.listens(keeper.child.pid, port)
            )

        async with httpx.AsyncClient(timeout=2.0, trust_env=False) as http:
            within = self._plan.ready_within
            ready = await until(settled, within=within, every=0.2)
        if ready and keeper.fast_deaths < patience:
            return
        log = keeper.command().log
        how = f"ended {keeper.fast_deaths} times" if ready else f"is not ready after {within:g} s"
        words = last_words(log)
        raise Trouble(
            f"{keeper.name} {how}{f': {words}' if words else '.'}",
            next_step=f"Its log: {log}",
            code=Exit.STACK,
        )


async def _all(waits: Iterable[Coroutine[None, None, None]]) -> None:
    """Wait for all; when one fails the others are given up."""
    tasks = [asyncio.create_task(wait) for wait in waits]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _answers_ok(http: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await http.get(url)).is_success
    except httpx.HTTPError:
        return False
