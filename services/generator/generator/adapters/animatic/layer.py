"""A picture the camera moves over: any window of it, at any scale, to a fraction of a pixel."""

import math

from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter
from PIL import Image

from generator.adapters.animatic.planes import Planes

Box = tuple[float, float, float, float]


def _slid(plane: Image.Image, left: float, top: float, size: tuple[int, int]) -> Image.Image:
    """A window of ``size`` at a fractional position: two blends, far cheaper than resampling."""
    x, y = math.floor(left), math.floor(top)
    across, down = left - x, top - y
    width, height = size
    here = plane.crop((x, y, x + width, y + height + 1))
    if across:
        here = Image.blend(here, plane.crop((x + 1, y, x + 1 + width, y + height + 1)), across)
    upper = here.crop((0, 0, width, height))
    return Image.blend(upper, here.crop((0, 1, width, height + 1)), down) if down else upper


def _padded(plane: Image.Image, line: int) -> bytes:
    if plane.width == line:
        return plane.tobytes()
    return plane.crop((0, 0, line, plane.height)).tobytes()


class Layer:
    """Scales by whole pixels of the picture's size with swscale, then slides by fractions.

    A window's edge is off by a quarter of a pixel at most, which nobody sees; resampling in
    Pillow takes three times as long.
    """

    def __init__(self, planes: Planes) -> None:
        self._planes = planes
        self._format = "yuv420p" if planes.alpha is None else "yuva420p"
        self._frame = VideoFrame(*planes.size, self._format)
        pictures = [planes.y, planes.cb, planes.cr]
        if planes.alpha is not None:
            pictures.append(planes.alpha[0])
        for plane, picture in zip(self._frame.planes, pictures, strict=True):
            plane.update(_padded(picture, plane.line_size))
        self._scaler = VideoReformatter()

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self._planes.size

    def view(self, box: Box, size: tuple[int, int]) -> Planes:
        """What lies in ``box`` (pixels, fractions allowed), scaled to ``size`` (even)."""
        width, height = self.size
        wide = round(width * size[0] / (box[2] - box[0]))
        tall = round(height * size[1] / (box[3] - box[1]))
        if abs(wide - width) <= 1 and abs(tall - height) <= 1:
            wide, tall, scaled = width, height, self._planes
        else:
            scaled = self._scaled(wide, tall)
        left, top = box[0] * wide / width, box[1] * tall / height
        half = (size[0] // 2, size[1] // 2)
        alpha = None
        if scaled.alpha is not None:
            full = _slid(scaled.alpha[0], left, top, size)
            alpha = (full, full.reduce(2))
        return Planes(
            _slid(scaled.y, left, top, size),
            _slid(scaled.cb, left / 2, top / 2, half),
            _slid(scaled.cr, left / 2, top / 2, half),
            alpha,
        )

    def _scaled(self, width: int, height: int) -> Planes:
        frame = self._scaler.reformat(
            self._frame, width=width, height=height, interpolation=Interpolation.BILINEAR
        )
        y, cb, cr, *alpha = (
            Image.frombuffer("L", (plane.line_size, plane.height), bytes(plane), "raw", "L", 0, 1)
            for plane in frame.planes
        )
        return Planes(y, cb, cr, (alpha[0], alpha[0]) if alpha else None)
