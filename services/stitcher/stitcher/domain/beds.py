"""Music beds as scores: chords, rhythm and colour. What is heard follows from these numbers alone.

They were composed for this project and are dedicated to the public domain (CC0 1.0). Pure.
"""

from dataclasses import dataclass
from typing import Final

VERSION: Final = 1
"""Raised whenever a bed would sound otherwise than before."""

Chord = tuple[int, ...]
"""Semitones above the key's tone."""


@dataclass(frozen=True, slots=True)
class Score:
    """A bed: ``key`` is a MIDI note, a chord lasts ``beats``, ``tempo`` is beats per minute.

    ``arpeggio`` are the chord's tones that are plucked, one each half beat (``-1`` rests);
    ``pulse`` is how strongly a low tone marks the beats; ``bright`` is how many overtones sound.
    """

    about: str
    key: int
    tempo: float
    beats: int
    chords: tuple[Chord, ...]
    arpeggio: tuple[int, ...]
    pulse: float
    bright: int
    pad: float


BEDS: Final[dict[str, Score]] = {
    "calm": Score(
        "Slow and still: a soft pad, a few plucked tones",
        key=57, tempo=66, beats=4,
        chords=((0, 7, 12, 16), (-3, 4, 9, 16), (-7, 5, 9, 12), (-5, 2, 7, 14)),
        arpeggio=(0, -1, 2, -1, 3, -1, 2, -1), pulse=0.0, bright=3, pad=1.0,
    ),
    "bright": Score(
        "Light and cheerful: quick plucked chords in major",
        key=60, tempo=112, beats=4,
        chords=((0, 4, 7, 12), (-3, 4, 9, 12), (-7, 5, 9, 12), (-5, 2, 7, 11)),
        arpeggio=(0, 1, 2, 3, 1, 2, 3, 2), pulse=0.35, bright=6, pad=0.35,
    ),
    "tense": Score(
        "Dark and restless: a low pulse under close, minor chords",
        key=50, tempo=92, beats=4,
        chords=((0, 3, 7, 12), (0, 3, 8, 12), (-1, 3, 6, 11), (0, 1, 7, 13)),
        arpeggio=(0, -1, 0, -1, 1, -1, 0, 2), pulse=0.9, bright=5, pad=0.8,
    ),
    "warm": Score(
        "Kind and close: rocking chords, a slow heartbeat",
        key=53, tempo=76, beats=4,
        chords=((0, 4, 7, 11), (-3, 0, 4, 9), (2, 5, 9, 12), (-5, 5, 7, 11)),
        arpeggio=(0, 2, 1, 2, 3, 2, 1, 2), pulse=0.3, bright=4, pad=0.8,
    ),
    "curious": Score(
        "Light steps and open questions: short tones, room between them",
        key=55, tempo=96, beats=4,
        chords=((0, 4, 7, 14), (2, 6, 9, 14), (0, 4, 7, 11), (-5, 2, 7, 9)),
        arpeggio=(0, -1, 2, 1, -1, 3, -1, 2), pulse=0.2, bright=4, pad=0.3,
    ),
}  # fmt: skip
