"""The scenes of a film before they are cast: what is said, and within which limits."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from contracts.documents import Camera, Script
from contracts.errors import ErrorCode, Rejected
from contracts.events import GenerationSettings

from scripter.domain.beats import Beat, beats
from scripter.domain.choosing import choose
from scripter.domain.cutting import cut_scenes

_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Pace:
    """The lengths a scene may have, in seconds, at a rate in frames per second."""

    least: float
    most: float
    fps: int

    @classmethod
    def of(cls, settings: GenerationSettings) -> "Pace":
        """The pace that settings ask for: where they contradict each other the most wins."""
        most = settings.max_scene_seconds
        return cls(min(settings.min_scene_seconds, most), most, settings.fps)

    def frames(self, spoken: float) -> int:
        """How many frames a scene has in which somebody speaks for so many seconds."""
        wanted = round(min(max(spoken, self.least), self.most) * self.fps)
        return min(wanted, math.floor(self.most * self.fps + _ROUNDING))

    def seconds(self, scene: Sequence[Beat]) -> float:
        """How long a scene is in the film."""
        return self.frames(sum(beat.seconds for beat in scene)) / self.fps


@dataclass(frozen=True, slots=True)
class Shot:
    """A scene before it is cast. What is empty or ``None`` is written by the rules."""

    beats: Sequence[Beat]
    title: str = ""
    picture: str = ""
    camera: Camera | None = None


@dataclass(frozen=True, slots=True)
class Brief:
    """What a film is made from: everything that is said, in order, and the limits."""

    script: Script
    settings: GenerationSettings
    pace: Pace
    said: Sequence[Beat]


def brief_for(script: Script, settings: GenerationSettings) -> Brief:
    """The brief. Raises ``Rejected(TRANSCRIPT_MISSING)`` for a script without words."""
    pace = Pace.of(settings)
    said = beats(script.paragraphs, pace.most)
    if not said:
        raise Rejected(
            ErrorCode.TRANSCRIPT_MISSING,
            "The script has no words. Write at least one sentence, then ask for the film again.",
        )
    return Brief(script, settings, pace, said)


def shots_by_rule(brief: Brief) -> list[Shot]:
    """The scenes as the rules cut and choose them. The same brief gives the same scenes."""
    scenes = cut_scenes(
        brief.said,
        least_seconds=brief.pace.least,
        most_seconds=brief.pace.most,
        most_scenes=brief.settings.max_scenes,
    )
    kept = choose(
        scenes,
        brief.pace.seconds,
        most_scenes=brief.settings.max_scenes,
        target_seconds=brief.settings.target_seconds,
    )
    return [Shot(tuple(scene)) for scene in kept]
