"""How many scenes one process can wait for: memory and CPU while providers are at work."""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.generator.stage import database_of, generator, staged
from tests.waiting import until

FAR = 3_600.0
_PER_JOB = 100
_OUT = "select count(*) from generator.attempts where state = 'taken'"


@dataclass(frozen=True, slots=True)
class Waiting:
    """``rss`` in MiB, ``cpu`` as a share of one core, ``placed`` orders a second."""

    scenes: int
    idle_rss: float
    rss: float
    cpu: float
    placed: float
    age: float


def _rss(process: psutil.Process) -> float:
    return process.memory_info().rss / 2**20


async def waiting(folder: Path, scenes: int, seconds: float, age: float) -> Waiting:
    """Orders that are out for ``age`` seconds on average, watched for ``seconds``."""
    async with (
        staged(folder, make_seconds=FAR, webhooks=False) as stage,
        database_of(stage) as sql,
        generator(stage) as process,
        stage.broker() as broker,
    ):
        await stage.order(broker, scenes=1, frames=240)

        async def out(wanted: int) -> bool:
            return await sql.fetchval(_OUT) >= wanted

        await until(lambda: out(1), "the generator runs", seconds=60)
        idle, begun = _rss(process), time.monotonic()
        for _ in range(scenes // _PER_JOB):
            await stage.order(broker, scenes=_PER_JOB, frames=240)
        await until(lambda: out(scenes), "all orders are out", seconds=600)
        placing = time.monotonic() - begun
        await asyncio.sleep(max(0.0, age - placing / 2))
        used, since = sum(process.cpu_times()[:2]), time.monotonic()
        await asyncio.sleep(seconds)
        cpu = (sum(process.cpu_times()[:2]) - used) / (time.monotonic() - since)
        return Waiting(scenes, idle, _rss(process), cpu, scenes / placing, age)
