"""The lines of a project as sounds: each is said and tidied once, kept, and fetched to be heard."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import structlog
from contracts.errors import ErrorCode, Rejected, Transient
from contracts.events import Event
from runtime.objects import ObjectMissingError, ObjectStore, project_key

from stitcher.domain import lines
from stitcher.domain.lines import Line, Place, kept_as
from stitcher.domain.sources import Source
from stitcher.domain.voices import NoVoiceError, Order, Said, Word
from stitcher.handlers.kept import together
from stitcher.handlers.ports import Measured

log = structlog.get_logger()


class Voice(Protocol):
    """Somebody who speaks. The first of ``names`` is the narrator's."""

    @property
    def model(self) -> str:
        """What it speaks by."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """The voices that it has."""
        ...

    async def say(self, orders: Sequence[Order], folder: Path) -> list[Said | None]:
        """Every order as a file in ``folder``; ``None`` where it cannot be said.

        Raises ``NoVoiceError``, ``Transient`` or ``Rejected`` if nothing can.
        """
        ...


class Recorder(Protocol):
    """Works on sound files at the film's rate."""

    async def tidy(self, spoken: Path, path: Path) -> tuple[float, float] | None:
        """One voice as the others: its seconds, and those cut off in front; ``None`` if silent."""
        ...

    async def play(self, tidied: Path, tempo: float, samples: int, path: Path) -> None:
        """A tidied voice so much faster, exactly so long: what is cut off ends softly."""
        ...


@dataclass(frozen=True, slots=True)
class Lines:
    """What was said in projects. ``at_once`` lines are tidied, stored or fetched at a time."""

    recorder: Recorder
    store: ObjectStore
    measured: Measured
    at_once: asyncio.Semaphore

    def reading(self, event: Event, voice: Voice, folder: Path) -> "Reading":
        """The lines of a film, for as long as there is a folder."""
        return Reading(self, event, voice, folder)


@dataclass(frozen=True, slots=True)
class Reading:
    """The lines of one film. All methods raise ``Transient`` while database or store are away."""

    kept: Lines
    event: Event
    voice: Voice
    folder: Path
    doing: dict[Order, asyncio.Lock] = field(default_factory=dict[Order, asyncio.Lock])

    async def known(self, orders: Iterable[Order]) -> dict[Order, Line]:
        """Those that have been said before, by one question for all."""
        names = {order: kept_as(order) for order in orders}
        if not names:
            return {}
        notes = await self.kept.measured.recall(self.event.project_id, names.values())
        found = {order: lines.recalled(notes.get(name)) for order, name in names.items()}
        return {order: line for order, line in found.items() if line is not None}

    async def say(self, orders: Sequence[Order]) -> dict[Order, Said | None]:
        """Have these said, each once. Raises what the voice raises."""
        if not orders:
            return {}
        return dict(zip(orders, await self.voice.say(orders, self.folder), strict=True))

    async def keep(self, said: Mapping[Order, Said | None]) -> dict[Order, Line]:
        """Tidy, store and note what was said. What cannot be heard is left out."""
        heard = {order: one for order, one in said.items() if one is not None}
        made = await together(self._kept(order, one) for order, one in heard.items())
        return {order: line for order, line in zip(heard, made, strict=True) if line is not None}

    def source(self, order: Order, line: Line, place: Place) -> Source:
        """A line as it is heard in its place.

        The source raises ``Transient`` if its sound is lost and it cannot be said again now.
        """

        async def write(path: Path) -> None:
            tidied = await self._fetched(order, line)
            await self.kept.recorder.play(tidied, place.tempo, place.samples, path)

        return write

    async def _kept(self, order: Order, said: Said) -> Line | None:
        name, path = kept_as(order), self._tidied(order)
        async with self.kept.at_once:
            measured = await self.kept.recorder.tidy(said.path, path)
            if measured is None:
                return None
            seconds, before = measured
            words = tuple(
                Word(word.letter, word.letters, max(word.start - before, 0.0))
                for word in said.words
            )
            key = project_key(self.event, "lines", f"{name}.wav")
            line = Line(seconds, words, await self.kept.store.put(key, path, "audio/wav"))
            await self.kept.measured.note(self.event.project_id, name, line.noted())
            return line

    async def _fetched(self, order: Order, line: Line) -> Path:
        path = self._tidied(order)
        async with self.doing.setdefault(order, asyncio.Lock()):
            if not await asyncio.to_thread(path.exists):
                await self._fetch(order, line, path)
        return path

    async def _fetch(self, order: Order, line: Line, path: Path) -> None:
        """Its stored sound; one that was deleted is said again."""
        try:
            async with self.kept.at_once:
                await self.kept.store.download(line.sound.key, path)
        except ObjectMissingError:
            await self._again(order)

    async def _again(self, order: Order) -> None:
        # Given up first: if it cannot be said now, the film is made anew and finds that out.
        await self.kept.measured.note(self.event.project_id, kept_as(order), {})
        try:
            found = await self.keep(await self.say([order]))
        except (NoVoiceError, Rejected) as error:
            log.warning("line.lost", error=str(error))
            found = {}
        if not found:
            raise Transient(ErrorCode.STITCH_FAILED, detail="the sound of a line is lost")

    def _tidied(self, order: Order) -> Path:
        return self.folder / f"{kept_as(order)}.wav"
