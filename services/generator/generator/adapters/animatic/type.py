"""Type: the bundled fonts, word wrap by measured width, and what a font can draw."""

from collections.abc import Callable
from functools import cache
from itertools import pairwise
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

FONTS = Path(__file__).resolve().parents[2] / "fonts"
Font = ImageFont.FreeTypeFont
NO_CHARACTER = "\U0010ffff"
"""Never a character: what a font draws for it, it draws for everything it lacks."""


@cache
def font(size: int, *, bold: bool = False) -> Font:
    """DejaVu Sans at ``size`` pixels."""
    return ImageFont.truetype(FONTS / f"DejaVuSans{'-Bold' if bold else ''}.ttf", size)


@cache
def _shape(face: Font, char: str) -> bytes:
    side = round(face.size) * 2
    picture = Image.new("L", (side, side))
    ImageDraw.Draw(picture).text((0, 0), char, 255, face)
    return picture.tobytes()


@cache
def _covers(face: Font, char: str) -> bool:
    return char.isspace() or _shape(face, char) != _shape(face, NO_CHARACTER)


def drawable(text: str, face: Font) -> str:
    """``text`` on one line, without the characters this font has no shape for."""
    return " ".join("".join(char for char in text if _covers(face, char)).split())


def _pieces(word: str, fits: Callable[[str], bool]) -> list[str]:
    """A word that is wider than the line, cut where it must be."""
    pieces, piece = list[str](), ""
    for char in word:
        if piece and not fits(piece + char):
            pieces.append(piece)
            piece = ""
        piece += char
    return [*pieces, piece]


def wrap(text: str, face: Font, width: float) -> list[str]:
    """Lines of at most ``width`` pixels."""

    def fits(line: str) -> bool:
        return face.getlength(line) <= width

    lines, line = list[str](), ""
    for piece in (part for word in text.split() for part in _pieces(word, fits)):
        longer = f"{line} {piece}" if line else piece
        if line and not fits(longer):
            lines.append(line)
            longer = piece
        line = longer
    return [*lines, line] if line else lines


def pages(text: str, face: Font, width: float, most: int) -> list[list[str]]:
    """Lines in groups of at most ``most``, the groups about equally full."""
    lines = wrap(text, face, width)
    if len(lines) <= most:
        return [lines] if lines else []
    count = -(-len(lines) // most)
    words = text.split()
    cuts = [round(len(words) * n / count) for n in range(count + 1)]
    parts = [" ".join(words[a:b]) for a, b in pairwise(cuts)]
    wrapped = [wrap(part, face, width) for part in parts if part]
    return [group[n : n + most] for group in wrapped for n in range(0, len(group), most)]
