"""DBOS Transact: a film is one workflow, its scenes are steps gathered in the same process.

Each process is desk and worker in one, which is its cheapest form: no queue is polled, no scene
travels to another process.
"""

import asyncio
import os
import sys

import psycopg
from dbos import DBOS, DBOSConfig, SetWorkflowID

from bench.orchestration.desk import attend

SCENES = 12


@DBOS.step()
async def transcribe(job: str) -> str:
    return job


@DBOS.step()
async def write(job: str) -> str:
    return job


@DBOS.step()
async def plan(job: str) -> int:
    return SCENES


@DBOS.step()
async def generate(job: str, scene: int) -> str:
    return f"{job}/{scene}"


@DBOS.step()
async def stitch(job: str, scenes: list[str]) -> str:
    return f"{job}/{len(scenes)}"


@DBOS.workflow()
async def film(job: str) -> str:
    await transcribe(job)
    await write(job)
    count = await plan(job)
    scenes = await asyncio.gather(*(generate(job, n) for n in range(count)))
    return await stitch(job, list(scenes))


class DbosDesk:
    def __init__(self, sql: "psycopg.AsyncConnection[tuple[object, ...]]", executor: str) -> None:
        self._sql = sql
        self._executor = executor

    async def submit(self, job: str) -> None:
        with SetWorkflowID(job):
            await DBOS.start_workflow_async(film, job)

    async def _all(self, query: str) -> list[tuple[object, ...]]:
        return await (await self._sql.execute(query, (self._executor,))).fetchall()

    async def done(self) -> int:
        return int(
            str(
                (
                    await self._all(
                        "select count(*) from dbos.workflow_status"
                        " where status = 'SUCCESS' and executor_id = %s"
                    )
                )[0][0]
            )
        )

    async def messages(self) -> int:
        query = (
            "select count(*) from dbos.operation_outputs o"
            " join dbos.workflow_status s using (workflow_uuid) where s.executor_id = %s"
        )
        return int(str((await self._all(query))[0][0]))

    async def ends(self) -> dict[str, float]:
        rows = await self._all(
            "select workflow_uuid, updated_at from dbos.workflow_status"
            " where status = 'SUCCESS' and executor_id = %s"
        )
        return {str(job): int(str(at)) / 1000 for job, at in rows}


async def main(part: str) -> None:
    url = os.environ["DATABASE_URL"]
    config: DBOSConfig = {
        "name": "film",
        "system_database_url": url.replace("postgresql://", "postgresql+psycopg://"),
        "executor_id": part,
        "application_version": "1",
        "log_level": "ERROR",
        "run_admin_server": False,
    }
    DBOS(config=config)
    DBOS.launch()
    if part != "setup":
        sql = await psycopg.AsyncConnection.connect(url, autocommit=True)
        await attend(DbosDesk(sql, part))
        await sql.close()
    DBOS.destroy()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
