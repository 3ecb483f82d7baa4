"""How many segments are made at a time: encoders take memory, so they wait for each other."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from contracts.mezzanine import ENCODER_THREADS
from runtime.objects import LocalObjects
from stitcher.handlers.kept import Kept, Recipe, together

from tests.unit.stitcher.making import ROOT, FakeSegments, no_pause, planned
from tests.waiting import until


@dataclass
class Kitchen:
    """Recipes that are at work until they are let go."""

    folder: Path
    shelf: Kept
    at_work: set[str] = field(default_factory=set[str])
    most_seen: int = 0
    go: asyncio.Event = field(default_factory=asyncio.Event)

    async def make(self, name: str, *, seen: bool) -> Path:
        path = self.folder / name

        async def made(target: Path) -> None:
            self.at_work.add(name)
            seen_now = sum(one.startswith("window") for one in self.at_work)
            self.most_seen = max(self.most_seen, seen_now)
            await self.go.wait()
            target.write_text(name)
            self.at_work.discard(name)

        async def whole(target: Path) -> bool:
            return target.read_text() == name

        await self.shelf.get(planned(), ROOT, Recipe(name, made, whole, seen=seen), path)
        return path


def opened(tmp_path: Path, encoders: int) -> Kitchen:
    store = LocalObjects(tmp_path / "objects", public_url="http://127.0.0.1", signing_key=b"key")
    bound = asyncio.Semaphore(encoders)
    shelf = Kept(FakeSegments(), store, asyncio.Semaphore(4), no_pause, bound)
    return Kitchen(tmp_path, shelf)


async def test_pictures_wait_for_an_encoder_and_the_sound_does_not(tmp_path: Path) -> None:
    kitchen = opened(tmp_path, 1)
    windows = [kitchen.make(f"window-{n}", seen=True) for n in range(3)]
    film = asyncio.create_task(together([*windows, kitchen.make("sound", seen=False)]))

    async def sounding() -> bool:
        return "sound" in kitchen.at_work and len(kitchen.at_work) > 1

    await until(sounding, "the sound is made beside the first window")
    kitchen.go.set()
    paths = await film
    assert kitchen.most_seen == 1
    assert [path.read_text() for path in paths] == ["window-0", "window-1", "window-2", "sound"]


async def test_as_many_pictures_are_encoded_as_there_are_encoders(tmp_path: Path) -> None:
    kitchen = opened(tmp_path, ENCODER_THREADS)
    film = asyncio.create_task(together(kitchen.make(f"window-{n}", seen=True) for n in range(4)))

    async def busy() -> bool:
        return len(kitchen.at_work) == ENCODER_THREADS

    await until(busy, "every encoder is at work")
    kitchen.go.set()
    await film
    assert kitchen.most_seen == ENCODER_THREADS


async def test_what_is_kept_is_fetched_while_an_encoder_is_busy(tmp_path: Path) -> None:
    kitchen = opened(tmp_path, 1)
    kitchen.go.set()
    await kitchen.make("window-0", seen=True)
    kitchen.go.clear()
    busy = asyncio.create_task(kitchen.make("window-1", seen=True))

    async def begun() -> bool:
        return "window-1" in kitchen.at_work

    await until(begun, "the encoder is at work")
    again = await asyncio.wait_for(kitchen.make("window-0", seen=True), 5)
    assert again.read_text() == "window-0"
    assert not busy.done()
    kitchen.go.set()
    await busy
