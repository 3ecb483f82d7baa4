"""Webhooks of the video stand-ins: every change of a job is told once, unless a fault says else."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import httpx

from standins.video_faults import Faults
from standins.video_orders import Books, Order

__all__ = ["Call", "deliver", "due"]

PAUSE = 0.1


@dataclass(frozen=True, slots=True)
class Call:
    """One webhook, signed."""

    url: str
    headers: Mapping[str, str]
    body: bytes


Told = Callable[[Order], Sequence[tuple[str, Call]]]
"""What a job has to tell by now, oldest first; each under a name that stays the same."""


def due(books: Books, faults: Faults, told: Told) -> list[Call]:
    """What was not told before. Faults repeat, reorder, forge and lose it."""
    calls: list[Call] = []
    for order in list(books.orders.values()):
        for name, call in told(order):
            if name in order.called:
                continue
            order.called.append(name)
            match faults.draw("hook"):
                case "hook_lost":
                    continue
                case "hook_forged":
                    calls.append(replace(call, body=call.body.replace(b"{", b'{"forged": 1, ', 1)))
                case "hook_twice":
                    calls += [call, call]
                case "hook_early":
                    calls.insert(0, call)
                case _:
                    calls.append(call)
    return calls


async def deliver(calls: Callable[[], Sequence[Call]]) -> None:
    """Send what is due, again and again, until cancelled.

    What is not answered is not sent again: nobody may rely on webhooks alone.
    """
    async with httpx.AsyncClient(timeout=5.0, trust_env=False) as client:
        while True:
            for call in calls():
                with contextlib.suppress(httpx.HTTPError):
                    await client.post(call.url, content=call.body, headers=dict(call.headers))
            await asyncio.sleep(PAUSE)
