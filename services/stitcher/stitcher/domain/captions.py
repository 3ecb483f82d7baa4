"""The film's captions: cues at exact frames, and SubRip. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from contracts.documents import Line, Plan

from stitcher.domain.breaking import (
    RIGHT_TO_LEFT_MARK,
    ROWS,
    WIDTH,
    even,
    right_to_left,
    row_width,
    wrapped,
)
from stitcher.domain.narration import Heard, words
from stitcher.domain.timeline import Shot, Timeline

CUE_WIDTH = WIDTH
CUE_LINES = ROWS
LINGER = 0.4
"""How long a caption stays after its last word if nobody else speaks, in seconds."""


@dataclass(frozen=True, slots=True)
class Cue:
    """A caption: shown from frame ``first`` to before ``end``.

    ``starts`` are the frames in which its words are said, if that is known.
    """

    first: int
    end: int
    text: str
    starts: tuple[int, ...] = ()


def cues(
    film: Timeline, plan: Plan, heard: Mapping[tuple[int, int], Heard] | None = None
) -> tuple[Cue, ...]:
    """The film's captions. ``heard`` lines (by shot and line) are shown while they are spoken.

    Of the others a scene's time is shared by words, first by line, then by cue: the generator
    times the words it draws in the same way.
    """
    lines_of: dict[int | None, Sequence[Line]] = {s.index: s.lines for s in plan.scenes}
    found: list[Cue] = []
    speaker: str | None = None
    for number, shot in enumerate(film.shots):
        lines = _shared(lines_of.get(shot.cut.scene_index, ()), shot)
        for place, (line, (first, end)) in enumerate(lines):
            name = f"{line.speaker}: " if line.speaker and line.speaker != speaker else ""
            speaker = line.speaker
            spoken = (heard or {}).get((number, place)) or Heard(first, end)
            found.extend(_cues(name, line.text, spoken))
    return _lingering(_apart(found), film) if heard else tuple(found)


def _apart(found: Sequence[Cue]) -> list[Cue]:
    """No two at once: a caption ends where the next begins."""
    nexts = [cue.first for cue in found[1:]]
    ends = [min(cue.end, first) for cue, first in zip(found, nexts, strict=False)]
    shown = zip(found, [*ends, *(cue.end for cue in found[-1:])], strict=True)
    return [replace(cue, end=end) for cue, end in shown if end > cue.first]


def _lingering(found: Sequence[Cue], film: Timeline) -> tuple[Cue, ...]:
    stay = round(LINGER * film.profile.fps)
    limits = [*(cue.first for cue in found[1:]), film.frames]
    return tuple(
        replace(cue, end=max(cue.end, min(cue.end + stay, limit)))
        for cue, limit in zip(found, limits, strict=True)
    )


def vtt(captions: Sequence[Cue], fps: int) -> str:
    """Captions as WebVTT."""
    blocks = ["WEBVTT\n"]
    for cue in captions:
        text = cue.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        first, end = (_clock(frame, fps).replace(",", ".") for frame in (cue.first, cue.end))
        blocks.append(f"{first} --> {end}\n{text}\n")
    return "\n".join(blocks)


def srt(captions: Sequence[Cue], fps: int) -> str:
    """Captions as SubRip text."""
    return "\n".join(
        f"{number}\n{_clock(cue.first, fps)} --> {_clock(cue.end, fps)}\n{cue.text}\n"
        for number, cue in enumerate(captions, 1)
    )


def _shared(lines: Sequence[Line], shot: Shot) -> list[tuple[Line, tuple[int, int]]]:
    spans = _spans([words(line.text) for line in lines], *shot.shown)
    return list(zip(lines, spans, strict=True))


def _cues(name: str, line: str, heard: Heard) -> list[Cue]:
    text = " ".join((name + line).split())
    texts = cue_texts(text)
    starts = heard.starts
    if starts and len(name.split()) + len(starts) != len(text.split()):
        starts = ()
    if starts:
        starts = (heard.first,) * len(name.split()) + starts
        return _by_words(texts, starts, heard.end)
    spans = _spans([words(part) for part in texts], heard.first, heard.end)
    return [Cue(a, b, _marked(part)) for part, (a, b) in zip(texts, spans, strict=True) if b > a]


def _by_words(texts: Sequence[str], starts: Sequence[int], end: int) -> list[Cue]:
    """Cues that begin with their first word. A word that is broken counts with its first part."""
    found: list[Cue] = []
    at = 0
    for number, part in enumerate(texts):
        count = len(part.split()) if number < len(texts) - 1 else len(starts) - at
        mine = tuple(starts[at : at + count]) or (end,)
        at += count
        until = starts[at] if at < len(starts) else end
        if until > mine[0]:
            whole = len(mine) == len(part.split())
            found.append(Cue(mine[0], until, _marked(part), mine if whole else ()))
    return found


def _marked(text: str) -> str:
    """Text that runs from right to left says so at the beginning of each row."""
    if not right_to_left(text):
        return text
    return "\n".join(RIGHT_TO_LEFT_MARK + row for row in text.split("\n"))


def cue_texts(text: str) -> list[str]:
    """Cues of about equal length, so that none is a single word that flashes by."""
    width = row_width(text)
    count = -(-len(wrapped(text, width)) // CUE_LINES)
    while True:
        cues = [even(part, len(wrapped(part, width))) for part in even(text, count)]
        if all(len(rows) <= CUE_LINES and max(map(len, rows)) <= width for rows in cues):
            return ["\n".join(rows) for rows in cues]
        count += 1


def _spans(weights: Sequence[int], first: int, end: int) -> list[tuple[int, int]]:
    """Contiguous shares of the frames ``first`` to before ``end``."""
    total, done, edges = sum(weights) or 1, 0, [first]
    for weight in weights:
        done += weight
        edges.append(first + round((end - first) * done / total))
    return list(pairwise(edges))


def _clock(frame: int, fps: int) -> str:
    milliseconds = round(frame * 1000 / fps)
    seconds, milliseconds = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02},{milliseconds:03}"
