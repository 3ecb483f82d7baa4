"""Gives text that has none its marks and its case, each script its own."""

import re
from collections.abc import Sequence

from scripter.domain.word_lists import (
    ARABIC_QUESTIONS,
    CJK_QUESTIONS,
    QUESTION_AUXILIARIES,
    QUESTION_WORDS,
    SUBJECTS,
)
from scripter.domain.wording import is_cjk

_LEAST_LETTERS = 8
_CAPITALS = 0.9
_ENGLISH_I = re.compile(r"(?<![\w'\u2019])i(?=$|\s|['\u2019](?:m|ll|ve|d|s|re)\b|[,.;:!?])")
_CLOSED = re.compile(
    r"[.!?\u2026\u3002\uff01\uff1f\u0964\u06d4\u061f:;][\"'\u201d\u2019\u300d\u300f)\u00bb]*$"
)
_TAILS = ",\u3001\uff0c\u060c;:- "
_UNMARKED_SCRIPTS = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
_KANA = re.compile(r"[\u3040-\u30ff]")
_ARABIC = re.compile(r"[\u0600-\u06ff]")


def is_shouted(texts: Sequence[str]) -> bool:
    """Whether a whole text is in capitals."""
    upper = sum(char.isupper() for text in texts for char in text)
    lower = sum(char.islower() for text in texts for char in text)
    return upper > _LEAST_LETTERS and upper >= (upper + lower) * _CAPITALS


def with_commas(text: str, offsets: Sequence[int], language: str) -> str:
    """The text with its script's comma before each offset, where a word begins there."""
    if not offsets or _UNMARKED_SCRIPTS.search(text):
        return text
    parts: list[str] = []
    at = 0
    for offset in sorted(offsets):
        before = text[at:offset]
        said = before.rstrip()
        if said and said[-1].isalnum():
            parts.append(said + _comma(said[-1], language) + before[len(said) :])
            at = offset
    return "".join([*parts, text[at:]])


def _comma(letter: str, language: str) -> str:
    if is_cjk(letter):
        japanese = language.startswith("ja") or _KANA.match(letter)
        return "\u3001" if japanese else "\uff0c"
    return "\u060c" if _ARABIC.match(letter) else ","


def restored(
    sentence: str,
    language: str,
    *,
    shouted: bool = False,
    marked: bool = False,
    commas: Sequence[int] = (),
) -> str:
    """A sentence with a capital at its start and a mark at its end, where its script has them.

    ``shouted`` text is put into lower case first; ``marked`` text gets no mark. A comma is put
    before each of the offsets ``commas``.
    """
    text = with_commas(sentence, commas, language).strip()
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
