"""A bed under the whole film: one piece of music, repeated softly or faded out. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from contracts.errors import ErrorCode, Rejected
from contracts.mezzanine import SAMPLE_RATE

from stitcher.domain.sound import Piece

CROSSED = 2 * SAMPLE_RATE
"""Samples for which the end of the music and its repetition are both heard."""
RISE = SAMPLE_RATE
FALL = 3 * SAMPLE_RATE

LONGEST_SECONDS = 1_200.0
SHORTEST_SECONDS = 1.0
ENOUGH = 120 * SAMPLE_RATE
"""Music is repeated up to this length beforehand, so that few files are open at once."""
LARGEST_BYTES = 50 * 1024 * 1024


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


def check_upload(size: int, seconds: float | None) -> None:
    """Refuse what cannot be a bed: ``seconds`` is ``None`` where no sound can be read.

    Raises ``Rejected(INVALID_INPUT)``, saying what would do.
    """
    problem = None
    if seconds is None:
        problem = "There is no sound in this file. Upload music as MP3, M4A, OGG, FLAC or WAV."
    elif size > LARGEST_BYTES:
        problem = f"This music is over {LARGEST_BYTES // 1024**2} MB. Upload a smaller file."
    elif seconds > LONGEST_SECONDS:
        problem = f"This music is over {LONGEST_SECONDS / 60:.0f} minutes. Upload a shorter piece."
    elif seconds < SHORTEST_SECONDS:
        problem = "This music is shorter than a second. Upload a longer piece."
    if problem:
        raise Rejected(ErrorCode.INVALID_INPUT, problem)
