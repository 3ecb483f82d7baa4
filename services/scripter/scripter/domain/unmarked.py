"""Cuts text that has no marks, as speech recognition writes it, and gives it marks and case.

Every place between two words has some evidence that a sentence ends there: a pause, the end of a
caption, a word that opens sentences, one that never closes them. The cheapest cutting under a
usual length of sentence wins.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scripter.domain.word_lists import (
    ARABIC_QUESTIONS,
    CJK_CLOSERS,
    CJK_NEVER_FIRST,
    CJK_OPENERS,
    CJK_QUESTIONS,
    CONJUNCTIONS,
    NEVER_FIRST,
    NEVER_LAST,
    OBJECTS,
    OPENERS,
    QUESTION_AUXILIARIES,
    QUESTION_WORDS,
    SUBJECTS,
)
from scripter.domain.wording import Atom, atoms, count_words, is_cjk

_MARKS = re.compile(
    r"[.!?\u2026\u3002\uff01\uff1f\u0964\u06d4\u061f]+[\"'\u201d\u2019\u300d)]*(?=\s|$)"
)
_OTHER_MARKS = re.compile(r"[,;\u060c\u061b\u3001\u3002\uff01\uff0c\uff1b\uff1f]")
_WORDS_PER_MARK = 60
_LEAST_WORDS = 8
_CAPITALS = 0.9
_ENGLISH_I = re.compile(r"(?<![\w'\u2019])i(?=$|\s|['\u2019](?:m|ll|ve|d|s|re)\b|[,.;:!?])")
_CLOSED = re.compile(
    r"[.!?\u2026\u3002\uff01\uff1f\u0964\u06d4\u061f:;][\"'\u201d\u2019\u300d\u300f)\u00bb]*$"
)
_TAILS = ",\u3001\uff0c\u060c;:- "
_UNMARKED_SCRIPTS = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")

_IDEOGRAPH = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_KANA = re.compile(r"[\u3040-\u30ff]")
_SURE = 2.5
_LONG_GAP, _GAP = 0.7, 0.3
_FAR = 1e18
_ROUNDING = 1e-9
_STUMP = 4.0


@dataclass(frozen=True, slots=True)
class _Lengths:
    """How long a sentence is, in words or CJK characters: usual, spread, least and most."""

    usual: float
    spread: float
    least: int
    most: int


_SPACED = _Lengths(usual=14.0, spread=9.0, least=3, most=60)
_UNSPACED = _Lengths(usual=24.0, spread=14.0, least=5, most=100)


def is_unmarked(texts: Sequence[str]) -> bool:
    """Whether a whole text lacks the marks that end sentences."""
    words = sum(map(count_words, texts))
    marks = sum(len(_MARKS.findall(text)) + len(_OTHER_MARKS.findall(text)) for text in texts)
    return words >= _LEAST_WORDS and marks * _WORDS_PER_MARK < words


def is_shouted(texts: Sequence[str]) -> bool:
    """Whether a whole text is in capitals."""
    upper = sum(char.isupper() for text in texts for char in text)
    lower = sum(char.islower() for text in texts for char in text)
    return upper > _LEAST_WORDS and upper >= (upper + lower) * _CAPITALS


def cut_unmarked(text: str, gaps: Mapping[int, float]) -> list[int]:
    """Offsets where sentences begin, the first left out.

    ``gaps`` maps the offsets where a caption begins to the seconds of silence before it.
    """
    parts = list(atoms(text))
    if not parts:
        return []
    words = [text[part.start : part.end].casefold().strip(_TAILS + "\"'.") for part in parts]
    cjk = sum(map(is_cjk, words)) * 2 > len(words)
    lengths = _UNSPACED if cjk else _SPACED
    evidence = [0.0] + [
        _cjk_evidence(text, words, at, parts[at].start) if cjk else _evidence(words, at)
        for at in range(1, len(parts))
    ]
    for at, part in enumerate(parts):
        gap = gaps.get(part.start)
        if at and gap is not None:
            evidence[at] += 3.0 if gap >= _LONG_GAP else 2.2 if gap >= _GAP else 0.2
    return [parts[at].start for at in _cheapest(evidence, parts, lengths)]


def _cheapest(evidence: Sequence[float], parts: Sequence[Atom], lengths: _Lengths) -> list[int]:
    """Where to cut, from the end backwards, so that equal costs always fall the same way."""
    count = len(parts)
    cost = [0.0] * (count + 1)
    ends = [count] * (count + 1)
    own = [_length_cost(size, lengths) for size in range(lengths.most + 1)]
    for first in range(count - 1, -1, -1):
        best = _FAR
        for last in range(first + 1, min(count, first + lengths.most) + 1):
            total = own[last - first] + cost[last]
            if last < count:
                total += 1.0 - evidence[last]
            if total < best - _ROUNDING:
                best, ends[first] = total, last
        cost[first] = best
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


def restored(sentence: str, language: str, *, shouted: bool = False, marked: bool = False) -> str:
    """A sentence with a capital at its start and a mark at its end, where its script has them.

    ``shouted`` text is put into lower case first; ``marked`` text gets no mark.
    """
    text = sentence.strip()
    if shouted:
        text = text.lower()
    if language.startswith(("en", "und")):
        text = _ENGLISH_I.sub("I", text)
    for at, char in enumerate(text):
        if char.isalpha():
            text = text[:at] + (char.upper() if len(char.upper()) == 1 else char) + text[at + 1 :]
            break
    if marked or _CLOSED.search(text) or _UNMARKED_SCRIPTS.search(text):
        return text
    return text.rstrip(_TAILS) + _mark(text, language)


def _mark(text: str, language: str) -> str:
    if is_cjk(text[-1]):
        return "\uff1f" if text.endswith(CJK_QUESTIONS) else "\u3002"
    words = text.casefold().split()
    first, second = words[0], words[1] if len(words) > 1 else ""
    if "\u0600" <= text[-1] <= "\u06ff":
        urdu = language.startswith("ur")
        return "\u061f" if first in ARABIC_QUESTIONS else "\u06d4" if urdu else "."
    if "\u0900" <= text[-1] <= "\u097f":
        return "\u0964"
    asked = first in QUESTION_WORDS and second in QUESTION_AUXILIARIES
    turned = first in QUESTION_AUXILIARIES and second in SUBJECTS and first not in SUBJECTS
    return "?" if asked or turned else "."
