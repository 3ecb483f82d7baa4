"""Follows a job until it ends or its user must act: the stream wakes us, the job is believed."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass

import httpx

from studio.client import Client, Job
from studio.trouble import Away


@dataclass(frozen=True, slots=True)
class Pace:
    """How often to look, in seconds. ``patience`` counts looks in a row without an answer."""

    at_least_every: float = 2.0  # the stream only hastens the next look
    at_most_every: float = 0.4
    reconnect: float = 1.0
    patience: int = 30


PACE = Pace()


async def follow(client: Client, job_id: str, pace: Pace = PACE) -> AsyncGenerator[Job, None]:
    """The job whenever it changed, the last time when it is over or waits for its user.

    A gateway that is away for a while is waited for. Raises Trouble when it stays away.
    """
    happened = asyncio.Event()
    listening = asyncio.create_task(
        _listen(client, job_id, happened, pace), name=f"events {job_id}"
    )
    try:
        seen: Job | None = None
        unanswered = 0
        while seen is None or not (seen.over or seen.waits):
            try:
                job = await client.job(job_id)
            except Away:
                unanswered += 1
                if unanswered > pace.patience:
                    raise
                await asyncio.sleep(pace.reconnect)
                continue
            unanswered = 0
            if job != seen:
                seen = job
                yield job
            if not (job.over or job.waits):
                await _next_look(happened, pace)
    finally:
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening


async def _next_look(happened: asyncio.Event, pace: Pace) -> None:
    await asyncio.sleep(pace.at_most_every)
    with suppress(TimeoutError):
        async with asyncio.timeout(pace.at_least_every):
            await happened.wait()
    happened.clear()


async def _listen(client: Client, job_id: str, happened: asyncio.Event, pace: Pace) -> None:
    while True:
        with suppress(httpx.HTTPError):
            async for _ in client.happenings(job_id):
                happened.set()
        await asyncio.sleep(pace.reconnect)
