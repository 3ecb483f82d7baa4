"""The narration of a film: every line said, made alike, and put in its place."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Protocol, TypeAlias
from uuid import UUID

import structlog
from contracts.documents import Plan
from contracts.errors import FilmError, Transient
from contracts.events import Event
from contracts.values import SoundSettings

from stitcher.domain import narration, voices
from stitcher.domain.breaths import Breath, breaths
from stitcher.domain.narration import Placed, Slot
from stitcher.domain.segments import digest
from stitcher.domain.timeline import Timeline
from stitcher.domain.voices import NoVoiceError, Order, Said, Word

log = structlog.get_logger()

SILENT = "The film has no narration: no voice could be had. Ask for it again to try once more."
PARTLY = "{count} of {all} lines are not spoken: there was no voice for them."
CUT_OFF = "{count} lines are not spoken to their end: the film was over. Make its scenes longer."


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


class Voices(Protocol):
    """Where voices are had."""

    def voice(self, event: Event, by: UUID) -> Voice:
        """The voice for a film that the row ``by`` makes."""
        ...

    async def paid(self, event: Event) -> Decimal:
        """What a job has paid for its voices so far, US dollars."""
        ...


@dataclass(frozen=True, slots=True)
class LocalVoices:
    """One voice for all, and it costs nothing."""

    only: Voice

    def voice(self, event: Event, by: UUID) -> Voice:
        """The voice."""
        return self.only

    async def paid(self, event: Event) -> Decimal:
        """Nothing."""
        return Decimal(0)


class Recorder(Protocol):
    """Works on sound files at the film's rate."""

    async def tidy(self, spoken: Path, path: Path) -> tuple[float, float] | None:
        """One voice as the others: its seconds, and those cut off in front; ``None`` if silent."""
        ...

    async def record(
        self, lines: Sequence[tuple[Path, float, float, float]], samples: int, path: Path
    ) -> None:
        """All lines in one file: ``(file, start, seconds, tempo)``."""
        ...


Tidied: TypeAlias = tuple[Path, float, tuple[Word, ...]]


@dataclass(frozen=True, slots=True)
class Narration:
    """What is said in a film: a file if anything is, and what its user should know."""

    lines: tuple[Placed, ...] = ()
    path: Path | None = None
    name: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Telling:
    """For what a narration is made: an event, by which row of work, at which attempt, and where."""

    event: Event
    by: UUID
    attempt: int
    folder: Path


@dataclass(frozen=True, slots=True)
class Narrator:
    """Makes narrations. After ``tries`` a film is made without what the voice refuses."""

    voices: Voices
    recorder: Recorder
    tries: int = 3

    async def say_ahead(self, event: Event, by: UUID, plan: Plan, folder: Path) -> None:
        """Have a paid voice say all lines before they are needed. Trouble is found again later."""
        try:
            voice = self.voices.voice(event, by)
            await voice.say(_orders(voice, plan, plan.settings.sound), folder)
        except (NoVoiceError, FilmError) as error:
            log.warning("voice.not_ahead", error=str(error))

    async def narrate(self, told: Telling, film: Timeline, plan: Plan) -> Narration:
        """The narration as one track. Raises ``Transient`` while it is worth coming back."""
        if not plan.settings.sound.narration:
            return Narration()
        voice = self.voices.voice(told.event, told.by)
        slots = narration.slots(film, plan)
        orders = [_order(voice, slot.breath, plan) for slot in slots]
        try:
            said = await voice.say(orders, told.folder)
        except Transient:
            if told.attempt < self.tries:
                raise
            return Narration(notes=(SILENT,))
        except (NoVoiceError, FilmError) as error:
            log.warning("voice.none", error=str(error))
            return Narration(notes=(SILENT,))
        return await self._recorded(film, slots, orders, said, told.folder)

    async def _recorded(
        self,
        film: Timeline,
        slots: Sequence[Slot],
        orders: Sequence[Order],
        said: Sequence[Said | None],
        folder: Path,
    ) -> Narration:
        tidied = await self._tidied(orders, said, folder)
        spoken = [(slot, one) for slot, one in zip(slots, tidied, strict=True) if one]
        end = film.frames / film.profile.fps
        lines = narration.placed([(slot, sec, words) for slot, (_, sec, words) in spoken], end)
        silent, cut = len(slots) - len(spoken), sum(not line.whole for line in lines)
        notes = [PARTLY.format(count=silent, all=len(slots))] if silent else []
        notes += [CUT_OFF.format(count=cut)] if cut else []
        if not spoken:
            return Narration(notes=(SILENT,) if slots else ())
        places = [
            (file, line.start, line.seconds, line.tempo)
            for line, (_, (file, _, _)) in zip(lines, spoken, strict=True)
        ]
        name = digest(["narration", [(file.name, *numbers) for file, *numbers in places]])
        path = folder / "narration.wav"
        await self.recorder.record(places, film.profile.samples(film.frames), path)
        return Narration(lines, path, name, tuple(notes))

    async def _tidied(
        self, orders: Sequence[Order], said: Sequence[Said | None], folder: Path
    ) -> list[Tidied | None]:
        once = {order.name: one for order, one in zip(orders, said, strict=True)}
        found = await asyncio.gather(*(self._one(name, one, folder) for name, one in once.items()))
        known = dict(zip(once, found, strict=True))
        return [known[order.name] for order in orders]

    async def _one(self, name: str, said: Said | None, folder: Path) -> Tidied | None:
        if said is None:
            return None
        path = folder / f"{name}-tidy.wav"
        measured = await self.recorder.tidy(said.path, path)
        if measured is None:
            return None
        seconds, before = measured
        words = tuple(
            Word(word.letter, word.letters, max(word.start - before, 0.0)) for word in said.words
        )
        return path, seconds, words


def _cast(plan: Plan) -> list[str]:
    return sorted({line.speaker for scene in plan.scenes for line in scene.lines if line.speaker})


def _order(voice: Voice, said: Breath, plan: Plan) -> Order:
    wanted = plan.settings.sound.voice
    names = voice.names
    if wanted in names:
        names = (wanted, *(name for name in names if name != wanted))
    chosen = voices.chosen(said.speaker, _cast(plan), names)
    return Order(said.text, plan.language, chosen, voice.model)


def _orders(voice: Voice, plan: Plan, sound: SoundSettings) -> list[Order]:
    if not sound.narration:
        return []
    return [_order(voice, said, plan) for said in breaths(plan.scenes)]
