"""Spoken lines as sounds: what is known of one, and which samples of the film it is. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from contracts.mezzanine import SAMPLE_RATE
from contracts.values import ObjectRef

from stitcher.domain.narration import Placed
from stitcher.domain.segments import digest
from stitcher.domain.sound import Piece
from stitcher.domain.voices import Order, Word

LINE_VERSION: Final = 1
"""Raised whenever a line would be tidied otherwise than before; it need not be said again then."""
SPARE: Final = SAMPLE_RATE * 3 // 100
"""Up to so much longer than it should does a hurried line come out: 19 ms were measured. Less than
the pause after it."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line that was said and tidied: how many seconds, when its words are, and its sound."""

    seconds: float
    words: tuple[Word, ...]
    sound: ObjectRef

    def noted(self) -> dict[str, Any]:
        """It as JSON can hold it."""
        return {
            "seconds": self.seconds,
            "words": [[word.letter, word.letters, word.start] for word in self.words],
            "sound": self.sound.model_dump(mode="json"),
        }


def recalled(note: Any) -> Line | None:
    """A line as it was noted; ``None`` if there is none or it was given up."""
    if not note:
        return None
    words = tuple(Word(letter, letters, start) for letter, letters, start in note["words"])
    return Line(note["seconds"], words, ObjectRef.model_validate(note["sound"]))


def kept_as(order: Order) -> str:
    """The name under which a tidied line is noted and stored."""
    return digest(["line", LINE_VERSION, order.name])


@dataclass(frozen=True, slots=True)
class Place:
    """The samples of the film in which a line is heard, ``tempo`` times as fast as spoken."""

    first: int
    samples: int
    tempo: float

    def piece(self, line: Line) -> Piece:
        """It as a piece of the film's sound, named for what is heard and not for where."""
        name = digest(["line", LINE_VERSION, line.sound.sha256, self.tempo, self.samples])
        return Piece(name, name, 0, self.first, self.samples, 0, 0)


def places(lines: Sequence[Placed], samples: int) -> tuple[Place | None, ...]:
    """Where each line is in a film of so many samples; ``None`` for one that is not heard.

    They are in order and none overlaps another.
    """
    found: list[Place | None] = []
    free = 0
    for line in lines:
        # Four digits can be heard by nobody, and name a line the same wherever it stands.
        tempo = round(line.tempo, 4)
        first = max(round(line.start * SAMPLE_RATE), free)
        spare = SPARE if line.whole and line.tempo > 1 else 0
        length = min(round(line.seconds * SAMPLE_RATE) + spare, samples - first)
        if line.seconds <= 0 or length <= 0:
            found.append(None)
            continue
        found.append(Place(first, length, tempo))
        free = first + length
    return tuple(found)
