"""The embedded stack itself: what is killed comes back, what is told is clear, nothing is left."""

import asyncio
import json
import os
import signal
import socket
import sys
import tempfile
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import asyncpg
import httpx
import psutil
import pytest
from studio.home import Home, Running
from studio.keeper import RestartPolicy
from studio.process import Command
from studio.services import Wiring, embedded_postgres
from studio.settings import inherited_environment
from studio.supervisor import Plan, running
from studio.trouble import Exit, Trouble

from tests.e2e.fake_stack import BROKEN, SERVER, services
from tests.ports import free_port, lasting_port
from tests.waiting import until

pytestmark = pytest.mark.e2e


@pytest.fixture
def home() -> Generator[Home, None, None]:
    with tempfile.TemporaryDirectory(prefix="filmstudio-stack-") as name:
        yield Home.open(Path(name))


class Watched:
    """A stack in this process, what it said, and what it replayed."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.said: list[str] = []
        self.replays: list[list[str]] = []

    async def replay(self, superuser_dsn: str, schemas: Sequence[str]) -> int:
        self.replays.append(list(schemas))
        return 0

    def plan(self, generator: str = SERVER, **more: int) -> Plan:
        return Plan(
            services=services(generator),
            asked_ports=more,
            inherited=inherited_environment(),
            first_port=lasting_port(),
            policy=RestartPolicy(first=0.05),
            replay=self.replay,
        )

    def now(self) -> Running:
        note = self.home.running()
        assert note is not None
        return note

    async def told(self, words: str) -> None:
        async def check() -> bool:
            return any(words in line for line in self.said)

        await until(check, f"a line with {words!r} in {self.said}")

    async def told_by(self, service: str) -> dict[str, str]:
        """What a service was started with; waits until it answers."""
        url = f"http://127.0.0.1:{self.now().ports[service]}/"
        answers: list[dict[str, str]] = []

        async def check() -> bool:
            with suppress(httpx.TransportError):
                answers.append((await http.get(url)).json())
            return bool(answers)

        async with httpx.AsyncClient(trust_env=False) as http:
            await until(check, f"{service} answers")
        return answers[-1]

    def kill(self, part: str) -> int:
        pid = self.now().processes[part][0]
        os.kill(pid, signal.SIGKILL)
        return pid


def _gone(pids: Sequence[int]) -> Callable[[], Awaitable[bool]]:
    async def check() -> bool:
        return not any(_runs(pid) for pid in pids)

    return check


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def test_a_killed_service_is_restarted_with_one_line(home: Home) -> None:
    stack = Watched(home)
    async with running(home, stack.plan(), stack.said.append):
        first = stack.kill("generator")
        await stack.told("generator ended (killed by SIGKILL); restarted")
        await stack.told_by("generator")
        assert stack.now().processes["generator"][0] != first
        assert len(stack.said) == 1


async def test_a_killed_broker_is_replaced_filled_again_and_the_services_go_there(
    home: Home,
) -> None:
    stack = Watched(home)
    async with running(home, stack.plan(), stack.said.append) as before:
        assert stack.replays == [["gateway", "generator"]]
        stack.kill("broker")
        await stack.told("broker ended (killed by SIGKILL); restarted")
        assert stack.replays == [["gateway", "generator"]] * 2
        for service in ("gateway", "generator"):
            told = await stack.told_by(service)
            assert told["KAFKA_BOOTSTRAP_SERVERS"] == stack.now().kafka != before.kafka


async def test_a_killed_database_comes_back_with_its_data(home: Home) -> None:
    stack = Watched(home)
    async with running(home, stack.plan(), stack.said.append) as up:
        dsn = embedded_postgres(home, up.ports["postgres"]).dsn("studio")
        conn = await asyncpg.connect(dsn)
        await conn.execute("create table public.kept as select 1 as answer")
        stack.kill("postgres")
        conn.terminate()
        await stack.told("postgres ended (killed by SIGKILL); restarted")
        conn = await asyncpg.connect(dsn)
        assert await conn.fetchval("select answer from public.kept") == 1
        await conn.close()


async def test_each_start_has_the_same_ports_and_keys_and_a_new_replay(home: Home) -> None:
    stack = Watched(home)
    plan = stack.plan()
    async with running(home, plan, stack.said.append) as first:
        told = await stack.told_by("generator")
    async with running(home, plan, stack.said.append) as second:
        again = await stack.told_by("generator")
    assert (first.ports, first.issuer_url) == (second.ports, second.issuer_url)
    for name in ("DATABASE_URL", "OBJECTS_SIGNING_KEY", "OBJECTS_URL"):
        assert told[name] == again[name]
    assert len(stack.replays) == 2
    assert home.running() is None


async def test_every_studio_has_the_premade_cast_once(home: Home) -> None:
    stack = Watched(home)
    plan = stack.plan()
    seen: list[list[asyncpg.Record]] = []
    for _ in range(2):
        async with running(home, plan, stack.said.append) as up:
            conn = await asyncpg.connect(
                embedded_postgres(home, up.ports["postgres"]).dsn("studio")
            )
            query = (
                "select xmin::text, id, images from public.characters where is_premade order by id"
            )
            seen.append(await conn.fetch(query))
            await conn.close()
    assert len(seen[0]) >= 6
    assert seen[0] == seen[1]
    keys = [json.loads(row["images"])[0]["key"] for row in seen[0]]
    assert all((home.objects / "data" / key).is_file() for key in keys)
    assert stack.said == []


async def test_a_studio_starts_without_a_premade_cast_and_says_so(home: Home) -> None:
    stack = Watched(home)
    argv = (sys.executable, "-c", "raise SystemExit(3)")
    failing = Command("premade cast", argv, home.logs / "premade.log", inherited_environment())

    def seeding(_: Wiring) -> Command:
        return failing

    plan = replace(stack.plan(), seeding=seeding)
    async with running(home, plan, stack.said.append):
        assert await stack.told_by("gateway")
    assert any("no new premade characters: exit code 3" in line for line in stack.said)


async def test_a_role_reaches_its_own_schema_with_what_the_service_is_told(home: Home) -> None:
    stack = Watched(home)
    async with running(home, stack.plan(), stack.said.append):
        conn = await asyncpg.connect((await stack.told_by("generator"))["DATABASE_URL"])
        try:
            assert await conn.fetchval("select current_user") == "generator"
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await conn.fetch("select * from gateway.outbox")
        finally:
            await conn.close()


async def test_a_service_that_cannot_start_is_named_with_its_last_words(home: Home) -> None:
    stack = Watched(home)
    with pytest.raises(Trouble, match=r"generator ended \d times: .*this cannot work") as caught:
        async with running(home, stack.plan(BROKEN), stack.said.append):
            pass
    assert caught.value.code is Exit.STACK
    assert str(home.logs / "generator.log") in caught.value.next_step
    assert home.running() is None


async def test_a_port_that_was_asked_for_and_is_taken_is_refused(home: Home) -> None:
    stack = Watched(home)
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = int(holder.getsockname()[1])
        with pytest.raises(Trouble, match=rf"Port {port} \(gateway\) is taken") as caught:
            async with running(home, stack.plan(gateway=port), stack.said.append):
                pass
    assert caught.value.code is Exit.PORT


async def test_a_remembered_port_that_is_taken_is_left_and_told(home: Home) -> None:
    stack = Watched(home)
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = int(holder.getsockname()[1])
        home.remember_ports({"gateway": port})
        async with running(home, stack.plan(), stack.said.append) as up:
            assert up.ports["gateway"] != port
    assert stack.said[0].startswith(f"port {port} (gateway) is taken")


@asynccontextmanager
async def _as_process(home: Home) -> AsyncGenerator[Process, None]:
    """The same stack under a supervisor that can be killed."""
    words = [sys.executable, "-m", "tests.e2e.fake_stack", str(home.folder), str(free_port())]
    process = await asyncio.create_subprocess_exec(*words, stdout=PIPE, stderr=STDOUT)
    try:
        assert process.stdout is not None
        said = b""
        while not said.endswith(b"up\n"):
            line = await process.stdout.readline()
            assert line, said
            said += line
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


def _pids(home: Home) -> list[int]:
    note = home.running()
    assert note is not None
    return [pid for pid, _ in note.processes.values()]


async def test_nothing_outlives_a_killed_supervisor_and_the_next_one_starts(home: Home) -> None:
    async with _as_process(home) as supervisor:
        children = _pids(home)
        supervisor.kill()
        await supervisor.wait()
        if sys.platform == "linux":
            await until(_gone(children), "every child has ended")
    assert home.running() is None
    async with _as_process(home):
        assert set(_pids(home)).isdisjoint(children)
        assert not any(_runs(pid) for pid in children)


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_stops_everything_in_order(home: Home, signum: signal.Signals) -> None:
    async with _as_process(home) as supervisor:
        children = _pids(home)
        supervisor.send_signal(signum)
        async with asyncio.timeout(25):
            assert await supervisor.wait() == Exit.STOPPED
        assert not any(_runs(pid) for pid in children)
    assert home.running() is None
    assert not (home.postgres / "data" / "postmaster.pid").exists()


async def test_a_second_up_says_where_the_first_is(home: Home) -> None:
    async with _as_process(home) as supervisor:
        up = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "studio.cli", "up", "--home", str(home.folder)),
            stdout=PIPE,
            stderr=STDOUT,
        )
        said, _ = await up.communicate()
        api = json.loads((home.folder / "run" / "stack.json").read_text())["api_url"]
        assert up.returncode == Exit.ALREADY_RUNNING
        assert f"already running, pid {supervisor.pid}, API {api}" in said.decode()
        assert b"Traceback" not in said
