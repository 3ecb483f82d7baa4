"""Cards, thumbnails and posters, drawn with Pillow."""

import asyncio
import io
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from contracts.mezzanine import Mezzanine
from contracts.values import Fit, Framing
from PIL import Image, ImageDraw, ImageFilter, UnidentifiedImageError

from stitcher.adapters.faces import Fonts, font, settable
from stitcher.domain.breaking import right_to_left
from stitcher.domain.cards import Block, Words, block, safe, thumbnail_size
from stitcher.domain.faces import Face

Size: TypeAlias = tuple[int, int]
Colour: TypeAlias = tuple[int, int, int]
EM: Final = 100
"""At which size rows are measured, in pixels."""
GROUND: Final = (24, 27, 38)
"""Of a card whose picture cannot be had."""
ACCENT: Final = (255, 196, 84)
WHITE: Final = (255, 255, 255)
PALE: Final = (222, 226, 235)
RIM: Final = (10, 12, 18)
ASCENT: Final = 0.95
"""From a row's upper edge to the line that its letters stand on, in parts of the font's size."""
CARD_LIGHT: Final = 0.42
STROKE: Final = 0.075
"""Of a thumbnail's outline, in parts of the font's size."""
MOST_BYTES: Final = 2_000_000
"""YouTube takes no larger thumbnail."""
QUALITIES: Final = (90, 82, 72, 60, 45)


@dataclass(frozen=True, slots=True)
class PillowPainter:
    """Implements the ``Painter`` port."""

    fonts: Fonts = field(default_factory=Fonts)

    async def card(
        self,
        poster: bytes | None,
        words: Words,
        profile: Mezzanine,
        framing: Framing,
        language: str,
    ) -> bytes | None:
        """A card as PNG, ``None`` if no font has its letters."""
        face = self.fonts.face(words.text + words.below, language)
        if face is None:
            return None
        return await asyncio.to_thread(_card, poster, words, face, profile, framing)

    async def thumbnail(
        self, poster: bytes, text: str, profile: Mezzanine, *, framing: Framing, language: str
    ) -> tuple[bytes, bool]:
        """A thumbnail as JPEG of less than 2 MB, and whether its text is on it."""
        face = self.fonts.face(text, language)
        drawn = await asyncio.to_thread(_thumbnail, poster, text, face, profile, framing)
        return drawn, face is not None

    async def poster(self, poster: bytes, profile: Mezzanine, framing: Framing) -> bytes:
        """A scene's poster in the film's shape, as JPEG; as it is, if that is its shape."""
        return await asyncio.to_thread(_poster, poster, profile, framing)


def _card(
    poster: bytes | None, words: Words, face: Face, profile: Mezzanine, framing: Framing
) -> bytes:
    size = (profile.width, profile.height)
    picture = _dimmed(_blurred(_opened(poster), size, framing), CARD_LIGHT)
    room, short = safe(*size), min(size)
    text, below = settable(face, words.text), settable(face, words.below)
    share = 0.68 if below else 1.0
    main = block(text, (room.width, room.height * share), round(short * 0.13), 4, _Em(face))
    gap = round(main.size * 0.55)
    blocks: list[tuple[Block, Colour]] = [(main, WHITE)]
    if below:
        largest = max(round(main.size * 0.46), 8)
        left = room.height - main.height - 2 * gap
        blocks.append((block(below, (room.width, left), largest, 3, _Em(face)), PALE))
    draw = ImageDraw.Draw(picture)
    high = sum(one.height for one, _ in blocks) + (2 * gap if below else 0)
    top = room.top + (room.height - high) // 2
    for number, (one, colour) in enumerate(blocks):
        if number:
            _bar(draw, size[0] // 2, top + gap, short)
            top += 2 * gap
        shade = max(1, round(one.size * 0.04))
        pens = (_Pen(face, "m", (0, 0, 0)), _Pen(face, "m", colour))
        for offset, pen in zip((shade, 0), pens, strict=True):
            _rows(draw, one, (size[0] // 2, top + offset), pen)
        top += one.height
    return _png(picture)


def _thumbnail(
    poster: bytes, text: str, face: Face | None, profile: Mezzanine, framing: Framing
) -> bytes:
    size = thumbnail_size(profile)
    picture = _framed(_opened(poster), size, framing)
    words = settable(face, text) if face else ""
    if face and words:
        room = safe(*size)
        one = block(
            words, (room.width, room.height * 0.6), round(min(size) * 0.2), 3,
            _Em(face, 2 * STROKE),
        )  # fmt: skip
        rim = max(1, round(one.size * STROKE))
        low = room.top + room.height - one.height
        places = {"l": room.left + rim, "m": size[0] // 2, "r": room.left + room.width - rim}
        anchor = "m" if size[0] <= size[1] else "r" if right_to_left(words) else "l"
        picture = _shaded(picture, size[1] - low)
        _rows(ImageDraw.Draw(picture), one, (places[anchor], low), _Pen(face, anchor, WHITE, rim))
    return _jpeg(picture)


def _poster(poster: bytes, profile: Mezzanine, framing: Framing) -> bytes:
    picture = _opened(poster)
    if picture is None:
        return poster
    own, film = picture.width * profile.height, picture.height * profile.width
    if abs(own - film) <= 0.01 * film:
        return poster
    return _jpeg(_framed(picture, (profile.width, profile.height), framing))


def _opened(poster: bytes | None) -> Image.Image | None:
    """A picture, or nothing: a film does not fail of the picture behind its title."""
    try:
        return Image.open(io.BytesIO(poster or b"")).convert("RGB")
    except (UnidentifiedImageError, OSError):
        return None


def _framed(picture: Image.Image | None, size: Size, framing: Framing) -> Image.Image:
    """As clips are: cut around the focus, or whole on a ground that is made of itself."""
    if picture is None:
        return Image.new("RGB", size, GROUND)
    if framing.fit is Fit.CROP:
        return _cover(picture, size, framing)
    ground = _dimmed(_blurred(picture, size, Framing()), 0.55)
    share = min(size[0] / picture.width, size[1] / picture.height)
    whole = picture.resize((round(picture.width * share), round(picture.height * share)))
    ground.paste(whole, ((size[0] - whole.width) // 2, (size[1] - whole.height) // 2))
    return ground


def _cover(picture: Image.Image, size: Size, framing: Framing) -> Image.Image:
    share = max(size[0] / picture.width, size[1] / picture.height)
    wide, high = size[0] / share, size[1] / share
    left = min(max(picture.width * framing.focus_x - wide / 2, 0), picture.width - wide)
    top = min(max(picture.height * framing.focus_y - high / 2, 0), picture.height - high)
    box = (left, top, left + wide, top + high)
    return picture.resize(size, Image.Resampling.LANCZOS, box)


def _blurred(picture: Image.Image | None, size: Size, framing: Framing) -> Image.Image:
    if picture is None:
        return Image.new("RGB", size, GROUND)
    share = 160 / max(size)
    small = (max(round(size[0] * share), 8), max(round(size[1] * share), 8))
    soft = _cover(picture, small, framing).filter(ImageFilter.GaussianBlur(5))
    return soft.resize(size, Image.Resampling.BICUBIC)


def _dimmed(picture: Image.Image, light: float) -> Image.Image:
    return Image.blend(Image.new("RGB", picture.size), picture, light)


def _shaded(picture: Image.Image, high: int) -> Image.Image:
    """Darker towards its lower end, so that white letters stand out on any picture."""
    reach = min(round(high * 1.6), picture.height)
    shade = Image.linear_gradient("L").resize((picture.width, reach))
    shade = shade.point([round(value * 0.75) for value in range(256)])
    mask = Image.new("L", picture.size)
    mask.paste(shade, (0, picture.height - reach))
    return Image.composite(Image.new("RGB", picture.size), picture, mask)


def _bar(draw: ImageDraw.ImageDraw, x: int, y: int, short: int) -> None:
    half, thick = round(short * 0.06), max(2, round(short * 0.007))
    draw.rectangle((x - half, y - thick // 2, x + half, y - thick // 2 + thick), ACCENT)


@dataclass(frozen=True, slots=True)
class _Pen:
    """How rows are drawn: by their left, middle or right, in a colour, with a rim of pixels."""

    face: Face
    anchor: str
    ink: Colour
    rim: int = 0


def _rows(draw: ImageDraw.ImageDraw, one: Block, at: tuple[int, int], pen: _Pen) -> None:
    """Rows from ``at`` on, on the first one's upper edge."""
    for number, row in enumerate(one.rows):
        base = at[1] + number * one.pitch + round(one.size * ASCENT)
        draw.text(
            (at[0], base), row, pen.ink, font(pen.face, one.size), f"{pen.anchor}s",
            direction=_way(row), stroke_width=pen.rim, stroke_fill=RIM,
        )  # fmt: skip


def _way(row: str) -> str | None:
    return "rtl" if right_to_left(row) else None


@dataclass(frozen=True, slots=True)
class _Em:
    """Measures rows in a face, ``more`` on top, all in parts of the font's size."""

    face: Face
    more: float = 0.0

    def __call__(self, row: str) -> float:
        return font(self.face, EM).getlength(row, direction=_way(row)) / EM + self.more


def _png(picture: Image.Image) -> bytes:
    target = io.BytesIO()
    picture.save(target, "PNG", compress_level=1)
    return target.getvalue()


def _jpeg(picture: Image.Image) -> bytes:
    data = b""
    for quality in QUALITIES:
        target = io.BytesIO()
        picture.save(target, "JPEG", quality=quality, optimize=True)
        data = target.getvalue()
        if len(data) <= MOST_BYTES:
            break
    return data
