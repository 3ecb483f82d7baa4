"""Celery on Redis: three tasks in a chain, a chord of the scenes, the film as its callback.

Late acknowledgement, so that a killed worker's task comes again (after the visibility timeout,
an hour by default). ``desk`` sends chains; the worker is Celery's own command.
"""

import asyncio
import json
import os
import sys
from datetime import UTC, datetime
from typing import Any

from celery import Celery, chain, chord
from redis.asyncio import Redis

from bench.orchestration.desk import attend

SCENES = 12
URL = os.environ["REDIS_URL"]

app = Celery("film", broker=URL, backend=URL)
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=4,
    worker_hijack_root_logger=False,
    result_expires=None,
    broker_connection_retry_on_startup=True,
)


@app.task(name="transcribe", ignore_result=True)
def transcribe(job: str) -> str:
    return job


@app.task(name="write", ignore_result=True)
def write(job: str) -> str:
    return job


@app.task(name="plan", ignore_result=True)
def plan(job: str) -> str:
    return job


@app.task(name="generate")
def generate(job: str, scene: int) -> str:
    return f"{job}/{scene}"


@app.task(name="stitch")
def stitch(scenes: list[str], job: str) -> str:
    return job


def send(job: str) -> None:
    scenes = [generate.si(job, n) for n in range(SCENES)]
    film = stitch.s(job).set(task_id=f"film-{job}")
    chain(transcribe.si(job), write.si(job), plan.si(job), chord(scenes, film)).apply_async()


class CeleryDesk:
    def __init__(self, redis: Any) -> None:
        self._redis = redis

    async def submit(self, job: str) -> None:
        await asyncio.to_thread(send, job)

    async def _films(self) -> list[bytes]:
        return [key async for key in self._redis.scan_iter("celery-task-meta-film-*", count=10_000)]

    async def done(self) -> int:
        return len(await self._films())

    async def messages(self) -> int:
        return (await self.done()) * (4 + SCENES)

    async def ends(self) -> dict[str, float]:
        keys = await self._films()
        metas = [json.loads(text) for text in await self._redis.mget(keys)] if keys else []
        return {meta["result"]: _unix(meta["date_done"]) for meta in metas}


def _unix(text: str) -> float:
    time = datetime.fromisoformat(text)
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()


async def desk() -> None:
    redis = Redis.from_url(URL)
    await attend(CeleryDesk(redis))
    await redis.aclose()


if __name__ == "__main__" and sys.argv[1] == "desk":
    asyncio.run(desk())
