"""The narration of a film: every line said, and put in its place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Protocol
from uuid import UUID

import structlog
from contracts.documents import Plan
from contracts.errors import FilmError, Transient
from contracts.events import Event
from contracts.values import SoundSettings

from stitcher.domain import lines, narration, voices
from stitcher.domain.breaths import Breath, breaths
from stitcher.domain.lines import Line
from stitcher.domain.narration import Placed, Slot
from stitcher.domain.sound import Piece
from stitcher.domain.sources import Source
from stitcher.domain.timeline import Timeline
from stitcher.domain.voices import NoVoiceError, Order, Said
from stitcher.handlers.lines import Lines, Reading, Voice

log = structlog.get_logger()

SILENT = "The film has no narration: no voice could be had. Ask for it again to try once more."
PARTLY = "{count} of {all} lines are not spoken: there was no voice for them."
CUT_OFF = "{count} lines are not spoken to their end: the film was over. Make its scenes longer."


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


@dataclass(frozen=True, slots=True)
class Narration:
    """What is said in a film: its lines, their pieces and sounds, what its user should know."""

    lines: tuple[Placed, ...] = ()
    pieces: tuple[Piece, ...] = ()
    sources: Mapping[str, Source] = field(default_factory=dict[str, Source])
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
    lines: Lines
    tries: int = 3

    async def say_ahead(self, event: Event, by: UUID, plan: Plan, folder: Path) -> None:
        """Have all lines said before they are needed. Trouble is found again later."""
        try:
            voice = self.voices.voice(event, by)
            reading = self.lines.reading(event, voice, folder)
            orders = _orders(voice, plan, plan.settings.sound)
            known = await reading.known(orders)
            await reading.keep(await reading.say(_missing(orders, known)))
        except (NoVoiceError, FilmError) as error:
            log.warning("voice.not_ahead", error=str(error))

    async def narrate(self, told: Telling, film: Timeline, plan: Plan) -> Narration:
        """What is said in a film; said now is only what never was.

        Raises ``Transient`` while it is worth coming back.
        """
        if not plan.settings.sound.narration:
            return Narration()
        voice = self.voices.voice(told.event, told.by)
        slots = narration.slots(film, plan)
        orders = [_order(voice, slot.breath, plan) for slot in slots]
        reading = self.lines.reading(told.event, voice, told.folder)
        known = await reading.known(orders)
        said = await self._said(reading, _missing(orders, known), told.attempt)
        known |= await reading.keep(said)
        return _narration(film, list(zip(slots, orders, strict=True)), known, reading)

    async def _said(
        self, reading: Reading, orders: Sequence[Order], attempt: int
    ) -> Mapping[Order, Said | None]:
        try:
            return await reading.say(orders)
        except Transient:
            if attempt < self.tries:
                raise
        except (NoVoiceError, FilmError) as error:
            log.warning("voice.none", error=str(error))
        return {}


def _missing(orders: Sequence[Order], known: Mapping[Order, Line]) -> list[Order]:
    return [order for order in dict.fromkeys(orders) if order not in known]


def _narration(
    film: Timeline,
    wanted: Sequence[tuple[Slot, Order]],
    known: Mapping[Order, Line],
    reading: Reading,
) -> Narration:
    spoken = [(slot, order, known[order]) for slot, order in wanted if order in known]
    if not spoken:
        return Narration(notes=(SILENT,) if wanted else ())
    end = film.frames / film.profile.fps
    placed = narration.placed([(slot, said.seconds, said.words) for slot, _, said in spoken], end)
    pieces: list[Piece] = []
    sources: dict[str, Source] = {}
    places = lines.places(placed, film.profile.samples(film.frames))
    for (_, order, said), place in zip(spoken, places, strict=True):
        if place is not None:
            piece = place.piece(said)
            pieces.append(piece)
            sources[piece.key] = reading.source(order, said, place)
    silent, cut = len(wanted) - len(spoken), sum(not line.whole for line in placed)
    notes = [PARTLY.format(count=silent, all=len(wanted))] if silent else []
    notes += [CUT_OFF.format(count=cut)] if cut else []
    return Narration(placed, tuple(pieces), sources, tuple(notes))


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
