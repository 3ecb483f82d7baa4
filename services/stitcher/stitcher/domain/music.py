"""A bed under the whole film: one piece of music, repeated or faded out. Pure.

What was made to be repeated begins again where it ends. Other music is crossed with itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from contracts.mezzanine import SAMPLE_RATE

from stitcher.domain.segments import digest
from stitcher.domain.sound import Piece

CROSSED = 2 * SAMPLE_RATE
"""Samples for which the end of the music and its repetition are both heard."""
RISE = SAMPLE_RATE
FALL = 3 * SAMPLE_RATE

ENOUGH = 120 * SAMPLE_RATE
"""Music is repeated up to this length beforehand, so that few files are open at once."""
UPLOAD_VERSION = 1
"""Raised whenever uploads would be measured otherwise than before."""


@dataclass(frozen=True, slots=True)
class Music:
    """A sound file by its key, and how many samples per channel it has."""

    key: str
    sha256: str
    samples: int


def uploaded_as(sha256: str) -> str:
    """The name under which it is noted what an upload is."""
    return digest(["upload", UPLOAD_VERSION, sha256])


def looped_as(name: str, version: int) -> str:
    """The name of the sound of a bed that was made to be repeated."""
    return digest(["loop", version, name])


def looped(music: Music, samples: int) -> tuple[Piece, ...]:
    """Music that ends as it begins, for a film of so many samples, from its first to its last.

    The file has to go on with its own beginning, ``FALL`` samples of it: so the fall at the film's
    end is always in one piece.

    Raises ``ValueError`` for music without sound.
    """
    if music.samples < 1:
        raise ValueError("there is no music in this file")
    last = max(-(-(samples - music.samples - FALL) // music.samples), 0)
    lengths = [*[music.samples] * last, samples - last * music.samples]
    return tuple(
        Piece(
            key=music.key,
            sha256=music.sha256,
            skip=0,
            first=number * music.samples,
            samples=length,
            fade_in=0 if number else min(RISE, length // 4),
            fade_out=0 if number < last else min(FALL, length if number else length // 2),
        )
        for number, length in enumerate(lengths)
    )


def rounds(own: int) -> int:
    """How often an upload of so many samples is heard again beforehand; 0 if it is long enough."""
    return 0 if own >= ENOUGH else -(-ENOUGH // (own - crossed(own)))


def prepared(own: int) -> int:
    """How many samples an upload has then, its end crossed with its beginning each time."""
    return own + rounds(own) * (own - crossed(own))


def bed(music: Music, samples: int) -> tuple[Piece, ...]:
    """The music for a film of so many samples: ended softly, or repeated as often as it takes.

    It may end a few seconds before the film, never after.

    Raises ``ValueError`` for music without sound.
    """
    if music.samples < 1:
        raise ValueError("there is no music in this file")
    spans = list(_spans(music.samples, samples))
    last = len(spans) - 1
    both = crossed(music.samples)
    return tuple(
        Piece(
            key=music.key,
            sha256=music.sha256,
            skip=0,
            first=first,
            samples=length,
            fade_in=both if number else min(RISE, length // 4),
            fade_out=both if number < last else min(FALL, length // 2),
            crossed=(number > 0, number < last),
        )
        for number, (first, length) in enumerate(spans)
    )


def crossed(length: int) -> int:
    """For how long the end of music is heard with its beginning."""
    return min(CROSSED, length // 4)


def _spans(length: int, samples: int) -> Iterator[tuple[int, int]]:
    both = crossed(length)
    first, step = 0, length - both
    while True:
        yield first, min(length, samples - first)
        first += step
        # What would have to stop as soon as it has risen is not begun: the music ends before.
        if samples - first <= 3 * both or first - step + length >= samples:
            return
