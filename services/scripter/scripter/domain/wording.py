"""Counts words and how long they take to say."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

SECONDS_PER_WORD = 0.4
"""150 words a minute, the pace of a calm reader."""
SECONDS_PER_CJK_CHARACTER = 0.22
LETTERS_PER_LONG_WORD = 10
"""Where a language writes no spaces, as Thai does, so many letters are spoken like one word."""

_LONG_TOKEN = 15
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9d\U00020000-\U0003ffff"
_ATOM = re.compile(rf"[{_CJK}][^\s\w]{{0,8}}|[^\s{_CJK}]+")
_CJK_START = re.compile(rf"[{_CJK}\u3000-\u303f\uff01-\uff0f]")
_SPOKEN = re.compile(r"[^\W_]")


@dataclass(frozen=True, slots=True)
class Atom:
    """The least that is said in one go: a word, or a CJK character, with its marks."""

    start: int
    end: int
    seconds: float


def has_words(text: str) -> bool:
    """Whether there is a letter or a digit to say."""
    return _SPOKEN.search(text) is not None


def atoms(text: str) -> Iterator[Atom]:
    """The atoms of a text in order; between them is at most white space."""
    for match in _ATOM.finditer(text):
        yield Atom(match.start(), match.end(), _seconds(match[0]))


def count_words(text: str) -> int:
    """Words as a reader counts them; every CJK character is one."""
    return sum(_seconds(token) > 0 for token in _ATOM.findall(text))


def spoken_seconds(text: str) -> float:
    """How long a calm reader takes."""
    return sum(map(_seconds, _ATOM.findall(text)))


def is_cjk(text: str) -> bool:
    """Whether a text begins with a CJK character or mark."""
    return _CJK_START.match(text) is not None


def joined(first: str, second: str) -> str:
    """Two texts in a row: with a space between, save within CJK text."""
    if not first or not second:
        return first or second
    gap = "" if _CJK_START.match(first[-1]) and _CJK_START.match(second[0]) else " "
    return f"{first}{gap}{second}"


@lru_cache(maxsize=65_536)
def _seconds(token: str) -> float:
    if not has_words(token):
        return 0.0
    if _CJK_START.match(token):
        return SECONDS_PER_CJK_CHARACTER
    length = len(token)
    words = length / LETTERS_PER_LONG_WORD if length > _LONG_TOKEN else 1.0
    return SECONDS_PER_WORD * words
