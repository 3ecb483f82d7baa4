"""A film's segments, and the captions to draw on each: what has none is copied. Pure."""

from collections.abc import Callable, Collection, Iterator
from collections.abc import Set as AbstractSet
from itertools import groupby, pairwise
from typing import TypeAlias

from stitcher.domain import segments
from stitcher.domain.segments import Copy, Segment, Span
from stitcher.domain.timeline import Timeline

Drawn: TypeAlias = Callable[[int, int], str | None]
"""The captions to draw on the film's frames from one to before another."""

Captioned: TypeAlias = tuple[Segment, str | None]
"""A segment, and the captions to draw on it."""


def captioned(
    film: Timeline, drawn: Drawn | None, showing: Collection[AbstractSet[int]] | None = None
) -> tuple[Captioned, ...]:
    """The segments in a row, or those ``showing`` exactly one of these sets of shots.

    Copied stretches are parted where captions begin and end, but only at keyframes, since from
    anywhere else a clip cannot be copied.
    """
    found: list[Captioned] = []
    first = 0
    for whole in segments.plan(film):
        if showing is None or segments.shots(whole) in showing:
            found += _parted(film, whole, first, drawn) if drawn else [(whole, None)]
        first += whole.frames
    return tuple(found)


def _parted(film: Timeline, whole: Segment, first: int, drawn: Drawn) -> Iterator[Captioned]:
    if not isinstance(whole, Copy):
        yield whole, drawn(first, first + whole.frames)
        return
    shot, start, end = whole.span.shot, whole.span.start, whole.span.end
    keys = film.profile.keyframes(film.shots[shot].cut.frames)
    groups = pairwise((*(key for key in keys if start <= key < end), end))

    def captions(begin: int, end: int) -> str | None:
        return drawn(first + begin - start, first + end - start)

    for _, run in groupby(groups, lambda group: captions(*group) is not None):
        frames = [frame for group in run for frame in group]
        yield Copy(Span(shot, frames[0], frames[-1])), captions(frames[0], frames[-1])
