"""Plans a film: a script and a user's settings become scenes ready to be made."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from contracts.documents import Line, Plan, Scene, Script
from contracts.errors import ErrorCode, Rejected
from contracts.events import CharacterRef, GenerationSettings

from scripter.domain.beats import Beat, beats
from scripter.domain.cast import Company, assemble
from scripter.domain.cutting import cut_scenes, keep_scenes
from scripter.domain.prompts import NEGATIVE_PROMPT, camera_for, world_of, write_prompt
from scripter.domain.scripts import shortened
from scripter.domain.wording import joined

_TITLE_WORDS = 6
_TITLE_LETTERS = 60
_ROUNDING = 1e-9


def plan_film(
    job_id: UUID,
    script: Script,
    settings: GenerationSettings,
    characters: Sequence[CharacterRef] = (),
) -> Plan:
    """The plan. The same script, settings and characters give the same plan.

    Raises ``Rejected(TRANSCRIPT_MISSING)`` for a script without words.
    """
    pace = _Pace.of(settings)
    said = list(beats(script, pace.most))
    if not said:
        raise Rejected(
            ErrorCode.TRANSCRIPT_MISSING,
            "The script has no words. Write at least one sentence, then ask for the film again.",
        )
    scenes = _chosen(said, pace, settings)
    speakers = list(dict.fromkeys(beat.speaker for beat in said if beat.speaker))
    company = assemble(speakers, characters)
    world = world_of(beat.text for beat in said)
    return Plan(
        job_id=job_id,
        title=script.title or shortened(said[0].text, words=_TITLE_WORDS, letters=_TITLE_LETTERS),
        language=script.language,
        settings=settings,
        scenes=tuple(
            _scene(index, parts, company=company, world=world, pace=pace, style=settings.style)
            for index, parts in enumerate(scenes)
        ),
    )


@dataclass(frozen=True, slots=True)
class _Pace:
    """The lengths a scene may have, in seconds, at a rate in frames per second."""

    least: float
    most: float
    fps: int

    @classmethod
    def of(cls, settings: GenerationSettings) -> "_Pace":
        most = settings.max_scene_seconds
        return cls(min(settings.min_scene_seconds, most), most, settings.fps)

    def frames(self, parts: Sequence[Beat]) -> int:
        spoken = sum(beat.seconds for beat in parts)
        wanted = round(min(max(spoken, self.least), self.most) * self.fps)
        return min(wanted, math.floor(self.most * self.fps + _ROUNDING))


def _chosen(said: Sequence[Beat], pace: _Pace, settings: GenerationSettings) -> list[list[Beat]]:
    """All scenes if they fit, else fuller ones, else all but some of the middle."""
    scenes: list[list[Beat]] = []
    for tight in (False, True):
        scenes = cut_scenes(said, least_seconds=pace.least, most_seconds=pace.most, tight=tight)
        if len(scenes) <= settings.max_scenes:
            break
    kept = keep_scenes(
        [pace.frames(parts) / pace.fps for parts in scenes],
        most_scenes=settings.max_scenes,
        target_seconds=settings.target_seconds,
    )
    return [scenes[index] for index in kept]


def _scene(
    index: int,
    parts: Sequence[Beat],
    *,
    company: Company,
    world: Sequence[str],
    pace: _Pace,
    style: str,
) -> Scene:
    lines = tuple(_lines(parts, company))
    narration = ""
    for line in lines:
        narration = joined(narration, line.text)
    seen = company.on_stage((beat.speaker for beat in parts), narration, index)
    return Scene(
        index=index,
        title=shortened(narration, words=_TITLE_WORDS, letters=_TITLE_LETTERS),
        frames=pace.frames(parts),
        narration=narration,
        lines=lines,
        prompt=write_prompt(
            style=style,
            index=index,
            narration=narration,
            names=[cast.name for cast in seen],
            speakers=list(dict.fromkeys(line.speaker for line in lines if line.speaker)),
            world=world,
        ),
        negative_prompt=NEGATIVE_PROMPT,
        camera=camera_for(index),
        style=style,
        characters=seen,
    )


def _lines(parts: Sequence[Beat], company: Company) -> Iterator[Line]:
    """What is said, one line for all that one speaker says in a row."""
    speaker, text = parts[0].speaker, ""
    for beat in parts:
        if beat.speaker != speaker:
            yield Line(speaker=company.shown(speaker), text=text)
            speaker, text = beat.speaker, ""
        text = joined(text, beat.text)
    yield Line(speaker=company.shown(speaker), text=text)
