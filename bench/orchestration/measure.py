"""One round of one contender: a warm-up, a burst, a steady rate, and a while of nothing."""

import asyncio
import math
import os
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from runtime.ids import uuid7

from bench.orchestration import cpu
from bench.orchestration.running import Field
from bench.orchestration.servers import Servers

SCENES = 12
WARM_UP = 20
SETTLE_SECONDS = 2.0
POLL_SECONDS = 0.25
GIVE_UP_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How much: jobs of the burst, jobs a second and seconds of the steady part, idle seconds."""

    jobs: int
    rate: float
    steady_seconds: float
    idle_seconds: float


class Clock:
    """CPU time since it was made, apart for the contender, each server and everybody else."""

    def __init__(self, field: Field, servers: Servers) -> None:
        self.field = field
        self.servers = servers
        self._began = self._now()

    def _now(self) -> dict[str, float]:
        named = {name: cpu.seconds([pid]) for name, pid in self.servers.pids.items()}
        return {
            "wall": time.monotonic(),
            "contender": cpu.seconds(self.field.pids),
            "busy": cpu.busy(),
            "bench": sum(os.times()[:2]),
            **named,
        }

    def read(self) -> dict[str, float]:
        now = self._now()
        return {name: now[name] - self._began[name] for name in now}


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that ``share`` of all values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def latencies(began: dict[str, float], ends: dict[str, float]) -> dict[str, float]:
    """Milliseconds from the planned start to the end: p50, p95, p99."""
    values = [(ends[job] - at) * 1000 for job, at in began.items()]
    return {f"p{round(s * 100)}": percentile(values, s) for s in (0.5, 0.95, 0.99)}


@dataclass(slots=True)
class Round:
    """Drives one contender; ``total`` is how many jobs it has been given."""

    field: Field
    servers: Servers
    total: int = 0

    async def _work(self, count: int, order: dict[str, Any]) -> tuple[dict[str, float], Any]:
        """Give jobs and wait until they have ended; CPU used, and (began, ends) by job."""
        jobs = [str(uuid7()) for _ in range(count)]
        desks = len(self.field.desks)
        shares = [
            {"jobs": jobs[n::desks], "rate": order.get("rate", 1) / desks, "offset": 0.2}
            for n in range(desks)
        ]
        clock = Clock(self.field, self.servers)
        began: dict[str, float] = {}
        for reply in await self.field.ask(order, shares=shares):
            began |= reply
        self.total += count
        await self._wait()
        used = clock.read()
        ends: dict[str, float] = {}
        for reply in await self.field.ask({"do": "ends"}):
            ends |= reply
        return used, (began, ends)

    async def _wait(self) -> None:
        limit = time.monotonic() + GIVE_UP_SECONDS
        while await self.field.done() < self.total:
            if time.monotonic() > limit:
                raise TimeoutError(f"{self.field.contender.name}: not all of {self.total} ended")
            await asyncio.sleep(POLL_SECONDS)

    async def _messages(self) -> int:
        return sum(await self.field.ask({"do": "messages"}))

    async def burst(self, count: int) -> dict[str, float]:
        """Everything at once: rates, latencies from the start of the burst, costs."""
        before = await self._messages()
        used, (began, ends) = await self._work(count, {"do": "burst"})
        wall = max(ends[job] for job in began) - min(began.values())
        spread = latencies(began, ends)
        return {
            "jobs_s": count / wall,
            "scenes_s": count * SCENES / wall,
            **spread,
            "p50_p99": spread["p50"] / spread["p99"],
            "messages": (await self._messages() - before) / count,
            **costs(used, count, self.servers.pids),
        }

    async def steady(self, rate: float, seconds: float) -> dict[str, float]:
        """Jobs at even times: latencies and costs."""
        count = max(1, round(rate * seconds))
        used, (began, ends) = await self._work(count, {"do": "steady", "rate": rate})
        return {**latencies(began, ends), **costs(used, count, self.servers.pids)}

    async def idle(self, seconds: float) -> dict[str, float]:
        """Per cent of one core per process while nothing happens."""
        clock = Clock(self.field, self.servers)
        await asyncio.sleep(seconds)
        used = clock.read()
        each = used["contender"] / used["wall"] / self.field.contender.processes
        return {"percent": 100 * each}


def costs(used: dict[str, float], count: int, servers: Iterable[str]) -> dict[str, float]:
    """CPU milliseconds a job, and how many cores everybody else on the machine used."""
    known = used["bench"] + used["contender"] + sum(used[name] for name in servers)
    each = {f"{name}_ms": used[name] * 1000 / count for name in ("contender", *servers)}
    return {**each, "others": max(0.0, used["busy"] - known) / used["wall"]}


async def measure(field: Field, servers: Servers, plan: Plan) -> dict[str, dict[str, float]]:
    """One round: the parts' figures by name."""
    race = Round(field, servers)
    await race.burst(WARM_UP)
    burst = await race.burst(plan.jobs)
    await asyncio.sleep(SETTLE_SECONDS)
    steady = await race.steady(plan.rate, plan.steady_seconds)
    await asyncio.sleep(SETTLE_SECONDS)
    return {"burst": burst, "steady": steady, "idle": await race.idle(plan.idle_seconds)}


def medians(rounds: Sequence[dict[str, dict[str, float]]]) -> dict[str, dict[str, float]]:
    """The median of every figure over the rounds."""
    return {
        part: {name: median(r[part][name] for r in rounds) for name in figures}
        for part, figures in rounds[0].items()
    }
