"""Whether there is a font here for every letter of a text: the bundled one, else the system's."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

import ffmpeg
from PIL import Image, ImageDraw, ImageFont

graph: Any = ffmpeg
"""The library has no types."""

FONTS: Final = Path(__file__).parent.parent / "fonts"
BUNDLED: Final = FONTS / "DejaVuSans-Bold.ttf"
NO_LETTER: Final = "\U0010fffd"
"""For private use: no font has it, so it is drawn as whatever stands for a missing letter."""
SIDE: Final = 96

Run: TypeAlias = Callable[[Sequence[str]], Awaitable[None]]


def missing(text: str) -> str:
    """The letters of a text that the bundled font has not."""
    font = ImageFont.truetype(str(BUNDLED), 32)
    empty = _drawn(font, NO_LETTER)
    return "".join(
        sorted(letter for letter in set(text) if letter.isalnum() and _drawn(font, letter) == empty)
    )


def _drawn(font: ImageFont.FreeTypeFont, letter: str) -> bytes:
    picture = Image.new("L", (SIDE, SIDE))
    ImageDraw.Draw(picture).text((SIDE // 4, SIDE // 4), letter, 255, font)
    return picture.tobytes()


def probe(style: str, path: Path) -> list[str]:
    """Draw one letter as captions are drawn, as grey bytes. ``style`` is a file of captions."""
    picture = graph.input(f"color=c=black:s={SIDE}x{SIDE}:r=10:d=0.1", f="lavfi").video
    picture = picture.filter("ass", filename=style, fontsdir=str(FONTS))
    options = {"f": "rawvideo", "pix_fmt": "gray", "frames:v": "1"}
    args: list[str] = graph.output(picture, str(path), **options).get_args()
    return args


async def legible(run: Run, text: str, draw: Callable[[str], str], folder: Path) -> bool:
    """Whether every letter can be drawn. ``draw`` makes a file of captions from a text."""
    letters = missing(text)
    if not letters:
        return True
    seen: list[bytes] = []
    for number, letter in enumerate((NO_LETTER, letters[0], letters[-1])):
        style, path = folder / f"probe-{number}.ass", folder / f"probe-{number}.gray"
        await asyncio.to_thread(style.write_text, draw(letter), "utf-8")
        await run(probe(str(style), path))
        seen.append(await asyncio.to_thread(path.read_bytes))
    return seen[0] not in seen[1:]
