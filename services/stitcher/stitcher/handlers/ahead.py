"""What is made of a film while its scenes arrive, each by a row of work that replicas share.

Whatever is wrong here, the film will find it again and say it once.
"""

from collections.abc import Generator, Iterable
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from contracts.documents import Plan
from contracts.errors import FilmError
from contracts.events import ScenesPlanned
from runtime.objects import get_model
from runtime.work import Done, Outcome, Work

from stitcher.domain import cards, timeline
from stitcher.domain.captioned import Drawn
from stitcher.domain.captions import cues
from stitcher.domain.timeline import Timeline
from stitcher.handlers.cutting import CuttingRoom
from stitcher.handlers.drawing import drawing
from stitcher.handlers.mixing import MixingRoom
from stitcher.handlers.narrating import Narrator
from stitcher.handlers.ports import Parts
from stitcher.handlers.sounding import Sounds
from stitcher.handlers.titling import Titling
from stitcher.handlers.workshop import Originals, Workshop

Shots: TypeAlias = AbstractSet[int]
"""Shots of a film by their places in it."""


@dataclass(frozen=True, slots=True)
class Rendering:
    """Encodes stretches of a film whose other scenes are still to come."""

    shop: Workshop
    sounds: Sounds

    async def __call__(
        self,
        event: ScenesPlanned,
        work: Work,
        film: Timeline,
        plan: Plan,
        stretches: Iterable[Shots],
    ) -> None:
        """Those that show exactly one of these sets of shots, and keep them for the film."""
        with self.shop.scratch.folder() as folder:
            drawn = await self._drawn(event, work, film, plan, folder)
            originals = Originals(self.shop.kept.store, folder)
            await CuttingRoom(self.shop, event, work.id, film, originals, drawn).ahead(stretches)

    async def _drawn(
        self, event: ScenesPlanned, work: Work, film: Timeline, plan: Plan, folder: Path
    ) -> Drawn | None:
        """Captions as the film will have them: they follow its voices, which are known by now."""
        style = event.settings.captions
        if not style.burn:
            return None
        lines = await self.sounds.lines(event, work, film, plan, folder)
        return (await drawing(self.shop.films, style, film, cues(film, plan, lines), folder))[0]


@dataclass(frozen=True, slots=True)
class RenderWindow:
    """Two neighbouring scenes are there: the window between them. The row's number is the joint."""

    parts: Parts
    render: Rendering

    async def __call__(self, event: ScenesPlanned, work: Work) -> Outcome:
        """Encode it."""
        if work.ordinal is None:
            raise ValueError("which window?")
        with _later():
            plan = await _plan(self.render.shop, event)
            film = await _expected(self.parts, event)
            shot = timeline.shot_of(film, event.scenes[work.ordinal].index)
            await self.render(event, work, film, plan, [{shot, shot + 1}])
        return Done()


@dataclass(frozen=True, slots=True)
class RenderShot:
    """A scene is there that captions are drawn on, or a card stands beside."""

    parts: Parts
    render: Rendering
    titling: Titling

    async def __call__(self, event: ScenesPlanned, work: Work) -> Outcome:
        """Encode what of it is not copied, and its card."""
        if work.ordinal is None:
            raise ValueError("which scene?")
        with _later():
            plan = await _plan(self.render.shop, event)
            if work.ordinal in {event.scenes[0].index, event.scenes[-1].index}:
                so_far = await _so_far(self.parts, event)
                film, _ = await self.titling.carded(event, so_far, plan.language)
            else:
                film = await _expected(self.parts, event)
            shot = timeline.shot_of(film, work.ordinal)
            await self.render(event, work, film, plan, timeline.alone(film, shot))
        return Done()


@dataclass(frozen=True, slots=True)
class MixAhead:
    """Two neighbouring scenes are there: the sound around their joint, kept for the film."""

    parts: Parts
    shop: Workshop
    sounds: Sounds

    async def __call__(self, event: ScenesPlanned, work: Work) -> Outcome:
        """Mix it, and whatever else can be mixed by now."""
        with _later(), self.shop.scratch.folder() as folder:
            plan = await _plan(self.shop, event)
            film = await _expected(self.parts, event)
            heard = await self.sounds.of(event, work, film, plan, folder)
            originals = Originals(self.shop.kept.store, folder)
            await MixingRoom(self.shop, event, work.id, film, originals, heard).ahead()
        return Done()


@dataclass(frozen=True, slots=True)
class SayAhead:
    """A plan is there: its lines are said while its scenes are made."""

    narrator: Narrator
    shop: Workshop

    async def __call__(self, event: ScenesPlanned, work: Work) -> Outcome:
        """Have them said and remembered."""
        with _later(), self.shop.scratch.folder() as folder:
            plan = await _plan(self.shop, event)
            await self.narrator.say_ahead(event, work.id, plan, folder)
        return Done()


async def _plan(shop: Workshop, event: ScenesPlanned) -> Plan:
    plan = await get_model(shop.kept.store, event.plan, Plan)
    return plan.model_copy(update={"settings": event.settings})


async def _so_far(parts: Parts, event: ScenesPlanned) -> Timeline:
    there = timeline.latest(await parts.parts(event.job_id))
    return timeline.so_far(event.settings, event.scenes, there)


async def _expected(parts: Parts, event: ScenesPlanned) -> Timeline:
    return cards.expected(await _so_far(parts, event), event.settings)


@contextmanager
def _later() -> Generator[None, None, None]:
    """What fails ahead of time is left to the film."""
    try:
        yield
    except FilmError:
        return
