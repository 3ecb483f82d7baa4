"""The mixing room of one film: its sound in passages, each made once, all of them as loud."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from contracts.events import Event

from stitcher.domain import loudness
from stitcher.domain.loudness import Hearing
from stitcher.domain.passages import Passage, passages, ready
from stitcher.domain.segments import digest
from stitcher.domain.sound import Soundtrack, soundtrack
from stitcher.domain.steps import OnShare
from stitcher.domain.timeline import Clip, Timeline
from stitcher.handlers.kept import Recipe, together
from stitcher.handlers.ports import Sound
from stitcher.handlers.progress import untold
from stitcher.handlers.sounding import Sounding
from stitcher.handlers.workshop import Originals, Workshop

ROUNDS = 5
HEARD = 0.3
"""The share of the work that is done once all is mixed and heard; the rest is encoding."""


@dataclass(frozen=True, slots=True)
class MixingRoom:
    """``by`` is the work row that the film is mixed for.

    How loud a film is follows from numbers that its passages left when they were first heard, so
    nothing has to be heard again to learn by how much a changed film is to be raised.
    """

    shop: Workshop
    event: Event
    by: UUID
    film: Timeline
    originals: Originals
    sounding: Sounding = field(default_factory=Sounding)
    tell: OnShare = untold
    known: dict[str, Hearing] = field(default_factory=dict[str, Hearing])
    mixed: dict[str, Hearing] = field(default_factory=dict[str, Hearing])
    doing: dict[str, asyncio.Lock] = field(default_factory=dict[str, asyncio.Lock])

    async def whole(self) -> list[Sound]:
        """The film's sound: files, and which packets of each."""
        parts = passages(self.film, self._soundtrack())
        gain = await self._levelled(parts)
        await together(self._kept(part, gain) for part in parts)
        await self.tell(1.0)
        return [(self._path(part.louder(gain)), *part.packets) for part in parts]

    async def ahead(self) -> None:
        """What can be made before all scenes are there, as loud as what there is lets expect."""
        parts = ready(self.film, self._soundtrack())
        if parts:
            await self._levelled(parts)

    def _soundtrack(self) -> Soundtrack:
        return soundtrack(self.film, self.sounding.tracks)

    async def _levelled(self, parts: Sequence[Passage]) -> float:
        """Make all of them at one gain, and say which."""
        heard = loudness.integrated(await self._heard(parts))
        gains = loudness.candidates(heard)
        await self._recall(part.louder(gain) for part in parts for gain in gains)
        gain = loudness.preferred(
            gains, lambda one: sum(part.louder(one) in self.known for part in parts)
        )
        for _ in range(ROUNDS):
            made = loudness.integrated(await self._made(parts, gain))
            other = loudness.corrected(gain, made)
            if other == gain:
                break
            gain = other
            await self._recall(part.louder(gain) for part in parts)
        return gain

    async def _heard(self, parts: Sequence[Passage]) -> list[Hearing]:
        await self._recall(part.name for part in parts)
        new = [part for part in parts if part.name not in self.known]
        done = 0

        async def one(part: Passage) -> None:
            nonlocal done
            self.known[part.name] = (await self._mix(part))[1]
            done += 1
            await self.tell(HEARD * done / len(new))

        await together(one(part) for part in new)
        return [self.known[part.name] for part in parts]

    async def _made(self, parts: Sequence[Passage], gain: float) -> list[Hearing]:
        new = [part for part in parts if part.louder(gain) not in self.known]
        done = 0

        async def one(part: Passage) -> None:
            nonlocal done
            await self._kept(part, gain)
            done += 1
            await self.tell(HEARD + (1 - HEARD) * done / len(new))

        await together(one(part) for part in new)
        return [self.known[part.louder(gain)] for part in parts]

    async def _kept(self, part: Passage, gain: float) -> None:
        """An encoded passage as a file: fetched, or made; and what is heard in it."""
        name = part.louder(gain)

        async def make(target: Path) -> None:
            raw, heard = await self._mix(part)
            made = await self.shop.sounds.level(part, raw, target, gain=gain, peak=heard.peak)
            await self._note(name, made)
            # Uncoded sound is large, and soon mixed again if another gain should need it.
            self.mixed.pop(part.name, None)
            await asyncio.to_thread(raw.unlink, missing_ok=True)

        async with self.doing.setdefault(name, asyncio.Lock()):
            path = self._path(name)
            if not await asyncio.to_thread(path.exists):
                recipe = Recipe(
                    name, make, lambda target: self.shop.sounds.whole(target, part), seen=False
                )
                await self.shop.kept.get(self.event, self.by, recipe, path)
            if name not in self.known:
                await self._recall([name])
            if name not in self.known:
                await make(path)

    async def _mix(self, part: Passage) -> tuple[Path, Hearing]:
        """A passage as it is, uncoded."""
        path = self.originals.folder / f"{part.name}.wav"
        async with self.doing.setdefault(part.name, asyncio.Lock()):
            if part.name not in self.mixed:
                keys = {piece.key for track in part.tracks for piece in track.pieces}
                found = await together(self._source(key) for key in keys)
                files = dict(zip(keys, found, strict=True))
                self.mixed[part.name] = await self.shop.sounds.mix(part, files, path)
                await self._note(part.name, self.mixed[part.name])
        return path, self.mixed[part.name]

    async def _source(self, key: str) -> Path:
        for shot in self.film.shots:
            if isinstance(shot.cut.source, Clip) and shot.cut.source.video.key == key:
                return await self.originals.file(shot.cut)
        path = self.originals.folder / f"{digest(['source', key])}.wav"
        async with self.doing.setdefault(key, asyncio.Lock()):
            if not await asyncio.to_thread(path.exists):
                await self.sounding.sources[key](path)
        return path

    async def _recall(self, names: Iterable[str]) -> None:
        wanted = [name for name in names if name not in self.known]
        if wanted:
            found = await self.shop.measured.recall(self.event.project_id, wanted)
            self.known.update({name: _hearing(value) for name, value in found.items()})

    async def _note(self, name: str, heard: Hearing) -> None:
        await self.shop.measured.note(self.event.project_id, name, asdict(heard))
        self.known[name] = heard

    def _path(self, name: str) -> Path:
        return self.originals.folder / f"{name}.mp4"


def _hearing(value: Mapping[str, Any]) -> Hearing:
    return Hearing(tuple(value["blocks"]), value["peak"])
