"""How many words a text has, and how long a calm reader takes to say them."""

import re
import unicodedata
from typing import Final

_SECONDS_PER_WORD: Final = 0.4  # 150 words a minute
_SECONDS_PER_CJK: Final = 0.22
_CJK: Final = (
    "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9d\U00020000-\U0003ffff"
)
_CHARACTER: Final = re.compile(rf"[{_CJK}]")
_STRETCH: Final = re.compile(rf"[^\s{_CJK}]+")
_LETTER: Final = re.compile(r"[^\W_]")
_JOINER: Final = "\u200d"


def count_words(text: str) -> int:
    """Words as a reader counts them; every CJK character is one."""
    return len(_CHARACTER.findall(text)) + _count_stretches(text)


def spoken_seconds(text: str) -> float:
    """How long it takes to say."""
    characters = len(_CHARACTER.findall(text))
    return characters * _SECONDS_PER_CJK + _count_stretches(text) * _SECONDS_PER_WORD


def _count_stretches(text: str) -> int:
    """Those between spaces and CJK characters that have a letter or a digit.

    Two patterns and not one: one that looks for a letter inside a stretch tries every beginning of
    a long line of dashes, and the gateway serves nobody meanwhile.
    """
    return sum(_LETTER.search(stretch) is not None for stretch in _STRETCH.findall(text))


def whole_letters(text: str, at: int) -> int:
    """``at`` or the next place behind it that parts no letter from its marks."""
    while 0 < at < len(text) and (
        unicodedata.category(text[at]).startswith("M") or _JOINER in text[at - 1 : at + 1]
    ):
        at += 1
    return at
