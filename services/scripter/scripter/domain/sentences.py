"""Finds where sentences end, in punctuated text and in text that has no marks at all."""

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import NamedTuple

from scripter.domain.unmarked import cut_unmarked
from scripter.domain.wording import spoken_seconds

# German quotes close with what opens English and French ones.
_CLOSERS = "\"'\u201c\u201d\u2018\u2019)\\]\u00ab\u00bb\u2039\u203a"
_END = re.compile(
    rf"[.!?\u2026\u203d]{{1,20}}[{_CLOSERS}]{{0,5}}(?:[ \u00a0\u202f]\u00bb)?(?=\s|$)"
    r"|[\u3002\uff01\uff1f\uff61]{1,20}+[\u300d\u300f\u201d\u2019\uff09)\"]{0,5}+"
    r"(?![\u3068\u3001\uff0c]|\u3063\u3066)"
    rf"|[\u0964\u0965\u061f\u06d4\u1362]{{1,20}}[{_CLOSERS}]{{0,5}}(?=\s|$)"
)
_NEXT_WORD = re.compile(r"\s*[\"'\u201c\u2018(\[\u00ab\u00bf\u00a1\u2013\u2014\s-]{0,5}(\w{0,20})")
# "No room! No room!" they cried: a call of several parts, and who calls.
_CALLED_TWICE = re.compile(r"\s+[^\"\u201c\u201d\n]{1,16}[\"\u201d\u00ab]\s+(\w)")
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
_UNMARKED_SECONDS = 24.0


class Span(NamedTuple):
    """A sentence's place in a text, and the offsets in the text where a comma is missing."""

    start: int
    end: int
    commas: tuple[int, ...] = ()


def split_sentences(
    text: str, gaps: Mapping[int, float] | None = None, *, unmarked: bool = False
) -> list[Span]:
    """Spans of the sentences of ``text``.

    ``gaps`` maps the offsets where a caption begins to the seconds of silence before it. They
    help where marks are missing: in a whole text (``unmarked``), or in a stretch as long
    as no sentence is.
    """
    spans: list[Span] = []
    for span in _marked(text):
        if unmarked or _is_unmarked(text[span.start : span.end]):
            spans.extend(_unmarked(text, span, gaps or {}))
        else:
            spans.append(span)
    return spans


def _marked(text: str) -> Iterator[Span]:
    caseless = text == text.lower()
    start = 0
    for mark in _END.finditer(text):
        if _ends(text, start, mark, caseless=caseless):
            yield from _trimmed(text, start, mark.end())
            start = mark.end()
    yield from _trimmed(text, start, len(text))


def _trimmed(text: str, start: int, end: int) -> Iterator[Span]:
    piece = text[start:end]
    begin = start + len(piece) - len(piece.lstrip())
    if piece.strip():
        yield Span(begin, begin + len(piece.strip()))


def _is_small(letter: str) -> bool:
    return letter.islower() and letter.upper() != letter


def _ends(text: str, start: int, mark: re.Match[str], *, caseless: bool) -> bool:
    following = _NEXT_WORD.match(text, mark.end())
    word = following[1] if following else ""
    called = _CALLED_TWICE.match(text, mark.end())
    if not caseless and (_is_small(word[:1]) or (called and _is_small(called[1]))):
        return False
    if mark[0].rstrip("\"'\u201c\u201d\u2018\u2019)]\u00ab\u00bb\u2039\u203a ") != ".":
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
    """Whether a stretch is too long for a sentence and has hardly a mark within."""
    marks = len(_CLAUSE_MARK.findall(sentence))
    return spoken_seconds(sentence) > _UNMARKED_SECONDS * (1 + marks)


def _unmarked(text: str, whole: Span, gaps: Mapping[int, float]) -> Iterator[Span]:
    start, end, _ = whole
    inside = {at - start: gap for at, gap in gaps.items() if start <= at < end}
    cuts = cut_unmarked(text[start:end], inside)
    for begin, stop in pairwise([start, *(start + cut for cut in cuts.sentences), end]):
        commas = [start + at for at in cuts.commas if begin < start + at < stop]
        for span in _trimmed(text, begin, stop):
            yield span._replace(commas=tuple(commas))
