"""What a scene takes beyond the provider's own time: from its row to its fact."""

import asyncio
import statistics
from dataclasses import dataclass
from pathlib import Path

from bench.generator.stage import database_of, generator, staged
from tests.waiting import until

_DONE = "select count(*) from generator.work where step = 'make' and state = 'done'"
_TOOK = """
select extract(epoch from finished_at - created_at)::float8 as took
from generator.work where step = 'make' and state = 'done' order by created_at offset 2
"""


@dataclass(frozen=True, slots=True)
class Overhead:
    """Seconds beyond ``make`` seconds at the provider."""

    webhooks: bool
    scenes: int
    make: float
    p50: float
    p95: float


async def overhead(
    folder: Path, *, webhooks: bool, scenes: int, make: float, gap: float
) -> Overhead:
    """Scenes of one second that come one by one, every ``gap`` seconds."""
    async with (
        staged(folder, make_seconds=make, webhooks=webhooks) as stage,
        database_of(stage) as sql,
        generator(stage),
        stage.broker() as broker,
    ):

        async def done(wanted: int) -> bool:
            return await sql.fetchval(_DONE) >= wanted

        for _ in range(2):
            await stage.order(broker, scenes=1, frames=30)
        await until(lambda: done(2), "the generator is warm", seconds=120)
        for _ in range(scenes):
            await stage.order(broker, scenes=1, frames=30)
            await asyncio.sleep(gap)
        await until(lambda: done(scenes + 2), "all scenes are made", seconds=300)
        beyond = [row["took"] - make for row in await sql.fetch(_TOOK)]
    cuts = statistics.quantiles(beyond, n=20)
    return Overhead(webhooks, scenes, make, statistics.median(beyond), cuts[18])
