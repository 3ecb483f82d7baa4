"""A bed under the whole film: one piece of music, repeated softly or faded out. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from contracts.mezzanine import SAMPLE_RATE

from stitcher.domain.sound import Piece

CROSSED = 2 * SAMPLE_RATE
"""Samples for which the end of the music and its repetition are both heard."""
RISE = SAMPLE_RATE
FALL = 3 * SAMPLE_RATE

ENOUGH = 120 * SAMPLE_RATE
"""Music is repeated up to this length beforehand, so that few files are open at once."""


@dataclass(frozen=True, slots=True)
class Music:
    """A sound file by its key, and how many samples per channel it has."""

    key: str
    sha256: str
    samples: int


def bed(music: Music, samples: int) -> tuple[Piece, ...]:
    """The music for a film of so many samples: ended softly, or repeated as often as it takes.

    It may end a few seconds before the film, never after.

    Raises ``ValueError`` for music without sound.
    """
    if music.samples < 1:
        raise ValueError("there is no music in this file")
    spans = list(_spans(music.samples, samples))
    last = len(spans) - 1
    crossed = _crossed(music.samples)
    return tuple(
        Piece(
            key=music.key,
            sha256=music.sha256,
            skip=0,
            first=first,
            samples=length,
            fade_in=crossed if number else min(RISE, length // 4),
            fade_out=crossed if number < last else min(FALL, length // 2),
            crossed=(number > 0, number < last),
        )
        for number, (first, length) in enumerate(spans)
    )


def _crossed(length: int) -> int:
    return min(CROSSED, length // 4)


def _spans(length: int, samples: int) -> Iterator[tuple[int, int]]:
    crossed = _crossed(length)
    first, step = 0, length - crossed
    while True:
        yield first, min(length, samples - first)
        first += step
        # What would have to stop as soon as it has risen is not begun: the music ends before.
        if samples - first <= 3 * crossed or first - step + length >= samples:
            return
