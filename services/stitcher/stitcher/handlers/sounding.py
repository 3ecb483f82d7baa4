"""What is heard besides the clips: the narration and the music, as further tracks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from contracts.documents import Plan
from contracts.events import Event
from runtime.work import Work

from stitcher.domain import narration
from stitcher.domain.narration import Heard
from stitcher.domain.sound import Track
from stitcher.domain.sources import Source
from stitcher.domain.timeline import Timeline
from stitcher.handlers.narrating import Narration, Narrator, Telling
from stitcher.handlers.playing import MUSIC_KEY, Player


@dataclass(frozen=True, slots=True)
class Sounding:
    """Tracks, where the sounds they are made of come from by key, and what is known about them."""

    tracks: tuple[Track, ...] = ()
    sources: Mapping[str, Source] = field(default_factory=dict[str, Source])
    lines: Mapping[tuple[int, int], Heard] = field(default_factory=dict[tuple[int, int], Heard])
    notes: tuple[str, ...] = ()
    voices_usd: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Sounds:
    """Makes what a plan asks for. What cannot be had is left out and noted; no film fails of it."""

    narrator: Narrator
    player: Player

    async def of(
        self, event: Event, work: Work, film: Timeline, plan: Plan, folder: Path
    ) -> Sounding:
        """The further tracks of a film. Raises ``Transient`` while a voice is worth waiting for.

        The sources need ``folder`` for as long as they are used.
        """
        samples = film.profile.samples(film.frames)
        spoken = await self._spoken(event, work, film, plan, folder)
        played = await self.player.play(event, plan.settings.sound, samples, folder)
        tracks = [Track("narration", spoken.pieces, leads=True)] if spoken.pieces else []
        sources = dict(spoken.sources)
        if played.track and played.source:
            tracks.append(played.track)
            sources[MUSIC_KEY] = played.source
        return Sounding(
            tuple(tracks),
            sources,
            narration.heard_lines(spoken.lines, film.profile.fps),
            (*spoken.notes, *played.notes),
            await self.narrator.voices.paid(event),
        )

    async def lines(
        self, event: Event, work: Work, film: Timeline, plan: Plan, folder: Path
    ) -> Mapping[tuple[int, int], Heard]:
        """When lines are heard, by shot and line. Raises as ``of`` does."""
        spoken = await self._spoken(event, work, film, plan, folder)
        return narration.heard_lines(spoken.lines, film.profile.fps)

    async def _spoken(
        self, event: Event, work: Work, film: Timeline, plan: Plan, folder: Path
    ) -> Narration:
        told = Telling(event, work.id, work.tries + 1, folder)
        return await self.narrator.narrate(told, film, plan)
