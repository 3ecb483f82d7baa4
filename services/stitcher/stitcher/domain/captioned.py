"""A film's segments, and the captions to draw on each: what has none is copied. Pure."""

from collections.abc import Callable, Iterator
from itertools import groupby, pairwise
from typing import TypeAlias

from stitcher.domain import segments
from stitcher.domain.segments import Copy, Segment, Span
from stitcher.domain.timeline import Timeline

Drawn: TypeAlias = Callable[[int, int], str | None]
"""The captions to draw on the film's frames from one to before another."""


def captioned(film: Timeline, drawn: Drawn | None) -> tuple[tuple[Segment, str | None], ...]:
    """The segments in a row. Copied stretches are parted where captions begin and end.

    Only at keyframes, since from anywhere else a clip cannot be copied.
    """
    plan = segments.plan(film)
    if drawn is None:
        return tuple((one, None) for one in plan)
    found: list[tuple[Segment, str | None]] = []
    first = 0
    for whole in plan:
        for part in _parted(film, whole, first, drawn):
            found.append((part, drawn(first, first + part.frames)))
            first += part.frames
    return tuple(found)


def _parted(film: Timeline, whole: Segment, first: int, drawn: Drawn) -> Iterator[Segment]:
    if not isinstance(whole, Copy):
        yield whole
        return
    shot, start, end = whole.span.shot, whole.span.start, whole.span.end
    keys = film.profile.keyframes(film.shots[shot].cut.frames)
    groups = pairwise((*(key for key in keys if start <= key < end), end))
    offset = first - start
    for _, run in groupby(groups, lambda one: drawn(one[0] + offset, one[1] + offset) is not None):
        frames = [frame for group in run for frame in group]
        yield Copy(Span(shot, frames[0], frames[-1]))
