"""The film as data: which clips in which order, and its captions. Pure."""

import bisect
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from contracts.documents import Line, Plan
from contracts.errors import ErrorCode, Rejected
from contracts.events import Clip, ScenesPlanned
from contracts.mezzanine import Mezzanine

CUE_WIDTH = 42
CUE_LINES = 2
UNSPACED_WORD = 12
"""How many characters of a text without spaces count as a word."""


@dataclass(frozen=True, slots=True)
class Part:
    """A take of a scene."""

    scene_index: int
    take: int
    clip: Clip


@dataclass(frozen=True, slots=True)
class Shot:
    """A clip in the film: its first frame there, and how many frames it fills."""

    scene_index: int
    clip: Clip
    first: int
    frames: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """The film, shot after shot, with hard cuts."""

    profile: Mezzanine
    shots: tuple[Shot, ...]

    @property
    def frames(self) -> int:
        """Length of the film."""
        return self.shots[-1].first + self.shots[-1].frames


def complete(planned: ScenesPlanned | None, scenes: Iterable[int]) -> bool:
    """Whether every scene of the plan has arrived."""
    return planned is not None and {scene.index for scene in planned.scenes} <= set(scenes)


def timeline(planned: ScenesPlanned, parts: Iterable[Part]) -> Timeline:
    """The latest take of every scene, in the plan's order, each at its exact first frame.

    Raises ``Rejected(STITCH_FAILED)`` if a scene is missing.
    """
    settings = planned.settings
    latest: dict[int, Part] = {}
    for part in sorted(parts, key=lambda part: part.take):
        latest[part.scene_index] = part
    shots: list[Shot] = []
    first = 0
    for scene in planned.scenes:
        part = latest.get(scene.index)
        if part is None:
            raise Rejected(ErrorCode.STITCH_FAILED, f"Scene {scene.index + 1} is missing")
        frames = max(1, round(part.clip.frames * settings.fps / part.clip.fps))
        shots.append(Shot(scene.index, part.clip, first, frames))
        first += frames
    return Timeline(Mezzanine(settings.width, settings.height, settings.fps), tuple(shots))


@dataclass(frozen=True, slots=True)
class Cue:
    """A caption: shown from frame ``first`` to before ``end``."""

    first: int
    end: int
    text: str


def cues(film: Timeline, plan: Plan) -> tuple[Cue, ...]:
    """The film's captions: a scene's time is shared by words, first by line, then by cue.

    The generator times the words it draws in the same way.
    """
    lines_of = {scene.index: scene.lines for scene in plan.scenes}
    found: list[Cue] = []
    speaker: str | None = None
    for shot in film.shots:
        for line, (first, end) in _shared(lines_of.get(shot.scene_index, ()), shot):
            name = f"{line.speaker}: " if line.speaker and line.speaker != speaker else ""
            speaker = line.speaker
            found.extend(_cues(name + line.text, first, end))
    return tuple(found)


def srt(captions: Sequence[Cue], fps: int) -> str:
    """Captions as SubRip text."""
    return "\n".join(
        f"{number}\n{_clock(cue.first, fps)} --> {_clock(cue.end, fps)}\n{cue.text}\n"
        for number, cue in enumerate(captions, 1)
    )


def _shared(lines: Sequence[Line], shot: Shot) -> list[tuple[Line, tuple[int, int]]]:
    spans = _spans([_words(line.text) for line in lines], shot.first, shot.first + shot.frames)
    return list(zip(lines, spans, strict=True))


def _cues(text: str, first: int, end: int) -> list[Cue]:
    texts = cue_texts(" ".join(text.split()))
    spans = _spans([_words(part) for part in texts], first, end)
    return [Cue(a, b, part) for part, (a, b) in zip(texts, spans, strict=True) if b > a]


def cue_texts(text: str) -> list[str]:
    """Cues of about equal length, so that none is a single word that flashes by."""
    count = -(-len(textwrap.wrap(text, CUE_WIDTH)) // CUE_LINES)
    while True:
        cues = [_rows(part) for part in _even(text, count)]
        if all(len(rows) <= CUE_LINES for rows in cues):
            return ["\n".join(rows) for rows in cues]
        count += 1


def _rows(text: str) -> list[str]:
    return _even(text, len(textwrap.wrap(text, CUE_WIDTH)))


def _even(text: str, count: int) -> list[str]:
    """At most ``count`` parts, broken between words where that can be, the longest the shortest."""
    widths = range(1, len(text) + 1)
    fits = bisect.bisect_left(widths, True, key=lambda w: len(textwrap.wrap(text, w)) <= count)  # noqa: FBT003
    return textwrap.wrap(text, widths[fits]) if text else []


def _spans(weights: Sequence[int], first: int, end: int) -> list[tuple[int, int]]:
    """Contiguous shares of the frames ``first`` to before ``end``."""
    total, done, edges = sum(weights) or 1, 0, [first]
    for weight in weights:
        done += weight
        edges.append(first + round((end - first) * done / total))
    return list(pairwise(edges))


def _words(text: str) -> int:
    return max(len(text.split()), len(text.strip()) // UNSPACED_WORD, 1)


def _clock(frame: int, fps: int) -> str:
    milliseconds = round(frame * 1000 / fps)
    seconds, milliseconds = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02},{milliseconds:03}"
