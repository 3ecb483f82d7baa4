"""What is said in one go: a line, or the lines of a scene of several shots in a row. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from contracts.documents import Scene

from stitcher.domain.breaking import wide

LONGEST_BREATH = 2000
"""How many letters are said at once at most; servers that speak take about twice as many."""
_EDGE = 12


@dataclass(frozen=True, slots=True)
class Piece:
    """A line of a shot, both by their numbers, and what is said in it."""

    shot: int
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Breath:
    """What is said in one go: a line, or lines that a scene of several shots goes on with."""

    speaker: str | None
    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        """All of it, in a row."""
        text = ""
        for piece in self.pieces:
            text = _joined(text, " ".join(piece.text.split()))
        return text


def breaths(scenes: Sequence[Scene | None]) -> list[Breath]:
    """What is said in shots of these scenes, in the film's order; ``None`` for a shot of none.

    A shot that continues goes on with the words of the one before if that one is shown just
    before it and the same person speaks.
    """
    found: list[Breath] = []
    before: Scene | None = None
    for number, scene in enumerate(scenes):
        pieces = list(_said(number, scene))
        follows = scene is not None and before is not None and scene.index == before.index + 1
        if scene is not None and scene.continues and follows and pieces and found:
            speaker, piece = pieces[0]
            longer = Breath(speaker, (*found[-1].pieces, piece))
            spoken = found[-1].pieces[-1].shot == number - 1
            if spoken and speaker == found[-1].speaker and len(longer.text) <= LONGEST_BREATH:
                found[-1] = longer
                pieces = pieces[1:]
        found.extend(Breath(speaker, (piece,)) for speaker, piece in pieces)
        before = scene
    return found


def _said(number: int, scene: Scene | None) -> Iterator[tuple[str | None, Piece]]:
    for place, line in enumerate(scene.lines if scene else ()):
        if any(letter.isalnum() for letter in line.text):
            yield line.speaker, Piece(number, place, line.text)


def _joined(first: str, second: str) -> str:
    unspaced = first and second and wide(first[-_EDGE:]) and wide(second[:_EDGE])
    return f"{first}{second}" if unspaced else f"{first} {second}".strip()
