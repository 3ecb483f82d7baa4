"""The cutting room of one film: its footage and its windows as files, and the film of them."""

import asyncio
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias
from uuid import UUID

from contracts.events import Event
from contracts.mezzanine import Mezzanine

from stitcher.domain import segments
from stitcher.domain.captioned import Captioned, Drawn, captioned
from stitcher.domain.chapters import Chapter
from stitcher.domain.segments import Copy, Footage, Segment, Still, Window
from stitcher.domain.timeline import Card, Clip, Cut, Source, Timeline
from stitcher.handlers.kept import Recipe, together
from stitcher.handlers.mixing import MixingRoom
from stitcher.handlers.progress import Meter
from stitcher.handlers.sounding import Sounding
from stitcher.handlers.workshop import Originals, Workshop, named

Stretch: TypeAlias = tuple[Path, int, int]
"""A file, and its frames from one to before another."""

SOUND, JOIN = "sound", "join"
SOUND_COST, JOIN_COST = 0.1, 0.02
"""Beside encoding a frame: a frame's sound mixed and levelled, and a frame copied."""


@dataclass(frozen=True, slots=True)
class CuttingRoom:
    """``by`` is the work row that the film is cut for."""

    shop: Workshop
    event: Event
    by: UUID
    film: Timeline
    originals: Originals
    drawn: Drawn | None = None
    meter: Meter = field(default_factory=Meter)
    chapters: Sequence[Chapter] = ()
    doing: dict[str, asyncio.Lock] = field(default_factory=dict[str, asyncio.Lock])
    shots: dict[int, Footage] = field(default_factory=dict[int, Footage])

    async def whole(self, sounding: Sounding) -> Path:
        """The film: its sound and what windows are missing are made beside each other."""
        plan = captioned(self.film, self.drawn)
        self.meter.expect(self._costs(plan))
        path = self._folder / "film.mp4"
        desk = MixingRoom(
            self.shop,
            self.event,
            self.by,
            self.film,
            self.originals,
            sounding,
            self.meter.of(SOUND),
        )
        heard = asyncio.create_task(desk.whole())
        seen = asyncio.create_task(together(self._stretch(*one) for one in plan))
        await together((heard, seen))
        await self.shop.films.join(
            seen.result(), heard.result(), path, self.film.profile, chapters=self.chapters
        )
        await self.meter.ended(JOIN)
        return path

    async def ahead(self, stretches: Iterable[AbstractSet[int]]) -> None:
        """Encode what shows exactly one of these sets of shots; they are all there."""
        wanted = captioned(self.film, self.drawn, list(stretches))
        await together(self._stretch(*found) for found in wanted if _encodes(*found))

    @property
    def _folder(self) -> Path:
        return self.originals.folder

    def _costs(self, plan: Sequence[Captioned]) -> dict[str, float]:
        """What the film's steps cost, in encoded frames. A finished one costs nobody anything."""
        costs = {SOUND: self.film.frames * SOUND_COST, JOIN: self.film.frames * JOIN_COST}
        for shot in self.film.shots:
            if _foreign(shot.cut.source, self.film.profile):
                costs[self._fitted_name(shot.cut)] = float(shot.cut.frames)
        for one, captions in plan:
            if _encodes(one, captions):
                name = segments.fingerprint(self.film, segments.encoded(one), captions)
                costs[name] = float(one.frames)
        return costs

    async def _segment(self, wanted: Window | Still, captions: str | None) -> Path:
        """A window or a held card, captions drawn on it."""
        name = segments.fingerprint(self.film, wanted, captions)
        path, profile = self._folder / f"{name}.mp4", self.film.profile
        shots = dict[int, Footage]()

        async def ready() -> None:
            needed = sorted(segments.shots(wanted))
            shots.update(zip(needed, await together(map(self._shot, needed)), strict=True))

        recipe = Recipe(
            name,
            lambda target: self.shop.films.encode(
                wanted, shots, target, profile, captions, on_share=self.meter.of(name)
            ),
            lambda target: self.shop.films.whole(target, profile, wanted.frames),
            ready,
        )
        await self._once(recipe, path)
        return path

    async def _stretch(self, segment: Segment, captions: str | None) -> Stretch:
        if isinstance(segment, Copy) and not _encodes(segment, captions):
            span = segment.span
            return (await self._shot(span.shot)).path, span.start, span.end
        return await self._segment(segments.encoded(segment), captions), 0, segment.frames

    async def _shot(self, shot: int) -> Footage:
        """A shot ready to be copied and encoded: brought in and looked at once, when needed."""
        async with self.doing.setdefault(f"shot {shot}", asyncio.Lock()):
            if shot not in self.shots:
                self.shots[shot] = await self._fitted(shot)
        return self.shots[shot]

    async def _once(self, recipe: Recipe, path: Path) -> None:
        """Equal segments of a film are one: made in one file, they must not be made at once."""
        async with self.doing.setdefault(recipe.name, asyncio.Lock()):
            if not await asyncio.to_thread(path.exists):
                await self.shop.kept.get(self.event, self.by, recipe, path)
        await self.meter.ended(recipe.name)

    async def _fitted(self, shot: int) -> Footage:
        cut, profile = self.film.shots[shot].cut, self.film.profile
        path = await self.originals.file(cut)
        if isinstance(cut.source, Card):
            return Footage(path, still=True)
        with named(cut):
            if await self.shop.films.fits(path, profile, cut.frames):
                return Footage(path)
            framing = segments.framed(profile, cut.source, self.film.framing)
            name = self._fitted_name(cut)
            fitted = path.with_name(f"{name}.mp4")
            recipe = Recipe(
                name,
                lambda target: self.shop.films.fit(
                    path,
                    target,
                    profile,
                    cut.frames,
                    framing=framing,
                    on_share=self.meter.of(name),
                ),
                lambda target: self.shop.films.fits(target, profile, cut.frames),
            )
            await self._once(recipe, fitted)
            return Footage(fitted)

    def _fitted_name(self, cut: Cut) -> str:
        framing = segments.framed(self.film.profile, cut.source, self.film.framing)
        return segments.fitted(self.film.profile, cut.source, cut.frames, framing)


def _encodes(segment: Segment, captions: str | None) -> bool:
    """Whether a stretch cannot be copied as it is."""
    return captions is not None or not isinstance(segment, Copy)


def _foreign(source: Source, profile: Mezzanine) -> bool:
    """Whether a clip is known to need fitting; one that says what is not so is found out later."""
    wanted = (profile.width, profile.height, profile.fps)
    return isinstance(source, Clip) and (source.width, source.height, source.fps) != wanted
