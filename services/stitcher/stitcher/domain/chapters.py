"""Chapters: where each scene begins, for players, and as the text that YouTube reads. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from stitcher.domain.timeline import Timeline

LEAST_SECONDS: Final = 10
"""YouTube takes no chapter that is shorter."""
LEAST_CHAPTERS: Final = 3
"""YouTube takes no list that is shorter."""
LONGEST_TITLE: Final = 100
ALLOWED: Final = str.maketrans({"<": "\u2039", ">": "\u203a"})
"""A description on YouTube may not have angle brackets."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """Frames ``first`` to before ``end`` of the film."""

    first: int
    end: int
    title: str


def of_scenes(film: Timeline, titles: Mapping[int, str]) -> tuple[Chapter, ...]:
    """A chapter for each scene, without a gap: cards belong to the scene beside them.

    ``titles`` are by scene; one that is missing or empty is numbered. A transition belongs half
    to either side. A film of one scene has no chapters.
    """
    shots = [shot for shot in film.shots if shot.cut.scene_index is not None]
    if len(shots) < 2:  # noqa: PLR2004
        return ()
    edges = [0, *(shot.shown[0] for shot in shots[1:]), film.frames]
    return tuple(
        Chapter(first, end, _title(titles.get(shot.cut.scene_index or 0, ""), number))
        for number, (shot, (first, end)) in enumerate(zip(shots, pairwise(edges), strict=True), 1)
    )


def text(chapters: Sequence[Chapter], fps: int) -> str | None:
    """A line with time and title for each chapter, or ``None`` if YouTube would take none of them.

    A chapter that is too short goes on with the next ones, the last one with those before.
    """
    lasting: list[Chapter] = []
    for chapter in chapters:
        if lasting and _seconds(chapter.first, lasting[-1].first, fps) < LEAST_SECONDS:
            continue
        lasting.append(chapter)
    while lasting and _seconds(chapters[-1].end, lasting[-1].first, fps) < LEAST_SECONDS:
        lasting.pop()
    if len(lasting) < LEAST_CHAPTERS:
        return None
    return "".join(f"{_clock(one.first // fps)} {one.title}\n" for one in lasting)


def _seconds(frame: int, before: int, fps: int) -> int:
    """Between two frames, as a list says it: by whole seconds."""
    return frame // fps - before // fps


def _title(title: str, number: int) -> str:
    plain = " ".join("".join(c if c.isprintable() else " " for c in title).split())
    plain = plain.translate(ALLOWED)
    if len(plain) > LONGEST_TITLE:
        plain = plain[: LONGEST_TITLE - 1].rstrip() + "\u2026"
    return plain or str(number)


def _clock(seconds: int) -> str:
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
