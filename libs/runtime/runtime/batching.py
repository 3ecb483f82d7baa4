"""Calls that are made at the same time become one: the group commit of a service."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from runtime.db import TRANSIENT_ERRORS

T = TypeVar("T")
R = TypeVar("R")

MOST = 500


class Batcher(Generic[T, R]):
    """Gathers items while a call is under way, and hands them over together in the next.

    ``call`` gives one result per item, in order. Nothing waits for company: a lone item goes at
    once. If a batch is refused for what is in it, every item is tried alone, so that one bad
    item fails only itself.
    """

    def __init__(self, call: Callable[[Sequence[T]], Awaitable[Sequence[R]]]) -> None:
        self._call = call
        self._waiting: list[tuple[T, asyncio.Future[R]]] = []
        self._task: asyncio.Task[None] | None = None

    async def __call__(self, item: T) -> R:
        """The result for one item. Raises what ``call`` raised."""
        result: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, result))
        if self._task is None:
            self._task = asyncio.create_task(self._empty())
        return await result

    async def _empty(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                await self._try([entry for entry in batch if not entry[1].done()])
        finally:
            self._task = None

    async def _try(self, batch: Sequence[tuple[T, asyncio.Future[R]]]) -> None:
        try:
            results = await self._call([item for item, _ in batch])
        except Exception as error:  # noqa: BLE001 - it is the callers' to handle
            if len(batch) > 1 and not isinstance(error, TRANSIENT_ERRORS):
                for entry in batch:
                    await self._try([entry])
                return
            for _, result in batch:
                if not result.done():
                    result.set_exception(error)
        else:
            for (_, result), value in zip(batch, results, strict=True):
                if not result.done():
                    result.set_result(value)
