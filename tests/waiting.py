"""Waiting for a condition, with a deadline; never for a time."""

import asyncio
import time
from collections.abc import Awaitable, Callable


async def until(
    condition: Callable[[], Awaitable[bool]], what: str, *, seconds: float = 30.0
) -> None:
    """Return as soon as ``condition`` is true; fail naming ``what`` after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not await condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"did not happen within {seconds} s: {what}")
        await asyncio.sleep(0.02)
