"""Everything that is encoded is encoded once, and kept under a name for what it looks like."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar
from uuid import UUID

from contracts.errors import FilmError
from contracts.events import Event
from runtime.objects import ObjectMissingError, ObjectStore, project_key

from stitcher.handlers.ports import Segments

T = TypeVar("T")

LOOK_SECONDS: Final = 0.2
"""How often to look whether somebody else has finished a segment."""


async def together(wanted: Iterable[Awaitable[T]]) -> list[T]:
    """All results, in order. The first failure ends the others before it is raised.

    Nobody is cancelled twice: that would cut short how they clean up.
    """
    tasks = [asyncio.ensure_future(one) for one in wanted]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            if not task.cancelling():
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _nothing() -> None:
    """There is nothing to wait for."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a segment is made into a file, and how to know that a file is one.

    ``ready`` has what it is made of brought in: only once it must be made, and before it waits for
    an encoder. ``seen`` says that pictures are encoded for it, which takes far more memory than
    sound.
    """

    name: str
    make: Callable[[Path], Awaitable[None]]
    whole: Callable[[Path], Awaitable[bool]]
    ready: Callable[[], Awaitable[None]] = _nothing
    seen: bool = True


@dataclass(frozen=True, slots=True)
class Kept:
    """Finished segments of a project.

    ``at_once`` bounds how many are fetched or made here at a time, ``seen_at_once`` how many of
    those whose pictures are encoded: one encoder keeps two cores busy, and takes 250 MB at 1080p.
    Another row or replica may be at the same segment: it is then awaited, not made again. A claim
    is taken only when there is room to act on it, so that nobody waits for what has not begun.
    """

    segments: Segments
    store: ObjectStore
    at_once: asyncio.Semaphore
    pause: Callable[[float], Awaitable[None]] = field(default=asyncio.sleep)
    seen_at_once: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))

    async def get(self, event: Event, by: UUID, recipe: Recipe, path: Path) -> None:
        """The segment as a file: fetched, awaited, or made for the row ``by``."""
        while True:
            async with self.at_once:
                if await self._fetched(event, recipe, path):
                    return
            await recipe.ready()
            # Whoever waits for an encoder keeps nobody from fetching, nor the sound from beginning.
            async with self.seen_at_once if recipe.seen else nullcontext(), self.at_once:
                if await self.segments.claim(event.project_id, recipe.name, by):
                    await self._made(event, recipe, path)
                    return
            await self.pause(LOOK_SECONDS)

    async def _fetched(self, event: Event, recipe: Recipe, path: Path) -> bool:
        ref = await self.segments.find(event.project_id, recipe.name)
        if ref is None:
            return False
        try:
            await self.store.download(ref.key, path)
            if await recipe.whole(path):
                return True
        except ObjectMissingError:
            pass
        # Deleted or damaged: what can be made again is no reason to fail.
        await self.segments.drop(event.project_id, recipe.name)
        return False

    async def _made(self, event: Event, recipe: Recipe, path: Path) -> None:
        try:
            await recipe.make(path)
            key = project_key(event, "segments", f"{recipe.name}.mp4")
            ref = await self.store.put(key, path, "video/mp4")
        except BaseException:
            with suppress(FilmError):
                await self.segments.drop(event.project_id, recipe.name)
            raise
        await self.segments.keep(event.project_id, recipe.name, ref)
