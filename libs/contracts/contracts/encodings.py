"""Text in the encodings of before UTF-8, read only where what it must be is beyond doubt. Pure."""

import codecs
import re
import string
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from charset_normalizer import CharsetMatch, from_bytes

__all__ = ["is_western", "legacy_text"]


@dataclass(frozen=True, slots=True)
class _Writing:
    """What letters that are not ASCII look like in an encoding's languages."""

    letters: re.Pattern[str]
    """The only letters there may be, but for one in fifty."""
    telling: re.Pattern[str]
    share: float
    """How many of the letters are telling ones, at least."""
    chaos: float = 0.1
    """How odd the detector may find the text, at most."""
    coherence: float = 0.0
    """How well the letters fit a language, at least; the detector knows none for some scripts."""


def _letters(of: str) -> re.Pattern[str]:
    return re.compile(f"[{of}]")


_HAN: Final = "\u3005-\u3007\u4e00-\u9fff\uf900-\ufaff"
_KANA: Final = "\u3041-\u3096\u30a1-\u30fe"
_HANGUL: Final = "\uac00-\ud7a3"
# The 2,350 syllables of KS X 1001, of which Korean is written but for a word or two.
_USUAL_HANGUL: Final = "".join(
    bytes((row, cell)).decode("euc_kr") for row in range(0xB0, 0xC9) for cell in range(0xA1, 0xFF)
)
_CYRILLIC: Final = "\u0400-\u045f\u0490\u0491"

_JAPANESE: Final = _Writing(_letters(_HAN + _KANA), _letters(_KANA), 0.2, chaos=0.2)
_KOREAN: Final = _Writing(_letters(_HAN + _HANGUL), _letters(_USUAL_HANGUL), 0.9)
_CHINESE: Final = _Writing(_letters(_HAN), _letters(_HAN), 0.98)
# Two letters in five of Slavic texts; Greek and Hebrew bytes read as Cyrillic have fewer.
_RUSSIAN: Final = _Writing(_letters(_CYRILLIC), _letters("оеаиніОЕАИНІ"), 0.33, coherence=0.25)
# In this order: what has kana or is all Hangul can be read as Chinese, but not the other way round.
_ENCODINGS: Final[Mapping[str, _Writing]] = {
    "cp932": _JAPANESE,
    "euc_jp": _JAPANESE,
    "cp949": _KOREAN,
    "cp950": _CHINESE,
    "gb18030": _CHINESE,
    "cp1251": _RUSSIAN,
}
# Not read, but what may as well be one of these is not told apart from one of those above.
_RIVALS: Final = ("cp1253", "cp1255", "cp1256", "koi8_r")

_SAMPLE_BYTES: Final = 16 * 1024
# Short stretches look odder than the whole, which is judged by its writing.
_ODDEST_STRETCH: Final = 0.4
_FEWEST_LETTERS: Final = 12
_OWN_LETTERS: Final = 0.98
_FIRST_WIDE: Final = 0x80
_WIDE: Final = bytes(range(_FIRST_WIDE, 256))
_ALONE: Final = re.compile(rb"(?<![\x80-\xff])[\x80-\xff](?![\x80-\xff])")
_ASCII_LETTERS: Final = string.ascii_letters.encode()
# Western European text has an accent in every few words.
_MOST_ACCENTED: Final = 0.3
_MOSTLY: Final = 0.6
_ODD: Final = frozenset({"Cc", "Cn", "Co", "Cs"})
_BREAKS: Final = frozenset("\t\n\v\f\r\x1b\x00")


def is_western(data: bytes) -> bool:
    """Whether bytes that are not ASCII stand alone among letters, as accents do."""
    sample = _sample(data)
    if _count(sample, _WIDE) < _FEWEST_LETTERS:
        sample = data
    wide = _count(sample, _WIDE)
    alone = len(_ALONE.findall(sample))
    letters = wide + _count(sample, _ASCII_LETTERS)
    return wide <= letters * _MOST_ACCENTED and alone >= wide * _MOSTLY


def legacy_text(data: bytes, *, whole: bool = True) -> str | None:
    """The text of bytes in Shift_JIS, EUC-JP, EUC-KR, Big5, GB18030 or Windows-1251.

    ``None`` where they may be something else, are too few to tell, or hold what no text holds.
    ``whole=False`` says that ``data`` may end inside a character.
    """
    sample = _sample(data)
    for encoding, writing in _ENCODINGS.items():
        match = _match(sample, encoding)
        if match is not None and _is_written(match, writing):
            told_apart = not writing.coherence or match.coherence > _best_rival(sample)
            return _decoded(data, encoding, whole=whole) if told_apart else None
    return None


def _sample(data: bytes) -> bytes:
    """The first lines that are not ASCII alone: captions are half times and numbers."""
    return b"\n".join(line for line in data.split(b"\n") if not line.isascii())[:_SAMPLE_BYTES]


def _count(data: bytes, these: bytes) -> int:
    return len(data) - len(data.translate(None, these))


def _match(sample: bytes, encoding: str) -> CharsetMatch | None:
    """What the detector thinks of one encoding; asked for several it stops at the first good."""
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(sample, final=False)
    except UnicodeDecodeError:
        return None
    return from_bytes(
        text.encode(encoding),
        cp_isolation=[encoding],
        threshold=_ODDEST_STRETCH,
        preemptive_behaviour=False,
        enable_fallback=False,
    ).best()


def _best_rival(sample: bytes) -> float:
    rivals = [_match(sample, encoding) for encoding in _RIVALS]
    return max((rival.coherence for rival in rivals if rival is not None), default=0.0)


def _is_written(match: CharsetMatch, writing: _Writing) -> bool:
    if match.chaos > writing.chaos or match.coherence < writing.coherence:
        return False
    letters = [char for char in str(match) if ord(char) >= _FIRST_WIDE and char.isalpha()]
    own = sum(writing.letters.match(char) is not None for char in letters)
    telling = sum(writing.telling.match(char) is not None for char in letters)
    return (
        len(letters) >= _FEWEST_LETTERS
        and own >= len(letters) * _OWN_LETTERS
        and telling >= len(letters) * writing.share
    )


def _decoded(data: bytes, encoding: str, *, whole: bool) -> str | None:
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(data, final=whole)
    except UnicodeDecodeError:
        return None
    odd = any(unicodedata.category(char) in _ODD and char not in _BREAKS for char in set(text))
    return None if odd else text
