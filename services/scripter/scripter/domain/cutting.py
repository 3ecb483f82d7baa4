"""Cuts a script's beats into scenes, and chooses which scenes a shorter film keeps."""

import math
from collections.abc import Sequence
from itertools import pairwise

from scripter.domain.beats import Beat

# What makes a scene worse, in units of "one scene more". A change of speaker inside a scene costs
# more than a cut, so that dialogue is cut at the speakers unless the lines are very short.
_SPEAKER_INSIDE = 1.2
_PARAGRAPH_INSIDE = 0.35
_TOO_SHORT = 1.0
_ROOM_LEFT = 0.3
_ROUNDING = 1e-9


def cut_scenes(
    beats: Sequence[Beat], *, least_seconds: float, most_seconds: float, tight: bool = False
) -> list[list[Beat]]:
    """The cheapest partition into scenes of at most ``most_seconds``. ``tight`` minds only count.

    Least cost from the end backwards, so equal costs always fall the same way.
    """
    count = len(beats)
    breaks = [0.0 if tight else _inside(before, now) for before, now in pairwise(beats)]
    cost = [0.0] * (count + 1)
    ends = [count] * (count + 1)
    for first in range(count - 1, -1, -1):
        length = crossed = 0.0
        best = math.inf
        for last in range(first + 1, count + 1):
            length += beats[last - 1].seconds
            if length > most_seconds + _ROUNDING and last > first + 1:
                break
            if last - 1 > first:
                crossed += breaks[last - 2]
            shortness = max(0.0, least_seconds - length) / least_seconds
            room = max(0.0, most_seconds - length) / most_seconds
            scene = 1.0 + crossed + _TOO_SHORT * shortness + _ROOM_LEFT * room * room
            if scene + cost[last] < best - _ROUNDING:
                best = scene + cost[last]
                ends[first] = last
        cost[first] = best
    scenes: list[list[Beat]] = []
    at = 0
    while at < count:
        scenes.append(list(beats[at : ends[at]]))
        at = ends[at]
    return scenes


def _inside(before: Beat, now: Beat) -> float:
    if before.speaker != now.speaker:
        return _SPEAKER_INSIDE
    return 0.0 if before.paragraph == now.paragraph else _PARAGRAPH_INSIDE


def keep_scenes(
    seconds: Sequence[float], *, most_scenes: int, target_seconds: float | None
) -> list[int]:
    """Which scenes stay: as many as fit, with beginning and end, the middle thinned evenly."""
    limit = math.inf if target_seconds is None else target_seconds
    for count in range(min(most_scenes, len(seconds)), 1, -1):
        chosen = [round(i * (len(seconds) - 1) / (count - 1)) for i in range(count)]
        if sum(seconds[index] for index in chosen) <= limit + _ROUNDING:
            return chosen
    return [0]
