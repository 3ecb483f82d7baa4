"""Leaves of a caption what is said: no markup, no sound tags, no repeats of rolling captions."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import unescape
from itertools import pairwise

_TAG = re.compile(r"</?[A-Za-z][A-Za-z0-9]{0,15}(?:[.\s][^<>]{0,300})?/?>|<\d[\d:.,]{4,15}>")
_OVERRIDE = re.compile(r"\{\\[^{}]{0,100}\}")
_INVISIBLE = re.compile(
    r"[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad\x00-\x08\x0e-\x1f\x7f]"
)
_NOTES = re.compile(r"[\u2669-\u266c]+|(?<!\S)#(?!\S)")
_BRACKETS = re.compile(r"\[[^\[\]]{0,80}\]|\u3010[^\u3010\u3011]{0,80}\u3011")
_PARENTHESES = re.compile(r"\(([^()]{1,80})\)|\uff08([^\uff08\uff09]{1,80})\uff09")
_SOUND = re.compile(
    r"\b(?:music|song|singing|applau\w*|clap\w*|laugh\w*|giggl\w*|chuckl\w*|cheer\w*|cough\w*"
    r"|sigh\w*|sob\w*|cry|crying|gasp\w*|scream\w*|groan\w*|whistl\w*|hum|humming|silence"
    r"|inaudible|indistinct|unintelligible|crosstalk|foreign|static|beep\w*|ring\w*|knock\w*"
    r"|thunder\w*|footsteps|bark\w*|creak\w*|slam\w*|wind|engine|noise|chatter\w*|instrumental"
    r"|musik|applaus|gel\u00e4chter|musique|rires|applaudissements|m\u00fasica|aplausos|risas)\b"
    r"|\u97f3\u697d|\u62cd\u624b|\u7b11|\u97f3\u4e50|\u638c\u58f0|\uc74c\uc545|\ubc15\uc218",
    re.IGNORECASE,
)
# Once by the caption format, and twice by those who wrote it.
_ENCODED_AT_MOST = 3
_SHORT_SOUND_WORDS = 4
_WINDOW = 60
_ROLLING_SHARE = 0.3
_ROLLING_GAP = 1.0
_ROLLING_WORDS = 2


@dataclass(frozen=True, slots=True)
class Spoken:
    """A stretch of speech. Seconds, or ``None`` without times; ``text`` keeps line breaks.

    ``words`` are when a word begins and the word, as the source has them.
    """

    text: str
    start: float | None = None
    end: float | None = None
    speaker: str | None = None
    words: tuple[tuple[float, str], ...] = ()


def clean(text: str, *, timed: bool) -> str:
    """What is said, a line per line. In captions all that stands in brackets is sound."""
    for _ in range(_ENCODED_AT_MOST):
        text = unescape(text)
    text = unicodedata.normalize("NFC", _INVISIBLE.sub("", _OVERRIDE.sub("", _TAG.sub("", text))))
    text = _BRACKETS.sub(lambda found: "" if timed or _is_sound(found[0]) else found[0], text)
    text = _PARENTHESES.sub(lambda found: "" if _is_sound(found[0]) else found[0], text)
    lines = (" ".join(line.split()) for line in _NOTES.sub(" ", text).splitlines())
    return "\n".join(line for line in lines if line)


def _is_sound(bracketed: str) -> bool:
    inner = bracketed[1:-1].strip()
    if not any(char.isalpha() for char in inner):
        return bracketed[0] == "["
    short = len(inner.split()) <= _SHORT_SOUND_WORDS
    return short and (inner.isupper() or _SOUND.search(inner) is not None)


def without_repeats(spoken: Sequence[Spoken]) -> list[Spoken]:
    """Without what each rolling caption repeats of the one before.

    Only where the text as a whole rolls: people do say things twice.
    """
    if len(spoken) < 2 or not _rolls(spoken):  # noqa: PLR2004
        return list(spoken)
    kept = [spoken[0]]
    for before, now in pairwise(spoken):
        count = _overlap(before, now) if _adjacent(before, now) else 0
        rest = _without_words(now.text, count)
        if rest:
            kept.append(replace(now, text=rest))
    return kept


def _rolls(spoken: Sequence[Spoken]) -> bool:
    grown = fresh = 0
    for before, now in pairwise(spoken):
        count, words = _overlap(before, now), _words(now.text)
        if count == len(words):
            continue
        first_line = len(_words(now.text.split("\n")[0]))
        if _adjacent(before, now) and count >= min(_ROLLING_WORDS, first_line) and count:
            grown += 1
        else:
            fresh += 1
    return grown > 0 and grown >= (grown + fresh) * _ROLLING_SHARE


def _adjacent(before: Spoken, now: Spoken) -> bool:
    if before.end is None or now.start is None or before.speaker != now.speaker:
        return False
    return now.start - before.end <= _ROLLING_GAP


def _overlap(before: Spoken, now: Spoken) -> int:
    """How many words at the end of one caption are those at the start of the next."""
    tail, head = _words(before.text)[-_WINDOW:], _words(now.text)[:_WINDOW]
    for count in range(min(len(tail), len(head)), 0, -1):
        if tail[-count:] == head[:count]:
            return count
    return 0


def _words(text: str) -> list[str]:
    return text.casefold().split()


def _without_words(text: str, count: int) -> str:
    if count == 0:
        return text
    parts = text.split(maxsplit=count)
    return parts[count] if len(parts) > count else ""
