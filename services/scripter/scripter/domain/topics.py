"""Measures where a text turns to another topic: where its words change.

The words of the sentences before and after each gap are compared; a gap is deep where they have
less in common than at the gaps on both sides of it.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence

_WORD = re.compile(r"[^\W\d_]{3,30}")
_CJK_RUN = re.compile(r"[\u30a0-\u30ff\u3400-\u4dbf\u4e00-\u9fff]{2,40}")
_LEAST_LETTERS = 4
_STEM = 6
_BLOCK = 6
_REACH = 8
_EVERYWHERE = 0.5
_LEAST_SENTENCES = 8


def terms(text: str) -> list[str]:
    """What a sentence is about: the beginnings of its words, pairs of its ideographs."""
    found = [
        word[:_STEM]
        for word in _WORD.findall(text.casefold())
        if len(word) >= _LEAST_LETTERS and not _CJK_RUN.match(word)
    ]
    for run in _CJK_RUN.findall(text):
        found.extend(run[at : at + 2] for at in range(len(run) - 1))
    return found


def telling(texts: Sequence[str]) -> list[list[str]]:
    """The terms of each text, without those that most texts have."""
    all_terms = [terms(text) for text in texts]
    if len(texts) < _LEAST_SENTENCES:
        return all_terms
    spread = Counter(term for found in all_terms for term in dict.fromkeys(found))
    most = max(2.0, len(texts) * _EVERYWHERE)
    return [[term for term in found if spread[term] <= most] for found in all_terms]


def depths(texts: Sequence[str]) -> list[float]:
    """For each gap between two texts how deep it is, in 0..1."""
    told = telling(texts)
    likeness = [
        _likeness(told[max(0, at - _BLOCK) : at], told[at : at + _BLOCK])
        for at in range(1, len(told))
    ]
    return [_depth(likeness, at) for at in range(len(likeness))]


def _likeness(before: Sequence[list[str]], after: Sequence[list[str]]) -> float:
    left = Counter(term for found in before for term in found)
    right = Counter(term for found in after for term in found)
    if not left or not right:
        return 0.0
    shared = sum(count * right[term] for term, count in left.items() if term in right)
    size = math.sqrt(sum(n * n for n in left.values()) * sum(n * n for n in right.values()))
    return shared / size


def _depth(likeness: Sequence[float], at: int) -> float:
    """How far the likeness rises on both sides before it falls again."""
    here = left = right = likeness[at]
    for value in reversed(likeness[max(0, at - _REACH) : at]):
        if value < left:
            break
        left = value
    for value in likeness[at + 1 : at + 1 + _REACH]:
        if value < right:
            break
        right = value
    return min(1.0, (left - here + right - here) / 2)


def salience(texts: Sequence[str]) -> list[float]:
    """How much each text says of what the whole is about, in 0..1 or a little more."""
    told = telling(texts)
    often = Counter(term for found in told for term in found)
    top = max(often.values(), default=1)
    weights = {term: math.log1p(count) / math.log1p(top) for term, count in often.items()}
    return [
        sum(weights[term] for term in dict.fromkeys(found)) / math.sqrt(len(found) + 3.0)
        for found in told
    ]
