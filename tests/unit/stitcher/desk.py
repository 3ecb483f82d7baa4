"""A desk for the stitcher's tests: its steps, and the fakes that they work with."""

from dataclasses import dataclass, field
from pathlib import Path

from contracts.events import ScenesPlanned, VideoStitched
from runtime.objects import LocalObjects
from runtime.work import Done
from stitcher.adapters.scratch import ScratchFolders
from stitcher.domain.voices import NoVoiceError
from stitcher.handlers.ahead import Rendering, RenderShot, RenderWindow
from stitcher.handlers.film import StitchFilm
from stitcher.handlers.narrating import LocalVoices, Narrator
from stitcher.handlers.playing import Player
from stitcher.handlers.sounding import Sounds
from stitcher.handlers.titling import Titling
from stitcher.handlers.workshop import Workshop

from tests.unit.stitcher.makers import FakeBeds, FakeFilmMaker, FakePainter, FakeSoundMaker
from tests.unit.stitcher.making import (
    FakeMeasured,
    FakeParts,
    FakeSegments,
    work,
    workshop,
)
from tests.unit.stitcher.speaking import FakeVoice, lines


@dataclass
class Desk:
    """Without a ``voice`` films have their clips' sound alone, without a ``painter`` no cards."""

    store: LocalObjects
    scratch: ScratchFolders
    parts: FakeParts = field(default_factory=FakeParts)
    films: FakeFilmMaker = field(default_factory=FakeFilmMaker)
    sounds: FakeSoundMaker = field(default_factory=FakeSoundMaker)
    segments: FakeSegments = field(default_factory=FakeSegments)
    measured: FakeMeasured = field(default_factory=FakeMeasured)
    painter: FakePainter | None = None
    voice: FakeVoice | None = None

    @property
    def shop(self) -> Workshop:
        return workshop(
            self.store,
            self.scratch,
            films=self.films,
            sounds=self.sounds,
            segments=self.segments,
            measured=self.measured,
        )

    @property
    def heard(self) -> Sounds:
        voice = self.voice or FakeVoice(broken=NoVoiceError("none here"))
        narrator = Narrator(LocalVoices(voice), lines(self.store, self.measured))
        return Sounds(narrator, Player(FakeBeds(), self.store, self.measured))

    async def stitch(self, event: ScenesPlanned) -> VideoStitched:
        sounds = self.heard if self.voice else None
        titling = Titling(self.painter, self.store) if self.painter else None
        step = StitchFilm(self.parts, self.shop, sounds, titling=titling)
        outcome = await step(event, work("stitch"))
        assert isinstance(outcome, Done)
        fact = outcome.events[-1]
        assert isinstance(fact, VideoStitched)
        return fact

    async def window(self, event: ScenesPlanned, joint: int) -> None:
        step = RenderWindow(self.parts, Rendering(self.shop, self.heard))
        assert await step(event, work("window", joint)) == Done()

    async def shot(self, event: ScenesPlanned, scene: int) -> None:
        titling = Titling(self.painter or FakePainter(), self.store)
        step = RenderShot(self.parts, Rendering(self.shop, self.heard), titling)
        assert await step(event, work("shot", scene)) == Done()

    def encoded(self) -> list[str]:
        """What pictures were encoded, in alphabetical order; forgotten once asked for."""
        made = sorted(text for text in self.films.made if "[" not in text)
        self.films.made.clear()
        return made

    def left(self) -> list[Path]:
        assert self.scratch.root is not None
        return list(self.scratch.root.iterdir())
