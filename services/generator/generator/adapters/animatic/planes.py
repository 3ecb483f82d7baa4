"""Pictures as Y, Cb and Cr planes: BT.709 limited range, chroma at half size.

Moving three small planes costs half of what moving RGB does, and nothing converts them again on
the way to the encoder.
"""

from dataclasses import dataclass
from typing import Self

from PIL import Image

from generator.adapters.animatic.raster import levelled
from generator.domain.look import Rgb

_LUMA, _CHROMA = 219 / 255, 224 / 255
_MATRIX = (
    0.2126 * _LUMA, 0.7152 * _LUMA, 0.0722 * _LUMA, 16.5,
    -0.2126 / 1.8556 * _CHROMA, -0.7152 / 1.8556 * _CHROMA, 0.9278 / 1.8556 * _CHROMA, 128.5,
    0.7874 / 1.5748 * _CHROMA, -0.7152 / 1.5748 * _CHROMA, -0.0722 / 1.5748 * _CHROMA, 128.5,
)  # fmt: skip


def even(value: float) -> int:
    """The nearest even number: chroma has no half samples."""
    return 2 * round(value / 2)


@dataclass(frozen=True, slots=True)
class Planes:
    """One picture. ``alpha`` is ``None`` where it is opaque, else there is one per plane size."""

    y: Image.Image
    cb: Image.Image
    cr: Image.Image
    alpha: tuple[Image.Image, Image.Image] | None = None

    @classmethod
    def of(cls, picture: Image.Image, *, bleed: Rgb = (0, 0, 0)) -> Self:
        """From RGB or RGBA, of even size. ``bleed`` is the colour behind transparent edges."""
        alpha = None
        if picture.mode == "RGBA":
            full = picture.getchannel("A")
            alpha = (full, full.reduce(2))
            ground = Image.new("RGB", picture.size, bleed)
            ground.paste(picture, (0, 0), full)
            picture = ground
        y, cb, cr = picture.convert("RGB", _MATRIX).split()
        return cls(y, cb.reduce(2), cr.reduce(2), alpha)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.y.size

    def faded(self, share: float) -> Self:
        """The same picture, more transparent: 0 is gone, 1 is as it was."""
        if self.alpha is None or share >= 1:
            return self
        full, half = (levelled(alpha, lambda v: v * share) for alpha in self.alpha)
        return type(self)(self.y, self.cb, self.cr, (full, half))

    def draw(self, over: Self, left: int, top: int) -> None:
        """Lay ``over`` on this picture, in place, at an even position."""
        spot, half_spot = (left, top), (left // 2, top // 2)
        full, half = over.alpha or (None, None)
        self.y.paste(over.y, spot, full)
        self.cb.paste(over.cb, half_spot, half)
        self.cr.paste(over.cr, half_spot, half)

    def raw(self) -> bytes:
        """The frame as the encoder reads it: planar 4:2:0."""
        return self.y.tobytes() + self.cb.tobytes() + self.cr.tobytes()
