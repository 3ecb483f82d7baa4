"""Cuts text that has no marks, as speech recognition writes it.

Every place between two words has some evidence that a sentence ends there: a pause, the end of a
caption, a word that opens sentences, one that never closes them. There are two certainties. A
sentence ends only where that is sure, or where it would grow too long; at the other likely places
it has a comma. A comma at the end of a sentence is no harm, a full stop inside of one is.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from scripter.domain.word_lists import (
    CJK_CLOSERS,
    CJK_NEVER_FIRST,
    CJK_OPENERS,
    CONJUNCTIONS,
    NEVER_FIRST,
    NEVER_LAST,
    OBJECTS,
    OPENERS,
    QUESTION_AUXILIARIES,
    QUESTION_WORDS,
    SUBJECTS,
)
from scripter.domain.wording import atoms, count_words, is_cjk

_MARKS = re.compile(
    r"[.!?\u2026\u3002\uff01\uff1f\u0964\u06d4\u061f]+[\"'\u201d\u2019\u300d)]*(?=\s|$)"
)
_OTHER_MARKS = re.compile(r"[,;\u060c\u061b\u3001\u3002\uff01\uff0c\uff1b\uff1f]")
_WORDS_PER_MARK = 60
_LEAST_WORDS = 8
_TAILS = ",\u3001\uff0c\u060c;:- "

_IDEOGRAPH = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_KANA = re.compile(r"[\u3040-\u30ff]")
_SURE = 2.5
_SILENCE = 0.15
_SHORT_STOP, _LONG_STOP = 0.4, 0.7
_USUAL_STOP = 0.45
_FEW, _APART = 8, 1.6
_WORDS_PER_PAUSE = 40
_UNPAUSED = 1.0
_HESITATION = -1.9
_FAR = 1e18
_ROUNDING = 1e-9
_STUMP = 4.0
_SURE_END = 2.15
"""Evidence beyond that of words alone: a pause where a sentence may end, or a closing verb."""
_NOT_SURE = 2.0
_COMMA = 0.45
_LIKELY = 0.3


@dataclass(frozen=True, slots=True)
class Cuts:
    """Offsets where sentences begin, the first left out, and where commas belong before."""

    sentences: Sequence[int] = ()
    commas: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class _Lengths:
    """How long a sentence is, in words or CJK characters: usual, spread, least and most.

    ``longest`` is how many are kept together where no end is sure: half a minute of them.
    """

    usual: float
    spread: float
    least: int
    most: int
    longest: int


_SPACED = _Lengths(usual=14.0, spread=9.0, least=3, most=60, longest=75)
_UNSPACED = _Lengths(usual=24.0, spread=14.0, least=5, most=100, longest=136)
_PATIENCE = 1.6
"""So many times longer if the speaker pauses: then the next pause is worth waiting for."""


def is_unmarked(texts: Sequence[str]) -> bool:
    """Whether a whole text lacks the marks that end sentences."""
    words = sum(map(count_words, texts))
    marks = sum(len(_MARKS.findall(text)) + len(_OTHER_MARKS.findall(text)) for text in texts)
    return words >= _LEAST_WORDS and marks * _WORDS_PER_MARK < words


def cut_unmarked(text: str, gaps: Mapping[int, float]) -> Cuts:
    """Where sentences begin.

    ``gaps`` maps the offsets where a caption begins to the seconds of silence before it.
    """
    parts = list(atoms(text))
    if not parts:
        return Cuts()
    words = [text[part.start : part.end].casefold().strip(_TAILS + "\"'.") for part in parts]
    cjk = sum(map(is_cjk, words)) * 2 > len(words)
    lengths = _UNSPACED if cjk else _SPACED
    evidence = [0.0] + [
        _cjk_evidence(text, words, at, parts[at].start) if cjk else _evidence(words, at)
        for at in range(1, len(parts))
    ]
    heard = _Pauses.of(list(gaps.values()), len(parts))
    for at in range(1, len(parts)):
        evidence[at] = heard.weighed(evidence[at], gaps.get(parts[at].start))
    own = [_length_cost(size, lengths) for size in range(lengths.most + 1)]
    likely = frozenset(_cheapest(evidence, own, 1.0))
    weighed = [
        found if found >= _SURE_END else min(found + _LIKELY * (at in likely), _NOT_SURE)
        for at, found in enumerate(evidence)
    ]
    longest = round(lengths.longest * (_PATIENCE if heard.often else 1.0))
    ends = _sure(weighed, lengths.least, longest)
    commas = sorted(at for at in likely - frozenset(ends) if evidence[at] >= _COMMA)
    return Cuts([parts[at].start for at in ends], [parts[at].start for at in commas])


@dataclass(frozen=True, slots=True)
class _Pauses:
    """How this speaker pauses: ``stop`` is how long at least after a sentence, in seconds.

    ``often`` says that there are pauses enough to expect one after a sentence.
    """

    stop: float
    often: bool

    @classmethod
    def of(cls, gaps: Sequence[float], words: int) -> "_Pauses":
        """Pauses come in two kinds: within sentences and, longer, between them."""
        found = sorted(gap for gap in gaps if gap >= _SILENCE)
        often = len(found) * _WORDS_PER_PAUSE >= words
        if len(found) < _FEW:
            return cls(_USUAL_STOP, often)
        sums = [0.0, *accumulate(found)]
        best, stop = 0.0, _USUAL_STOP
        for at in range(1, len(found)):
            short, long = sums[at] / at, (sums[-1] - sums[at]) / (len(found) - at)
            apart = at * (len(found) - at) * (long - short) ** 2
            if long >= short * _APART and apart > best:
                best, stop = apart, (found[at - 1] + found[at]) / 2
        return cls(min(max(stop, _SHORT_STOP), _LONG_STOP), often)

    def weighed(self, found: float, gap: float | None) -> float:
        """The evidence of words together with that of the silence before the second."""
        if gap is None or gap < _SILENCE:
            return found - (_UNPAUSED if self.often else 0.0) + (0.0 if gap is None else 0.2)
        if gap < self.stop:
            return min(found + 1.0, _NOT_SURE)
        return max(found, _HESITATION) + (3.0 if gap >= _LONG_STOP else 2.2)


def _cheapest(evidence: Sequence[float], own: Sequence[float], needed: float) -> list[int]:
    """Where to cut, from the end backwards, so that equal costs always fall the same way.

    ``own`` is what a length costs by itself, ``needed`` how much evidence makes a cut worth it.
    """
    count, most = len(evidence), len(own) - 1
    cost = [0.0] * (count + 1)
    ends = [count] * (count + 1)
    for first in range(count - 1, -1, -1):
        best = _FAR
        for last in range(first + 1, min(count, first + most) + 1):
            total = own[last - first] + cost[last]
            if last < count:
                total += needed - evidence[last]
            if total < best - _ROUNDING:
                best, ends[first] = total, last
        cost[first] = best
    cuts: list[int] = []
    at = ends[0]
    while at < count:
        cuts.append(at)
        at = ends[at]
    return cuts


def _sure(evidence: Sequence[float], least: int, longest: int) -> list[int]:
    """Where sentences end for sure, and the likeliest places where none does for ``longest``."""
    count = len(evidence)
    cost = [0.0] * (count + 1)
    worth = [_FAR] * count + [0.0]
    ends = [count] * (count + 1)
    for first in range(count - 1, -1, -1):
        window = worth[first + least : first + longest + 1]
        best = min(window, default=_FAR)
        ends[first] = first + least + window.index(best) if window else count
        for last in range(first + 1, min(first + least, count + 1)):
            if worth[last] + _STUMP < best:
                best, ends[first] = worth[last] + _STUMP, last
        cost[first] = best
        worth[first] = best + _SURE_END - evidence[first]
    cuts: list[int] = []
    at = ends[0]
    while at < count:
        cuts.append(at)
        at = ends[at]
    return cuts


def _length_cost(size: int, lengths: _Lengths) -> float:
    odd = abs(size - lengths.usual) / lengths.spread
    return min(0.5 * odd * odd, odd - 0.5 if odd > 1 else odd) + (
        _STUMP if size < lengths.least else 0.0
    )


def _evidence(words: Sequence[str], at: int) -> float:
    """How likely a sentence begins with the word at ``at``; about -4 to 3."""
    before, word = words[at - 1], words[at]
    following = words[at + 1] if at + 1 < len(words) else ""
    if before in NEVER_LAST:
        return -4.0
    if word in QUESTION_WORDS and following in QUESTION_AUXILIARIES:
        return 1.5
    if word in NEVER_FIRST and following not in SUBJECTS:
        return -1.5
    found = OPENERS.get(word, 0.0)
    if following in SUBJECTS:
        found += 0.9 if found else 0.3 if word in CONJUNCTIONS else 0.0
    if word in SUBJECTS:
        free = 0.0 if word in OBJECTS else 0.5
        found += 1.3 if following in QUESTION_AUXILIARIES else free
    return found


def _cjk_evidence(text: str, words: Sequence[str], at: int, offset: int) -> float:
    found = max(
        (weight for closer, weight in CJK_CLOSERS if text.endswith(closer, 0, offset)), default=0.0
    )
    if found and _IDEOGRAPH.match(text, offset) and found < _SURE:
        found -= 1.0  # a verb before a noun describes it
    found += max(
        (weight for opener, weight in CJK_OPENERS if text.startswith(opener, offset)), default=0.0
    )
    if text.startswith(CJK_NEVER_FIRST, offset):
        found -= 3.0
    if _KANA.search(text) and found <= 0:
        found -= 1.5  # Japanese says by its endings where a sentence ends
    if text[offset - 1].isspace() and len(words[at]) > 0:
        found += 1.0
    return found
