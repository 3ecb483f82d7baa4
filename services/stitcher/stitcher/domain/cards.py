"""Cards and their words: where text stands in a picture, and a card's place in the film. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import inf
from typing import Final, TypeAlias

from contracts.mezzanine import Mezzanine
from contracts.values import GenerationSettings, TitleSettings, Transition

from stitcher.domain.breaking import even, wide
from stitcher.domain.timeline import Coming, Cut, Joint, Source, Timeline, lay

Measure: TypeAlias = Callable[[str], float]
"""How wide a row is, in parts of its font's size."""

Partly: TypeAlias = tuple[float, tuple[str, ...]]
"""Rows, and what they cost."""

LEADING: Final = 1.22
"""From row to row, in parts of the font's size."""
SLACK: Final = 0.97
"""Of the room that is used: glyphs at small sizes are rounded to whole pixels."""
FINEST: Final = 0.35
"""How much smaller than wished a text may become before its words are broken."""
MOST_ROWS: Final = 12
"""Of words that have to be broken."""
BLACK_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True)
class Words:
    """What stands on a card: ``text`` large, ``below`` small."""

    text: str
    below: str = ""


@dataclass(frozen=True, slots=True)
class Room:
    """A part of a picture that text must not leave, in pixels."""

    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Block:
    """Rows of text, set at ``size`` pixels."""

    rows: tuple[str, ...]
    size: int

    @property
    def pitch(self) -> int:
        """From row to row, in pixels."""
        return round(self.size * LEADING)

    @property
    def height(self) -> int:
        """Of all rows, in pixels."""
        return self.pitch * len(self.rows)


def opening(titles: TitleSettings) -> Words | None:
    """What stands before the first scene."""
    title, below = _line(titles.title), _line(titles.subtitle)
    return Words(title, below) if title else None


def ending(titles: TitleSettings) -> Words | None:
    """What stands after the last scene."""
    end = _line(titles.end)
    return Words(end) if end else None


def _line(text: str | None) -> str:
    return " ".join((text or "").split())


def safe(width: int, height: int) -> Room:
    """What every screen shows, and no app covers: in upright pictures they take top and bottom."""
    side = round(width * 0.1)
    end = round(height * (0.16 if height > width else 0.1))
    return Room(side, end, width - 2 * side, height - 2 * end)


def block(text: str, area: tuple[float, float], largest: int, rows: int, measure: Measure) -> Block:
    """A text as large as it fits, in as few rows as that takes, the longest the shortest.

    ``area`` is width and height in pixels, ``largest`` the size that is wished for. Words are
    broken only where they would have to become too small; then there may be more rows.
    """
    whole = [_broken(text, count, measure) for count in range(1, rows + 1)]
    for size in _sizes(largest, max(round(largest * FINEST), 8)):
        for found in (Block(parts, size) for parts in whole):
            if _fits(found, area, measure):
                return found
    torn = [tuple(even(text, count)) for count in range(1, MOST_ROWS + 1)]
    for size in _sizes(min(largest, max(round(largest * FINEST), 8)), 1):
        for found in (Block(parts, size) for parts in torn):
            if _fits(found, area, measure):
                return found
    return Block((), 1)


def _sizes(largest: int, least: int) -> Iterator[int]:
    size = largest
    while size >= least:
        yield size
        size = min(size - 1, round(size * 0.96))


def _fits(found: Block, area: tuple[float, float], measure: Measure) -> bool:
    widest = max((measure(row) for row in found.rows), default=0.0)
    return found.height <= area[1] and widest * found.size <= area[0] * SLACK


def _broken(text: str, count: int, measure: Measure) -> tuple[str, ...]:
    """At most so many rows of whole words, as even as they can be: the least sum of squares."""
    if wide(text):
        return tuple(even(text, count))
    words = text.split()
    # For each number of first words: their best rows so far, and what these cost.
    best: list[Partly] = [(0.0, ())]
    best.extend((inf, ()) for _ in words)
    for _ in range(min(count, len(words))):
        longer = list(best)
        for end in range(1, len(words) + 1):
            for start in range(end):
                if best[start][0] == inf:
                    continue
                row = " ".join(words[start:end])
                cost = best[start][0] + measure(row) ** 2
                if cost < longer[end][0]:
                    longer[end] = cost, (*best[start][1], row)
        best = longer
    return best[-1][1]


def carded(
    film: Timeline, settings: GenerationSettings, first: Source | None, last: Source | None
) -> Timeline:
    """The film with a card before it and one after it. They join as the film's scenes do.

    Where those are cut, a card goes through black: a title that jumps away looks like a fault.
    """
    fps = film.profile.fps
    frames = round(settings.titles.seconds * fps)
    joint = Joint(settings.transition, round(settings.transition_seconds * fps))
    if joint.kind is Transition.CUT or not joint.frames:
        joint = Joint(Transition.FADE_BLACK, round(BLACK_SECONDS * fps))
    cuts = [shot.cut for shot in film.shots]
    joints = list(film.joints)
    if first is not None:
        cuts, joints = [Cut(first, frames, 0, frames), *cuts], [joint, *joints]
    if last is not None:
        cuts, joints = [*cuts, Cut(last, frames, 0, frames)], [*joints, joint]
    return lay(film.profile, cuts, joints, film.framing)


def expected(film: Timeline, settings: GenerationSettings) -> Timeline:
    """The film with the cards that it is going to have."""
    words = opening(settings.titles), ending(settings.titles)
    first, last = (Coming() if one else None for one in words)
    return carded(film, settings, first, last)


def thumbnail_size(profile: Mezzanine) -> tuple[int, int]:
    """1280 x 720, or the film's shape with 1280 pixels on its longer side."""
    share = 1280 / max(profile.width, profile.height)
    return round(profile.width * share), round(profile.height * share)
