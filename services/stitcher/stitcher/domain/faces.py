"""Which font a text is set in, of those that have its letters. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

REGIONS: Final = (("zh-hant", "tc"), ("zh-tw", "tc"), ("zh-hk", "hk"), ("zh", "sc"), ("ko", "kr"))
"""How a language's own shapes of Chinese letters are called in families; the others are Japan's."""
PLAIN: Final = ("serif", "mono", "math", "italic", "oblique", "thin", "light", "condensed")
"""What does not suit large white letters on a picture."""


@dataclass(frozen=True, slots=True)
class Face:
    """A font in a file, which may hold several; ``family`` and ``style`` are its own words."""

    path: Path
    index: int = 0
    family: str = ""
    style: str = ""


def chosen(
    text: str, language: str, faces: Iterable[Face], covers: Callable[[Face, str], bool]
) -> Face | None:
    """The first face with all letters of a text: upright, bold, of the language's region first."""
    ranked = sorted(faces, key=lambda face: _rank(face, language))
    return next((face for face in ranked if covers(face, text)), None)


def _rank(face: Face, language: str) -> tuple[bool, bool, bool, str, int]:
    name = f"{face.family} {face.style}".lower()
    words = name.replace("-", " ").split()
    odd = any(kind in word and word != "sans" for kind in PLAIN for word in words)
    return odd, _region(language) not in words, "bold" not in words, str(face.path), face.index


def _region(language: str) -> str:
    tag = language.lower()
    return next((region for start, region in REGIONS if tag.startswith(start)), "jp")


def letters(text: str) -> Sequence[str]:
    """The letters that a font must have: signs can be left out, words cannot."""
    return sorted({letter for letter in text if letter.isalnum()})
