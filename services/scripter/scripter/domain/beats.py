"""The smallest parts a scene is made of: sentences, or parts of a sentence too long for a scene."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from contracts.documents import Paragraph

from scripter.domain.word_lists import CONJUNCTIONS, NEVER_FIRST, NEVER_LAST, OPENERS
from scripter.domain.wording import (
    LETTERS_PER_LONG_WORD,
    SECONDS_PER_WORD,
    Atom,
    atoms,
    has_words,
    spoken_seconds,
)

_STRONG_ENDS = tuple(";:.!?\u2026\u2014\u2013\uff1b\uff1a\u3002\uff01\uff1f\u061b")
_CLAUSE_ENDS = tuple(",\u3001\uff0c\u060c)\u201d\u300d")
_LONGEST_WORD = 24
_ROUNDING = 1e-9
# What makes a part of a sentence worse, in units of a cut in the middle of nowhere.
_PART = 0.5
_UNEVEN = 1.2
_STUMP = 2.0
_STUMP_SHARE = 0.5

QUICKER = 1.2
"""A sentence up to so many times too long for a scene is spoken quicker (180 words a minute
instead of 150) rather than cut."""


@dataclass(frozen=True, slots=True)
class Beat:
    """What is said without a cut: a sentence, or a part of one that no scene can hold.

    ``paragraph`` and ``sentence`` count from 0 through the script, ``part`` from 0 through the
    sentence. ``begins`` and ``ends`` say
    whether it is where its sentence does. ``pause`` is the silence before it, ``start`` and
    ``end`` its time in the source, all in seconds.
    """

    text: str
    speaker: str | None
    paragraph: int
    sentence: int
    seconds: float
    part: int = 0
    begins: bool = True
    ends: bool = True
    pause: float = 0.0
    start: float | None = None
    end: float | None = None


def beats(paragraphs: Sequence[Paragraph], most_seconds: float) -> list[Beat]:
    """The beats of paragraphs in order, none longer than ``most_seconds``; nothing wordless."""
    found: list[Beat] = []
    number = 0
    until: float | None = None
    for at, paragraph in enumerate(paragraphs):
        speaker = " ".join((paragraph.speaker or "").split()) or None
        timed = len(paragraph.times) == len(paragraph.sentences)
        for nth, sentence in enumerate(paragraph.sentences):
            start, end = paragraph.times[nth] if timed else (None, None)
            pause = max(0.0, start - until) if start is not None and until is not None else 0.0
            spoken = Beat(sentence, speaker, at, number, 0.0, pause=pause, start=start, end=end)
            parts = list(_parts(spoken, most_seconds))
            found.extend(parts)
            number += bool(parts)
            until = end if end is not None else until
    return found


def _parts(whole: Beat, most_seconds: float) -> Iterator[Beat]:
    """The sentence in parts that fit, each with its share of the time."""
    fitting = _fitting(" ".join(whole.text.split()), most_seconds)
    texts = [part for part in fitting if has_words(part)]
    total = sum(len(text) for text in texts) or 1
    said = 0
    for nth, text in enumerate(texts):
        first, last = nth == 0, nth == len(texts) - 1
        start, end = whole.start, whole.end
        if start is not None and end is not None:
            length = end - start
            start, end = (
                round(start + length * said / total, 3),
                round(start + length * (said + len(text)) / total, 3),
            )
        said += len(text)
        yield replace(
            whole,
            text=text,
            seconds=min(spoken_seconds(text), most_seconds),
            part=nth,
            begins=first,
            ends=last,
            pause=whole.pause if first else 0.0,
            start=start,
            end=end,
        )


def _fitting(text: str, most_seconds: float) -> Iterator[str]:
    """A sentence whole, or in even parts that end at clauses, else between words."""
    if spoken_seconds(text) <= most_seconds * QUICKER + _ROUNDING:
        yield text
        return
    pieces = [piece for atom in atoms(text) for piece in _pieces(atom, most_seconds)]
    first = 0
    for last in _cuts(text, pieces, most_seconds):
        yield text[pieces[first].start : pieces[last - 1].end]
        first = last


def _cuts(text: str, pieces: Sequence[Atom], most: float) -> list[int]:
    """The ends of the best parts: few, even, and at clauses. Found from the end backwards."""
    said = [0.0, *accumulate(piece.seconds for piece in pieces)]
    count = len(pieces)
    ideal = said[-1] / math.ceil(said[-1] / most - _ROUNDING)
    awkward = [_awkwardness(text, piece.end) for piece in pieces[:-1]] + [0.0]
    cost = [0.0] * (count + 1)
    ends = [count] * (count + 1)
    for first in range(count - 1, -1, -1):
        best = math.inf
        longest = max(bisect_right(said, said[first] + most + _ROUNDING) - 1, first + 1)
        shortest = max(bisect_left(said, said[first] + ideal * _STUMP_SHARE), first + 1)
        for last in range(min(shortest, longest), longest + 1):
            length = said[last] - said[first]
            odd = (length - ideal) / ideal
            part = _PART + awkward[last - 1] + _UNEVEN * odd * odd
            part += _STUMP if length < ideal * _STUMP_SHARE else 0.0
            if part + cost[last] < best - _ROUNDING:
                best, ends[first] = part + cost[last], last
        cost[first] = best
    found = [ends[0]]
    while found[-1] < count:
        found.append(ends[found[-1]])
    return found


def _awkwardness(text: str, end: int) -> float:
    """What a cut here costs: least after a semicolon, most after an article or the like."""
    if text.endswith(_STRONG_ENDS, 0, end):
        return 0.0
    if text.endswith(_CLAUSE_ENDS, 0, end):
        return 0.15
    last = text[max(0, end - _LONGEST_WORD) : end].casefold().split()[-1:]
    first = text[end : end + _LONGEST_WORD].casefold().split()[:1]
    if NEVER_LAST.intersection(last):
        return 0.9
    if CONJUNCTIONS.intersection(first) or OPENERS.keys() & first:
        return 0.3
    return 0.45 if NEVER_FIRST.intersection(first) else 0.6


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
