"""Procrastinate: every step is a job that defers the next; the fan-in is a table, as with ours.

Two last scenes may both see all twelve, and the lock forgets a job that has begun, so that the
film is sometimes joined twice; a job ends with the first.

``desk`` defers the first step of each job; ``work`` is a worker process.
"""

import asyncio
import os
import sys

from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued

from bench.orchestration.desk import attend

SCENES = 12
CONCURRENCY = 16
TABLE = "create table if not exists parts (job text, scene int, primary key (job, scene))"

app = App(
    connector=PsycopgConnector(
        conninfo=os.environ["DATABASE_URL"], min_size=4, max_size=CONCURRENCY + 4
    )
)


@app.task
async def transcribe(job: str) -> None:
    await write.defer_async(job=job)


@app.task
async def write(job: str) -> None:
    await plan.defer_async(job=job)


@app.task
async def plan(job: str) -> None:
    await generate.batch_defer_async(*({"job": job, "scene": n} for n in range(SCENES)))


@app.task
async def generate(job: str, scene: int) -> None:
    await app.connector.execute_query_async(
        "insert into parts values (%(job)s, %(scene)s) on conflict do nothing",
        job=job,
        scene=scene,
    )
    have = await app.connector.execute_query_one_async(
        "select count(*) as n from parts where job = %(job)s", job=job
    )
    if have["n"] == SCENES:
        try:
            await stitch.configure(queueing_lock=job).defer_async(job=job)
        except AlreadyEnqueued:
            return


@app.task
async def stitch(job: str) -> None:
    """The film is there."""


class ProcrastinateDesk:
    async def submit(self, job: str) -> None:
        await transcribe.defer_async(job=job)

    async def _one(self, query: str) -> int:
        return (await app.connector.execute_query_one_async(query))["n"]

    async def done(self) -> int:
        return await self._one(
            "select count(distinct args->>'job') as n from procrastinate_jobs"
            f" where task_name = '{stitch.name}' and status = 'succeeded'"
        )

    async def messages(self) -> int:
        return await self._one("select count(*) as n from procrastinate_jobs")

    async def ends(self) -> dict[str, float]:
        rows = await app.connector.execute_query_all_async(
            "select j.args->>'job' as job, min(extract(epoch from e.at))::float8 as at"
            " from procrastinate_jobs j join procrastinate_events e on e.job_id = j.id"
            f" where j.task_name = '{stitch.name}' and e.type = 'succeeded'"
            " group by 1"
        )
        return {row["job"]: row["at"] for row in rows}


async def main(part: str) -> None:
    async with app.open_async():
        if part == "setup":
            await app.schema_manager.apply_schema_async()
            await app.connector.execute_query_async(TABLE)
        elif part == "desk":
            await attend(ProcrastinateDesk())
        else:
            await app.run_worker_async(concurrency=CONCURRENCY, install_signal_handlers=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
