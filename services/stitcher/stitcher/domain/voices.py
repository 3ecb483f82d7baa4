"""Who speaks how: voices by character and language, and what is to be said. Pure."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Final

from stitcher.domain.segments import digest

VOICE_VERSION: Final = 1
"""Raised whenever the same order would be spoken otherwise than before."""
SPEED: Final = 165
"""Words per minute: a calm reader, and about what scenes are planned for."""
VARIANTS: Final = ("f2", "m3", "f3", "m7", "f5", "m1", "f4", "m4")
"""espeak-ng's variants that are told apart most easily, women and men in turn."""
PITCHES: Final = (50, 44, 56, 40, 60)
_OTHER_NAMES: Final = {
    "zh": "cmn", "zh-hans": "cmn", "zh-hant": "cmn", "zh-cn": "cmn", "zh-tw": "cmn",
    "zh-hk": "yue", "iw": "he", "in": "id", "no": "nb", "tl": "en", "en": "en-us", "mo": "ro",
}  # fmt: skip
_CENT_FRACTION = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Order:
    """Something to be said: a text, its language (BCP 47), whose voice, and by which model."""

    text: str
    language: str
    voice: str
    model: str

    @property
    def name(self) -> str:
        """A name for what it sounds like."""
        return digest(["voice", VOICE_VERSION, self.model, self.voice, self.language, self.text])


@dataclass(frozen=True, slots=True)
class Word:
    """A word of an order's text: its first letter and how many, and when it is said (seconds)."""

    letter: int
    letters: int
    start: float


@dataclass(frozen=True, slots=True)
class Said:
    """An order as a sound file. Without word times nothing can follow the words."""

    path: Path
    words: tuple[Word, ...] = ()


class NoVoiceError(Exception):
    """Nothing can be said here: the film is made without narration."""


class Intent(StrEnum):
    """Whether a line may be sent: yes; no, it is known; another is at it; too many got lost."""

    GRANTED = "granted"
    KNOWN = "known"
    BUSY = "busy"
    SPENT = "spent"


def language_names(tag: str) -> tuple[str, ...]:
    """What espeak-ng may call a language, the most exact first."""
    tag = tag.replace("_", "-").lower()
    found = [_OTHER_NAMES.get(tag), tag]
    parts = tag.split("-")
    if len(parts) > 1:
        short = f"{parts[0]}-{parts[-1]}"
        found += [_OTHER_NAMES.get(short), short]
    found += [_OTHER_NAMES.get(parts[0]), parts[0]]
    return tuple(dict.fromkeys(name for name in found if name))


def chosen(speaker: str | None, cast: Sequence[str], voices: Sequence[str]) -> str:
    """The voice of a speaker; the narrator's is the first.

    Those of one film get different ones as far as there are enough; the same name in the same
    cast always has the same.
    """
    if speaker is None or len(voices) == 1:
        return voices[0]
    rest = list(voices[1:])
    given: dict[str, str] = {}
    for name in sorted(set(cast) | {speaker}):
        if not rest:
            rest = list(voices[1:])
        given[name] = rest.pop(_number(name) % len(rest))
    return given[speaker]


def local_voice(voice: str, tag: str) -> tuple[tuple[str, ...], int]:
    """What espeak-ng is told: the names to try, and a pitch of 0 to 100."""
    names = tuple(f"{name}+{voice}" for name in language_names(tag))
    return names, PITCHES[_number(voice) % len(PITCHES)]


def price(text: str, usd_per_million: Decimal) -> Decimal:
    """What saying a text costs, US dollars; servers count letters."""
    return (len(text) * usd_per_million / 1_000_000).quantize(_CENT_FRACTION)


def _number(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8])
