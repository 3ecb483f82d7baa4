"""Finds where sentences end, in punctuated text and in text that has no marks at all."""

import re
from collections.abc import Iterator, Mapping

from scripter.domain.wording import atoms, count_words

_CLOSERS = "\"'\u201d\u2019)\\]\u00bb\u203a"
_END = re.compile(
    rf"[.!?\u2026\u203d]{{1,20}}[{_CLOSERS}]{{0,5}}(?=\s|$)"
    r"|[\u3002\uff01\uff1f\uff61]{1,20}[\u300d\u300f\u201d\u2019\uff09)\"]{0,5}"
    rf"|[\u0964\u0965\u061f\u06d4\u1362]{{1,20}}[{_CLOSERS}]{{0,5}}(?=\s|$)"
)
_NEXT_WORD = re.compile(r"\s*[\"'\u201c\u2018(\[\u00ab\u00bf\u00a1-]{0,5}(\w{0,20})")
_ACRONYM = re.compile(r"(?:[^\W\d_]\.){1,6}[^\W\d_]")
_LIST_NUMBER = re.compile(r"\s*\d{1,2}")
_CLAUSE_MARK = re.compile(r"[,;:\u2014\u3001\uff0c\uff1b\u060c]")
_ABBREVIATIONS = (
    "mr mrs ms mx dr prof st mt rev hon gen col sgt capt lt maj cmdr pres gov sen rep fr sr jr vs "
    "fig vol ed eds dept est approx ca cf e.g i.e viz bzw z.b d.h u.a mme mlle sra"
)
_FIRST_WORDS = (
    "the a an this that these those it he she they we you i in on at but and so then there if when "
    "what who how why as for his her its their our my your"
)
_NEVER_LAST = frozenset(_ABBREVIATIONS.split())
_STARTERS = frozenset(_FIRST_WORDS.split())
_BEFORE_NUMBER = frozenset({"no", "nr", "pp", "p", "art", "sec", "ch"})
_LOOK_BACK = 24
_UNMARKED_WORDS = 30
_WORDS_AT_PAUSE = 8
_WORDS_AT_CAPTION = 12
_MOST_WORDS = 18
_LEAST_WORDS = 4
_PAUSE_SECONDS = 0.35


def split_sentences(text: str, gaps: Mapping[int, float] | None = None) -> list[tuple[int, int]]:
    """Spans of the sentences of ``text``.

    ``gaps`` maps the offsets where a caption begins to the seconds of silence before it: text
    without marks is cut there, at the latest after 18 words.
    """
    spans: list[tuple[int, int]] = []
    for start, end in _marked(text):
        if _is_unmarked(text[start:end]):
            spans.extend(_unmarked(text, start, end, gaps or {}))
        else:
            spans.append((start, end))
    return spans


def _marked(text: str) -> Iterator[tuple[int, int]]:
    caseless = text == text.lower()
    start = 0
    for mark in _END.finditer(text):
        if _ends(text, start, mark, caseless=caseless):
            yield from _trimmed(text, start, mark.end())
            start = mark.end()
    yield from _trimmed(text, start, len(text))


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    piece = text[start:end]
    begin = start + len(piece) - len(piece.lstrip())
    if piece.strip():
        yield begin, begin + len(piece.strip())


def _ends(text: str, start: int, mark: re.Match[str], *, caseless: bool) -> bool:
    following = _NEXT_WORD.match(text, mark.end())
    word = following[1] if following else ""
    if word[:1].islower() and word[:1].upper() != word[:1] and not caseless:
        return False
    if mark[0].rstrip("\"'\u201d\u2019)]\u00bb\u203a") != ".":
        return True
    before = text[max(start, mark.start() - _LOOK_BACK) : mark.start()]
    last = (before.split() or [""])[-1].lstrip("\"'\u201c\u2018([\u00ab")
    low = last.casefold()
    if low in _NEVER_LAST or (low in _BEFORE_NUMBER and word[:1].isdigit()):
        return False
    if len(last) == 1 and last.isupper() and last != "I":
        return False
    if _ACRONYM.fullmatch(last):
        return not word or word.casefold() in _STARTERS
    return not (word and _LIST_NUMBER.fullmatch(text, max(start, mark.start() - 4), mark.start()))


def _is_unmarked(sentence: str) -> bool:
    words = count_words(sentence)
    marks = len(_CLAUSE_MARK.findall(sentence))
    return words > _UNMARKED_WORDS and marks < words / _UNMARKED_WORDS


def _unmarked(
    text: str, start: int, end: int, gaps: Mapping[int, float]
) -> Iterator[tuple[int, int]]:
    held = start
    words = 0
    left = count_words(text[start:end])
    for atom in atoms(text[start:end]):
        at = start + atom.start
        gap = gaps.get(at)
        due = words >= _MOST_WORDS or (
            gap is not None
            and words >= (_WORDS_AT_PAUSE if gap >= _PAUSE_SECONDS else _WORDS_AT_CAPTION)
        )
        if due and left >= _LEAST_WORDS:
            yield from _trimmed(text, held, at)
            held, words = at, 0
        if atom.seconds > 0:
            words += 1
            left -= 1
    yield from _trimmed(text, held, end)
