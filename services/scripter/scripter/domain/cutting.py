"""Cuts a script's beats into scenes."""

import math
from collections.abc import Sequence

from scripter.domain.beats import Beat
from scripter.domain.topics import depths

# What makes a scene worse, in units of "one scene more". A change of speaker inside a scene costs
# more than a cut, so that dialogue is cut at the speakers unless the lines are very short.
_SPEAKER_INSIDE = 1.2
_PARAGRAPH_INSIDE = 0.35
_TOPIC_INSIDE = 0.8
_PAUSE_INSIDE = 0.4
_LONG_PAUSE = 2.0
_TOO_SHORT = 1.0
_ROOM_LEFT = 0.3
_SENTENCE_BROKEN = 3.0
_ROUNDING = 1e-9

_LOOSENESS = (1.0, 0.5, 0.2, 0.0)


def cut_scenes(
    beats: Sequence[Beat], *, least_seconds: float, most_seconds: float, most_scenes: int
) -> list[list[Beat]]:
    """The cheapest partition into scenes of at most ``most_seconds``.

    Where it has more than ``most_scenes`` scenes, fuller ones are tried that mind speakers, topics
    and pauses less and less. The last try may still have too many.
    """
    breaks = _breaks(beats)
    scenes: list[list[Beat]] = []
    for share in _LOOSENESS:
        inside = [cost * share for cost in breaks]
        scenes = _cheapest(beats, inside, least_seconds, most_seconds)
        if len(scenes) <= most_scenes:
            break
    return scenes


def _breaks(beats: Sequence[Beat]) -> list[float]:
    """For each place between two beats what it costs to have it inside a scene."""
    deep = depths([beat.text for beat in beats])
    found: list[float] = []
    for at, depth in enumerate(deep):
        before, now = beats[at], beats[at + 1]
        cost = 0.0
        if now.begins:
            cost = _TOPIC_INSIDE * depth
            cost += _PAUSE_INSIDE * min(now.pause, _LONG_PAUSE) / _LONG_PAUSE
            if before.speaker != now.speaker:
                cost += _SPEAKER_INSIDE
            elif before.paragraph != now.paragraph:
                cost += _PARAGRAPH_INSIDE
        found.append(cost)
    return found


def _chains(first: Beat, last: Beat) -> bool:
    """Whether a scene would end one broken sentence and begin another.

    Scenes linked by such sentences are spoken in one breath: it would have no end.
    """
    return not first.begins and not last.ends and first.sentence != last.sentence


def _cheapest(
    beats: Sequence[Beat], breaks: Sequence[float], least: float, most: float
) -> list[list[Beat]]:
    """Least cost from the end backwards, so equal costs always fall the same way."""
    count = len(beats)
    cost = [0.0] * (count + 1)
    ends = [count] * (count + 1)
    for first in range(count - 1, -1, -1):
        length = crossed = 0.0
        best = math.inf
        for last in range(first + 1, count + 1):
            length += beats[last - 1].seconds
            if length > most + _ROUNDING and last > first + 1:
                break
            if last - 1 > first:
                crossed += breaks[last - 2]
            if _chains(beats[first], beats[last - 1]):
                continue
            shortness = max(0.0, least - length) / least
            room = max(0.0, most - length) / most
            scene = 1.0 + crossed + _TOO_SHORT * shortness + _ROOM_LEFT * room * room
            if not beats[last - 1].ends:
                scene += _SENTENCE_BROKEN
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
