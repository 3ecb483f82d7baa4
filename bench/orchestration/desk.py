"""The desk of a contender: it takes jobs on standard input and says when they ended.

One JSON object a line each way. Standard library only: the peers' environments import it too.
"""

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from typing import Any, Protocol

BURST_LANES = 16


class Desk(Protocol):
    """What a contender's submitter can do."""

    async def submit(self, job: str) -> None:
        """Take one job; durable when it returns."""
        ...

    async def done(self) -> int:
        """How many jobs have ended since the start."""
        ...

    async def ends(self) -> dict[str, float]:
        """When each job ended, in Unix seconds."""
        ...

    async def messages(self) -> int:
        """How many messages, tasks or steps have been stored or sent since the start."""
        ...


async def _burst(desk: Desk, jobs: Sequence[str]) -> dict[str, float]:
    began = time.time()
    waiting = iter(jobs)

    async def lane() -> None:
        for job in waiting:
            await desk.submit(job)

    await asyncio.gather(*(lane() for _ in range(BURST_LANES)))
    return dict.fromkeys(jobs, began)


async def _steady(desk: Desk, jobs: Sequence[str], rate: float, offset: float) -> dict[str, float]:
    """Times are those of the plan, so a desk that falls behind counts against its contender."""
    began = time.time() + offset
    times: dict[str, float] = {}
    under_way: list[asyncio.Task[None]] = []
    for n, job in enumerate(jobs):
        times[job] = began + n / rate
        await asyncio.sleep(max(0.0, times[job] - time.time()))
        under_way.append(asyncio.create_task(desk.submit(job)))
    await asyncio.gather(*under_way)
    return times


async def _answer(desk: Desk, order: dict[str, Any]) -> object:
    match order["do"]:
        case "burst":
            return await _burst(desk, order["jobs"])
        case "steady":
            return await _steady(desk, order["jobs"], order["rate"], order["offset"])
        case "done":
            return await desk.done()
        case "ends":
            return await desk.ends()
        case _:
            return await desk.messages()


async def attend(desk: Desk) -> None:
    """Answer orders until standard input ends."""
    _say("ready")
    while line := await asyncio.to_thread(sys.stdin.readline):
        _say(await _answer(desk, json.loads(line)))


def _say(reply: object) -> None:
    sys.stdout.write(json.dumps({"reply": reply}) + "\n")
    sys.stdout.flush()
