"""Waiting for something of another process that tells nobody when it happens."""

import asyncio
from collections.abc import Awaitable, Callable


async def until(check: Callable[[], Awaitable[bool]], *, within: float, every: float = 0.1) -> bool:
    """Ask every so many seconds; whether it came true ``within`` that many."""
    try:
        async with asyncio.timeout(within):
            while not await check():  # noqa: ASYNC110  another process sets no event of ours
                await asyncio.sleep(every)
    except TimeoutError:
        return False
    return True
