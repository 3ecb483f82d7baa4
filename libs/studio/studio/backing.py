"""What the services stand on: the embedded broker, database and sign-in, each kept running."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Protocol

from studio import ports
from studio.embedded import broker, database
from studio.embedded.issuer import Issuer, local_user
from studio.home import Home
from studio.keeper import Hook, Keeper
from studio.process import Command
from studio.services import ISSUER, POSTGRES, Wiring, embedded_postgres, role_password
from studio.trouble import Exit, Trouble
from studio.waiting import until

_BROKER = "broker"
_GRACE = 6.0  # seconds to stop in
_ADDRESS_WITHIN = 15.0


class MakeKeeper(Protocol):
    """Makes a keeper that speaks and remembers as the rest of the stack does."""

    def __call__(self, name: str, command: "CommandOf", before: Hook, back: Hook) -> Keeper:
        """The keeper of one process."""
        ...


class CommandOf(Protocol):
    """What to run now: asked at each start."""

    def __call__(self) -> Command:
        """The command."""
        ...


class Backing:
    """Broker, database and issuer of one stack.

    ``new_broker`` is awaited whenever the broker was started again: it is empty and elsewhere.
    """

    def __init__(
        self,
        *,
        home: Home,
        listening: Mapping[str, int],
        inherited: Mapping[str, str],
        topics: Mapping[str, int],
        keeper: MakeKeeper,
        new_broker: Hook,
    ) -> None:
        self._home, self._topics, self._inherited = home, topics, inherited
        self._ports, self._new_broker = listening, new_broker
        self._kafka = ""
        self._issuer = Issuer.open(home.keys, listening[ISSUER])
        self._postgres = embedded_postgres(home, listening[POSTGRES])
        self._database_keeper = keeper(
            POSTGRES,
            self._postgres.command,
            before=self._clear_database,
            back=self._database_answers,
        )
        self._broker_keeper = keeper(
            _BROKER, self._broker_command, before=self._clear_address, back=self._broker_is_back
        )

    @property
    def wiring(self) -> Wiring:
        """Where everything is at this moment."""
        return Wiring(
            home=self._home,
            ports=self._ports,
            kafka=self._kafka,
            postgres=self._postgres,
            issuer=self._issuer,
            inherited=self._inherited,
        )

    @property
    def keepers(self) -> Sequence[Keeper]:
        """The keepers of its processes."""
        return (self._database_keeper, self._broker_keeper)

    async def start(self, around: AsyncExitStack) -> None:
        """Start all three; the issuer serves until ``around`` closes. Raises Trouble."""
        listener = ports.claim(ISSUER, self._ports[ISSUER])
        await around.enter_async_context(self._issuer.serving(listener))
        await self._broker_keeper.start()
        await asyncio.to_thread(self._postgres.initialise)
        await self._database_keeper.start()
        await self._database_answers()
        await self._read_address()

    async def prepare(self, migration: database.Migrate, roles: Sequence[str]) -> list[str]:
        """Bring the database up to date; the migrations applied. Raises Trouble."""
        wiring = self.wiring
        applied = await database.prepare(
            self._postgres.dsn("postgres"),
            wiring.database_dsn,
            {role: role_password(self._home, role) for role in roles},
            migration,
        )
        await database.ensure_user(wiring.database_dsn, local_user())
        return applied

    async def halt(self) -> None:
        """Let them run, but start none again."""
        for keeper in self.keepers:
            await keeper.halt()

    async def stop(self) -> None:
        """End broker and database."""
        await asyncio.gather(*(keeper.stop(_GRACE) for keeper in self.keepers))

    async def _clear_database(self) -> None:
        await asyncio.to_thread(self._postgres.clear_leftovers)

    async def _database_answers(self) -> None:
        child = self._database_keeper.child
        await self._postgres.wait_ready(lambda: child is None or child.ended)

    async def _clear_address(self) -> None:
        self._home.broker_address.unlink(missing_ok=True)

    def _broker_command(self) -> Command:
        return Command(
            name=_BROKER,
            argv=tuple(broker.command(self._home.broker_address, self._topics)),
            log=self._home.logs / "broker.log",
            env=self._inherited,
        )

    async def _broker_is_back(self) -> None:
        await self._read_address()
        await self._new_broker()

    async def _read_address(self) -> None:
        child, file = self._broker_keeper.child, self._home.broker_address

        async def settled() -> bool:
            return child is None or child.ended or file.exists()

        if not await until(settled, within=_ADDRESS_WITHIN, every=0.02) or not file.exists():
            raise Trouble(
                "The broker does not start.",
                next_step=f"Its log: {self._home.logs / 'broker.log'}",
                code=Exit.STACK,
            )
        self._kafka = file.read_text()
