"""What is made of a film while its scenes arrive, each by a row of work that replicas share.

Whatever is wrong here, the film will find it again and say it once.
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from contracts.documents import Plan
from contracts.errors import FilmError
from contracts.events import ScenesPlanned
from runtime.objects import get_model
from runtime.work import Done, Outcome, Work

from stitcher.domain import cards, segments, timeline
from stitcher.domain.timeline import Timeline
from stitcher.handlers.cutting import CuttingRoom
from stitcher.handlers.mixing import MixingRoom
from stitcher.handlers.narrating import Narrator
from stitcher.handlers.ports import Parts
from stitcher.handlers.sounding import Sounds
from stitcher.handlers.workshop import Originals, Workshop


@dataclass(frozen=True, slots=True)
class RenderWindow:
    """Two neighbouring scenes are there: the window between them, kept for the film."""

    parts: Parts
    shop: Workshop

    async def __call__(self, event: ScenesPlanned, work: Work) -> Outcome:
        """Encode it."""
        if work.ordinal is None:
            raise ValueError("which window?")
        film = await _so_far(self.parts, event)
        window = segments.window(film, work.ordinal + 1)
        # Captions drawn on a window follow the narration of the whole film.
        if window is None or event.settings.captions.burn:
            return Done()
        with _later(), self.shop.scratch.folder() as folder:
            originals = Originals(self.shop.kept.store, folder)
            room = CuttingRoom(self.shop, event, work.id, film, originals)
            footage = await room.footage({span.shot for span in segments.spans(window)})
            await room.segment(window, footage)
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
            plan = await get_model(self.shop.kept.store, event.plan, Plan)
            film = cards.expected(await _so_far(self.parts, event), event.settings)
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
            plan = await get_model(self.shop.kept.store, event.plan, Plan)
            await self.narrator.say_ahead(event, work.id, plan, folder)
        return Done()


async def _so_far(parts: Parts, event: ScenesPlanned) -> Timeline:
    there = timeline.latest(await parts.parts(event.job_id))
    return timeline.so_far(event.settings, event.scenes, there)


@contextmanager
def _later() -> Generator[None, None, None]:
    """What fails ahead of time is left to the film."""
    try:
        yield
    except FilmError:
        return
