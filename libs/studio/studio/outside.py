"""The outside world on loopback: stand-ins of every vendor, as one child process."""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from pathlib import Path

from studio.leash import leashed
from studio.trouble import Exit, Trouble

_READY_WITHIN = 30.0
_GRACE = 5.0


@dataclass(frozen=True, slots=True)
class Outside:
    """Where each stand-in is, and the environment that sends the services there."""

    urls: Mapping[str, str]
    environment: Mapping[str, str]


@contextlib.asynccontextmanager
async def standing_in(log: Path) -> AsyncGenerator[Outside, None]:
    """Stand-ins for as long as the block lasts. Raises Trouble when they do not start."""
    with log.open("ab") as out:
        process = await asyncio.create_subprocess_exec(
            *leashed([sys.executable, "-m", "standins"]), stdout=asyncio.subprocess.PIPE, stderr=out
        )
    try:
        line = b""
        if process.stdout is not None:
            with contextlib.suppress(TimeoutError):
                line = await asyncio.wait_for(process.stdout.readline(), _READY_WITHIN)
        if not line:
            raise Trouble(
                "The stand-ins did not start.", next_step=f"Their log: {log}", code=Exit.STACK
            )
        yield Outside(**json.loads(line))
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), _GRACE)
        except TimeoutError:
            process.kill()
            await process.wait()
