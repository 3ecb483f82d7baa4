"""How loud a sound is, from the blocks that were measured of its passages; how much to raise it.

Integrated loudness is a mean over blocks of 0.4 s, so it can be had of a film from numbers that
its passages left (ITU-R BS.1770-4). Pure. Loudness in LUFS, gains in dB, peaks in dBFS or dBTP.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

SILENT_BLOCK: Final = -70.0
RELATIVE_GATE: Final = -10.0
OFFSET: Final = -0.691
"""What BS.1770 adds to the logarithm of a mean square."""

WANTED: Final = -14.0
"""How loud a film is, as a whole: what YouTube and others play at."""
SILENCE: Final = -60.0
"""A film below that is left as it is."""
LOUDEST_GAIN: Final = 30.0
"""More would make a film of what is next to silence."""
STEP: Final = 0.5
"""Gains are whole steps, so that a passage is likely to be kept at the gain that is wanted."""
SLACK: Final = 0.5
"""How far from the best gain another may be for the sake of what is kept."""
TOLERANCE: Final = 0.8
"""How far from the wanted loudness a film may come out, of the 1 that is promised."""
EAGER: Final = 1.6
"""How much more than is missing a limited sound is raised: a part of it is limited away."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """What was heard of a passage: its blocks' loudness, 10 to the second, and its highest peak."""

    blocks: tuple[float, ...]
    peak: float


def integrated(heard: Iterable[Hearing]) -> float:
    """How loud all of it is together; minus infinity if it is silent."""
    powers = [_power(block) for one in heard for block in one.blocks if block > SILENT_BLOCK]
    if not powers:
        return -math.inf
    gate = _power(_level(sum(powers) / len(powers)) + RELATIVE_GATE)
    loud = [power for power in powers if power >= gate]
    return _level(sum(loud) / len(loud))


def _power(lufs: float) -> float:
    return float(10 ** ((lufs - OFFSET) / 10))


def _level(power: float) -> float:
    return 10 * math.log10(power) + OFFSET


def candidates(lufs: float) -> tuple[float, ...]:
    """The gains that bring a sound near enough to the wanted loudness, the best first."""
    if lufs <= SILENCE:
        return (0.0,)
    exact = min(WANTED - lufs, LOUDEST_GAIN)
    best = round(exact / STEP)
    steps = [step * STEP for step in (best, best - 1, best + 1)]
    near = (gain for gain in steps if abs(gain - exact) <= SLACK)
    return tuple(sorted(near, key=lambda gain: abs(gain - exact)))


def preferred(gains: Sequence[float], kept: Callable[[float], int]) -> float:
    """The gain at which most is kept; of equals the best, which is the first."""
    return max(gains, key=lambda gain: (kept(gain), -gains.index(gain)))


def corrected(gain: float, made: float) -> float:
    """Another gain for what came out too loud or too soft; the same one if it is right."""
    off = WANTED - made
    if made <= SILENCE or abs(off) <= TOLERANCE:
        return gain
    return min(gain + round(off * EAGER / STEP) * STEP, LOUDEST_GAIN)
