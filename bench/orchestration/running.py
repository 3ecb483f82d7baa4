"""A contender's processes: started on a leash, spoken to by lines, ended for certain."""

import asyncio
import json
import os
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from studio.leash import leashed

from bench.orchestration.contenders import Contender, Part
from bench.orchestration.servers import Servers

ROOT = Path(__file__).resolve().parents[2]
_GRACE = 20.0


class EndedError(RuntimeError):
    """A process of a contender ended by itself; its log says why."""


class Field:
    """The running processes of one contender."""

    def __init__(self, contender: Contender) -> None:
        self.contender = contender
        self.desks: list[asyncio.subprocess.Process] = []
        self.processes: dict[str, asyncio.subprocess.Process] = {}

    @property
    def pids(self) -> list[int]:
        return [process.pid for process in self.processes.values()]

    async def ask(self, order: dict[str, Any], *, shares: Sequence[Any] = ({},)) -> list[Any]:
        """The desks' replies to an order; each desk gets its own of ``shares`` with it."""
        asked = zip(self.desks, (*shares, *({} for _ in self.desks)), strict=False)
        return await asyncio.gather(*(_ask(desk, {**order, **share}) for desk, share in asked))

    async def done(self) -> int:
        """How many jobs have ended. Raises ``EndedError``."""
        for name, process in self.processes.items():
            if process.returncode is not None:
                raise EndedError(f"{self.contender.name}: {name} ended ({process.returncode})")
        return sum(await self.ask({"do": "done"}))


async def _ask(desk: asyncio.subprocess.Process, order: dict[str, Any]) -> Any:
    assert desk.stdin is not None
    desk.stdin.write(json.dumps(order).encode() + b"\n")
    return await _reply(desk)


async def _reply(desk: asyncio.subprocess.Process) -> Any:
    assert desk.stdout is not None
    line = await desk.stdout.readline()
    if not line:
        raise EndedError("a desk ended; its log says why")
    return json.loads(line)["reply"]


@asynccontextmanager
async def fielded(
    contender: Contender, python: Path, servers: Servers, logs: Path
) -> AsyncGenerator[Field, None]:
    """The contender, running; ended afterwards."""
    field = Field(contender)
    if contender.setup:
        setup = Part("setup", contender.setup)
        if await (await _start(setup, python, servers, logs)).wait():
            raise EndedError(f"{contender.name}: setup failed; see {logs}/setup.log")
    async with AsyncExitStack() as stack:
        for part in (*contender.workers, *contender.desks):
            out = asyncio.subprocess.PIPE if part in contender.desks else None
            process = await _start(part, python, servers, logs, out)
            stack.push_async_callback(_end, process)
            field.processes[part.name] = process
            if part in contender.desks:
                field.desks.append(process)
        for desk in field.desks:
            await _reply(desk)
        yield field


async def _start(
    part: Part, python: Path, servers: Servers, logs: Path, out: int | None = None
) -> asyncio.subprocess.Process:
    with (logs / f"{part.name}.log").open("ab") as log:
        return await asyncio.create_subprocess_exec(
            *leashed([str(python), *part.words]),
            stdin=asyncio.subprocess.PIPE,
            stdout=log if out is None else out,
            stderr=log,
            limit=1 << 26,
            cwd=ROOT,
            env={**os.environ, **servers.environment, **part.environment(servers)},
        )


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(_GRACE):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
