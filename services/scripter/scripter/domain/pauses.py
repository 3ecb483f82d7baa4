"""Finds the silences inside captions whose words have times, and parts the captions there."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median

from scripter.domain.cleaning import Spoken

_SHORTEST = 0.2
"""Seconds; what is shorter is how words are spoken."""
_WORD_ITSELF = 2
"""A word takes as long as its letters, and so many more."""
_USUAL = 0.07
"""Seconds a letter, where a text has too few words to tell."""


def parted_at_pauses(spoken: Sequence[Spoken]) -> list[Spoken]:
    """The same words; what has times for its words ends and begins where its speaker does.

    When a word ends is not told: it is taken to last as long as this speaker's words mostly do.
    """
    pace = _pace(spoken)
    return [part for stretch in spoken for part in _parts(stretch, pace)]


def _pace(spoken: Sequence[Spoken]) -> float:
    """Seconds a letter, as said in most words."""
    found = [
        (following - at) / (len(word) + _WORD_ITSELF)
        for stretch in spoken
        for (at, word), (following, _) in pairwise(stretch.words)
        if following > at
    ]
    return median(found) if found else _USUAL


def _parts(stretch: Spoken, pace: float) -> Iterator[Spoken]:
    """A stretch in parts between pauses; as it is where its words cannot be found in it."""
    places = _places(stretch)
    if not places or stretch.end is None:
        yield stretch
        return
    first, begun = (0, places[0][1])
    until = begun
    for (_, at, length), (place, following, _) in pairwise(places):
        until = min(at + pace * (length + _WORD_ITSELF), following)
        if following - until >= _SHORTEST:
            yield _part(stretch, stretch.text[first:place], begun, until)
            first, begun = place, following
    _, at, length = places[-1]
    last = min(at + pace * (length + _WORD_ITSELF), max(stretch.end, at))
    yield _part(stretch, stretch.text[first:], begun, last)


def _part(stretch: Spoken, text: str, start: float, end: float) -> Spoken:
    times = (round(start, 3), round(max(start, end), 3))
    return replace(stretch, text=text.strip(), start=times[0], end=times[1], words=())


def _places(stretch: Spoken) -> list[tuple[int, float, int]]:
    """Where in the text a timed word begins, when, and how long it is.

    They are matched letter by letter from the end: what a caption repeats stands in front. Only a
    text that they cover has places.
    """
    letters = [at for at, letter in enumerate(stretch.text) if letter.isalnum()]
    found: list[tuple[int, float, int]] = []
    left = len(letters)
    for at, word in reversed(stretch.words):
        own = [letter for letter in word if letter.isalnum()]
        there = letters[max(0, left - len(own)) : left]
        if not own or word.startswith("["):
            continue
        if [stretch.text[place] for place in there] != own:
            break
        left -= len(own)
        found.append((there[0], at, len(word)))
    ordered = found[::-1]
    rising = all(one[1] <= two[1] for one, two in pairwise(ordered))
    return ordered if left == 0 and rising else []
