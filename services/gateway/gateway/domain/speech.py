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
_WORD: Final = re.compile(rf"[^\s{_CJK}]*[^\W_{_CJK}][^\s{_CJK}]*")
_JOINER: Final = "\u200d"


def count_words(text: str) -> int:
    """Words as a reader counts them; every CJK character is one."""
    return len(_CHARACTER.findall(text)) + len(_WORD.findall(text))


def spoken_seconds(text: str) -> float:
    """How long it takes to say."""
    characters = len(_CHARACTER.findall(text))
    return characters * _SECONDS_PER_CJK + len(_WORD.findall(text)) * _SECONDS_PER_WORD


def whole_letters(text: str, at: int) -> int:
    """``at`` or the next place behind it that parts no letter from its marks."""
    while 0 < at < len(text) and (
        unicodedata.category(text[at]).startswith("M") or _JOINER in text[at - 1 : at + 1]
    ):
        at += 1
    return at
