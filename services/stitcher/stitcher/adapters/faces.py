"""Fonts on this machine, and which of them can set a text. FreeType, through Pillow."""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont, features

from stitcher.adapters.lettering import BUNDLED, NO_LETTER
from stitcher.domain.breaking import right_to_left
from stitcher.domain.faces import Face, chosen, letters

FOLDERS: Final = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
KINDS: Final = frozenset({".ttf", ".otf", ".ttc", ".otc"})
OWN: Final = Face(BUNDLED, 0, "DejaVu Sans", "Bold")
SIDE: Final = 48
MOST_FACES: Final = 12
"""In one file, at most."""


@dataclass(frozen=True, slots=True)
class Fonts:
    """The bundled font, then those in ``folders``. ``shaped`` says if letters can be joined."""

    folders: Sequence[Path] = FOLDERS
    shaped: bool = field(default_factory=lambda: bool(features.check("raqm")))

    def face(self, text: str, language: str = "") -> Face | None:
        """A font that has every letter of a text, or ``None``.

        What runs from right to left has to be shaped; without that no font serves.
        """
        if right_to_left(text) and not self.shaped:
            return None
        if covers(OWN, text):
            return OWN
        return chosen(text, language, _faces(tuple(self.folders)), covers)


def covers(face: Face, text: str) -> bool:
    """Whether a font has every letter of a text."""
    return all(_has(face, letter) for letter in letters(text))


def settable(face: Face, text: str) -> str:
    """A text in one row, without the signs that a font has not."""
    return " ".join("".join(c if _has(face, c) else " " for c in text).split())


@lru_cache(maxsize=32)
def font(face: Face, size: int) -> ImageFont.FreeTypeFont:
    """A font at ``size`` pixels."""
    return ImageFont.truetype(str(face.path), size, index=face.index)


@lru_cache(maxsize=8)
def _faces(folders: tuple[Path, ...]) -> tuple[Face, ...]:
    return tuple(face for path in sorted(_files(folders)) for face in _inside(path))


def _files(folders: tuple[Path, ...]) -> Iterator[Path]:
    for folder in folders:
        for home, _, names in os.walk(folder):
            yield from (Path(home, n) for n in names if Path(n).suffix.lower() in KINDS)


def _inside(path: Path) -> Iterator[Face]:
    with suppress(OSError):
        for index in range(MOST_FACES):
            family, style = ImageFont.truetype(str(path), 16, index=index).getname()
            yield Face(path, index, family or "", style or "")
            if path.suffix.lower() not in {".ttc", ".otc"}:
                return


@lru_cache(maxsize=8192)
def _has(face: Face, letter: str) -> bool:
    return letter.isspace() or _drawn(face, letter) != _drawn(face, NO_LETTER)


@lru_cache(maxsize=8192)
def _drawn(face: Face, letter: str) -> bytes:
    picture = Image.new("L", (SIDE, SIDE))
    ImageDraw.Draw(picture).text((SIDE // 4, SIDE // 4), letter, 255, font(face, SIDE // 2))
    return picture.tobytes()
