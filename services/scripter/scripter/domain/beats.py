"""The smallest parts a scene is made of: sentences, or parts of a sentence too long for a scene."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from contracts.documents import Script

from scripter.domain.wording import (
    LETTERS_PER_LONG_WORD,
    SECONDS_PER_WORD,
    Atom,
    atoms,
    has_words,
    spoken_seconds,
)

_CLAUSE_ENDS = tuple(",;:.!?\u2026\u2014\u2013\u3001\uff0c\uff1b\uff1a\u060c)\u201d\u300d")
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Beat:
    """What is said without a cut. ``paragraph`` counts from 0."""

    text: str
    speaker: str | None
    paragraph: int
    seconds: float


def beats(script: Script, most_seconds: float) -> Iterator[Beat]:
    """A script's beats in order, none longer than ``most_seconds``; nothing wordless."""
    for number, paragraph in enumerate(script.paragraphs):
        speaker = " ".join((paragraph.speaker or "").split()) or None
        for sentence in paragraph.sentences:
            text = " ".join(sentence.split())
            for part in _fitting(text, most_seconds):
                if has_words(part):
                    yield Beat(part, speaker, number, spoken_seconds(part))


def _fitting(text: str, most_seconds: float) -> Iterator[str]:
    """A sentence whole, or in even parts that end at clauses, else between words."""
    if spoken_seconds(text) <= most_seconds + _ROUNDING:
        yield text
        return
    parts = [piece for atom in atoms(text) for piece in _pieces(atom, most_seconds)]
    said = [0.0, *accumulate(part.seconds for part in parts)]
    first = 0
    while first < len(parts):
        left = said[-1] - said[first]
        ideal = left / max(1, math.ceil(left / most_seconds - _ROUNDING))
        last = _cut(text, parts, said, first, ideal=ideal, most=most_seconds)
        yield text[parts[first].start : parts[last - 1].end]
        first = last


def _cut(
    text: str,
    parts: Sequence[Atom],
    said: Sequence[float],
    first: int,
    *,
    ideal: float,
    most: float,
) -> int:
    """Where the part that starts at ``first`` ends: at the clause nearest the ideal length."""
    best, best_miss = first + 1, math.inf
    for last in range(first + 1, len(parts) + 1):
        length = said[last] - said[first]
        if length > most + _ROUNDING:
            break
        miss = abs(length - ideal)
        if last < len(parts) and not text.endswith(
            _CLAUSE_ENDS, parts[first].start, parts[last - 1].end
        ):
            miss += ideal / 2
        if miss < best_miss:
            best, best_miss = last, miss
    return best


def _pieces(atom: Atom, most_seconds: float) -> Iterator[Atom]:
    """An atom, or parts of it where even one is too long: a language without spaces."""
    if atom.seconds <= most_seconds:
        yield atom
        return
    step = int(most_seconds / SECONDS_PER_WORD) * LETTERS_PER_LONG_WORD
    for start in range(atom.start, atom.end, step):
        end = min(start + step, atom.end)
        words = max(1.0, (end - start) / LETTERS_PER_LONG_WORD)
        yield Atom(start, end, SECONDS_PER_WORD * words)
