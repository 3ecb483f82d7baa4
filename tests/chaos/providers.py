"""The video providers of a run: stand-ins as processes, never killed, as they keep the bill."""

import asyncio
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
from standins import fal, replicate, runway, video
from studio.process import Child, Command

from tests.chaos.weather import Rates, calm

MAKE_SECONDS: Final = (1.0, 8.0)
HANG_SECONDS: Final = 30.0
FREE: Final = "animatic"
"""Draws by itself and has no bill."""


@dataclass(frozen=True, slots=True)
class Vendor:
    """A stand-in's module, and what the services are told so that they ask it, by its address.

    Where nobody can look for an order whose answer was lost, ``lists`` is false.
    """

    module: str
    generator: Callable[[str], Mapping[str, str]]
    gateway: Callable[[str], Mapping[str, str]] = lambda _: {}
    lists: bool = True


VENDORS: Final[Mapping[str, Vendor]] = {
    "http": Vendor(
        "standins.video",
        lambda url: {
            "GENERATOR_HTTP_VIDEO_URL": url,
            "GENERATOR_HTTP_VIDEO_KEY": video.KEY,
            "GENERATOR_HTTP_VIDEO_POLL_SECONDS": "1",
        },
    ),
    "replicate": Vendor(
        "standins.replicate",
        lambda url: {"AI_REPLICATE_API_TOKEN": replicate.KEY, "REPLICATE_BASE_URL": url},
        lambda _: {"REPLICATE_WEBHOOK_SECRET": replicate.SECRET},
    ),
    "runway": Vendor(
        "standins.runway",
        lambda url: {"RUNWAY_API_KEY": runway.KEY, "RUNWAY_BASE_URL": url},
        lists=False,
    ),
    "pika": Vendor(
        "standins.fal",
        lambda url: {
            "AI_PIKA_API_TOKEN": fal.KEY,
            "FAL_QUEUE_URL": url,
            "FAL_API_URL": f"{url}/v1",
        },
        lambda url: {"FAL_JWKS_URL": f"{url}/.well-known/jwks.json"},
    ),
}
"""By the name that a user gives a provider."""

_ALSO: Final = {"fal": "pika"}


def named(names: str) -> tuple[str, ...]:
    """Providers by a list like ``replicate,fal``; ``all`` are those with a bill.

    Raises ``ValueError`` for one that nobody stands in for.
    """
    asked = [_ALSO.get(name.strip(), name.strip()) for name in names.split(",")]
    if asked == ["all"]:
        return tuple(VENDORS)
    if strange := [name for name in asked if name not in VENDORS and name != FREE]:
        raise ValueError(f"no such provider: {', '.join(strange)}; known: {', '.join(VENDORS)}")
    return tuple(dict.fromkeys(asked))


class Provider:
    """One stand-in."""

    def __init__(self, name: str, port: int, logs: Path, seed: int) -> None:
        self.name = name
        self.port = port
        self._seed = seed
        self._draws = 0
        argv = (sys.executable, "-m", VENDORS[name].module, "--port", str(self.port))
        self._command = Command(
            name=name,
            argv=(*argv, "--seed", str(seed)),
            log=logs / f"provider.{name}.log",
            env=dict(os.environ),
        )
        self._child: Child | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Start it, and wait until it answers."""
        self._child = await Child.start(self._command)
        async with asyncio.timeout(30):
            while True:
                with suppress(httpx.TransportError):
                    await self.behave(calm(self.name))
                    return
                await asyncio.sleep(0.1)

    async def behave(self, rates: Rates) -> None:
        """What goes wrong from now on."""
        self._draws += 1
        told: dict[str, Any] = {
            "seed": self._seed * 1_000 + self._draws,
            "rates": dict(rates),
            "make_seconds": MAKE_SECONDS,
            "hang_seconds": HANG_SECONDS,
        }
        async with httpx.AsyncClient(base_url=self.url, trust_env=False) as http:
            (await http.put("/_faults", json=told)).raise_for_status()

    async def ledger(self) -> dict[str, Any]:
        """What was ordered, and so paid."""
        async with httpx.AsyncClient(base_url=self.url, trust_env=False) as http:
            books: dict[str, Any] = (await http.get("/_ledger")).raise_for_status().json()
        return books

    async def stop(self) -> None:
        if self._child is not None:
            await self._child.stop(3.0)
