"""The cutting room of one film: its footage, windows and sound as files in a folder."""

import asyncio
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path, PurePosixPath
from typing import TypeAlias
from uuid import UUID

from contracts.errors import ErrorCode, Rejected
from contracts.events import Event, ObjectRef
from contracts.mezzanine import Mezzanine
from runtime.objects import ObjectMissingError

from stitcher.domain import segments
from stitcher.domain.chapters import Chapter
from stitcher.domain.segments import Copy, Footage, Segment, Still, Window
from stitcher.domain.sound import soundtrack
from stitcher.domain.timeline import Card, Cut, Source, Timeline
from stitcher.handlers.kept import Kept, Recipe, together
from stitcher.handlers.ports import FilmMaker
from stitcher.handlers.progress import Meter
from stitcher.handlers.sounding import Sounding

Stretch: TypeAlias = tuple[Path, int, int]
"""A file, and its frames from one to before another."""

Drawn: TypeAlias = Callable[[int, int], str | None]
"""The captions to draw on the film's frames from one to before another."""

SOUND, JOIN = "sound", "join"
SOUND_COST, JOIN_COST = 0.1, 0.02
"""Beside encoding a frame: a frame's sound mixed and levelled, and a frame copied."""


@dataclass(frozen=True, slots=True)
class CuttingRoom:
    """``by`` is the work row that the film is cut for."""

    films: FilmMaker
    kept: Kept
    event: Event
    by: UUID
    film: Timeline
    folder: Path
    sounding: Sounding = field(default_factory=Sounding)
    drawn: Drawn | None = None
    meter: Meter = field(default_factory=Meter)
    chapters: Sequence[Chapter] = ()
    doing: dict[str, asyncio.Lock] = field(default_factory=dict[str, asyncio.Lock])

    async def whole(self) -> Path:
        """The film: its sound and what windows are missing are made beside each other."""
        self.meter.expect(self._costs())
        originals = await self.originals(range(len(self.film.shots)))
        path = self.folder / "film.mp4"
        sound = asyncio.create_task(self.sound(originals))
        seen = asyncio.create_task(self._stretches(originals))
        await together((sound, seen))
        await self.films.join(
            seen.result(), sound.result(), path, self.film.profile, chapters=self.chapters
        )
        await self.meter.ended(JOIN)
        return path

    def _costs(self) -> dict[str, float]:
        """What the film's steps cost, in encoded frames. A finished one costs nobody anything."""
        costs = {SOUND: self.film.frames * SOUND_COST, JOIN: self.film.frames * JOIN_COST}
        for shot in self.film.shots:
            if _foreign(shot.cut.source, self.film.profile):
                costs[self._fitted_name(shot.cut)] = float(shot.cut.frames)
        for one, captions in self._planned():
            if captions is not None or not isinstance(one, Copy):
                name = segments.fingerprint(self.film, segments.encoded(one), captions)
                costs[name] = float(one.frames)
        return costs

    def _planned(self) -> list[tuple[Segment, str | None]]:
        """The film's segments in a row, each with the captions to draw on it."""
        plan = segments.plan(self.film)
        firsts = accumulate((one.frames for one in plan), initial=0)
        return [
            (one, self.drawn(first, first + one.frames) if self.drawn else None)
            for one, first in zip(plan, firsts, strict=False)
        ]

    async def originals(self, shots: Iterable[int]) -> dict[int, Path]:
        """The files of shots as they were given; equal ones are fetched once."""
        cuts = {shot: self.film.shots[shot].cut for shot in shots}
        paths = {shot: self.folder / _file(cut) for shot, cut in cuts.items()}
        once = {paths[shot]: cut for shot, cut in cuts.items()}
        await together(self._download(cut, path) for path, cut in once.items())
        return paths

    async def footage(self, originals: Mapping[int, Path]) -> dict[int, Footage]:
        """Shots ready to be copied and encoded: what does not fit the profile is fitted."""
        made = await together(self._fitted(shot, path) for shot, path in originals.items())
        return dict(zip(originals, made, strict=True))

    async def segment(
        self, wanted: Window | Still, shots: Mapping[int, Footage], captions: str | None = None
    ) -> Path:
        """A window or a held card, captions drawn on it."""
        name = segments.fingerprint(self.film, wanted, captions)
        path, profile = self.folder / f"{name}.mp4", self.film.profile
        recipe = Recipe(
            name,
            lambda target: self.films.encode(
                wanted, shots, target, profile, captions, on_share=self.meter.of(name)
            ),
            lambda target: self.films.whole(target, profile, wanted.frames),
        )
        await self._once(recipe, path)
        return path

    async def sound(self, originals: Mapping[int, Path]) -> Path:
        """The film's sound, all tracks in one pass."""
        wanted = soundtrack(self.film, self.sounding.tracks)
        path = self.folder / "sound.mp4"
        clips = {_object(self.film.shots[n].cut).key: file for n, file in originals.items()}
        files = {**clips, **self.sounding.files}
        recipe = Recipe(
            wanted.fingerprint,
            lambda target: self.films.mix(wanted, files, target, on_share=self.meter.of(SOUND)),
            lambda target: self.films.heard(target, wanted.samples),
            seen=False,
        )
        await self._once(recipe, path)
        await self.meter.ended(SOUND)
        return path

    async def _stretches(self, originals: Mapping[int, Path]) -> list[Stretch]:
        shots = await self.footage(originals)
        return await together(
            self._stretch(one, shots, captions) for one, captions in self._planned()
        )

    async def _stretch(
        self, segment: Segment, shots: Mapping[int, Footage], captions: str | None
    ) -> Stretch:
        if isinstance(segment, Copy) and captions is None:
            return shots[segment.span.shot].path, segment.span.start, segment.span.end
        path = await self.segment(segments.encoded(segment), shots, captions)
        return path, 0, segment.frames

    async def _once(self, recipe: Recipe, path: Path) -> None:
        """Equal segments of a film are one: made in one file, they must not be made at once."""
        async with self.doing.setdefault(recipe.name, asyncio.Lock()):
            if not await asyncio.to_thread(path.exists):
                await self.kept.get(self.event, self.by, recipe, path)
        await self.meter.ended(recipe.name)

    async def _download(self, cut: Cut, path: Path) -> None:
        with _of(cut):
            await self.kept.store.download(_object(cut).key, path)

    async def _fitted(self, shot: int, path: Path) -> Footage:
        cut, profile = self.film.shots[shot].cut, self.film.profile
        if isinstance(cut.source, Card):
            return Footage(path, still=True)
        with _of(cut):
            if await self.films.fits(path, profile, cut.frames):
                return Footage(path)
            framing = segments.framed(profile, cut.source, self.film.framing)
            name = self._fitted_name(cut)
            fitted = path.with_name(f"{name}.mp4")
            recipe = Recipe(
                name,
                lambda target: self.films.fit(
                    path,
                    target,
                    profile,
                    cut.frames,
                    framing=framing,
                    on_share=self.meter.of(name),
                ),
                lambda target: self.films.fits(target, profile, cut.frames),
            )
            await self._once(recipe, fitted)
            return Footage(fitted)

    def _fitted_name(self, cut: Cut) -> str:
        framing = segments.framed(self.film.profile, cut.source, self.film.framing)
        return segments.fitted(self.film.profile, cut.source, cut.frames, framing)


def _foreign(source: Source, profile: Mezzanine) -> bool:
    """Whether a clip is known to need fitting; one that says what is not so is found out later."""
    made = () if isinstance(source, Card) else (source.width, source.height, source.fps)
    return bool(made) and made != (profile.width, profile.height, profile.fps)


def _object(cut: Cut) -> ObjectRef:
    return cut.source.picture if isinstance(cut.source, Card) else cut.source.video


def _file(cut: Cut) -> str:
    ref = _object(cut)
    return f"{ref.sha256}-{cut.frames}{PurePosixPath(ref.key).suffix}"


@contextmanager
def _of(cut: Cut) -> Generator[None, None, None]:
    """Refusals name the scene, so that its user knows which one to make again."""
    what = "A card" if cut.scene_index is None else f"Scene {cut.scene_index + 1}"
    try:
        yield
    except ObjectMissingError as error:
        message = f"{what}: its file is missing; make it again"
        raise Rejected(ErrorCode.STITCH_FAILED, message, detail=error.detail) from error
    except Rejected as error:
        message = f"{what}: its file cannot be read; make it again"
        raise Rejected(ErrorCode.STITCH_FAILED, message, detail=error.detail) from error
