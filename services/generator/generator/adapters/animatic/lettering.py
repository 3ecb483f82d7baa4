"""The words over the picture: title, name plate, the line. They stand still while it moves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contracts.documents import Cast, Line
from PIL import Image, ImageDraw, ImageFilter

from generator.adapters.animatic import type as lettertype
from generator.adapters.animatic.planes import Planes, even
from generator.adapters.animatic.raster import SHARP, levelled, resized
from generator.domain.look import Rgb, luma, rgb
from generator.domain.timing import spans, words

PAPER: Rgb = (248, 247, 242)
NIGHT: Rgb = (10, 12, 22)
NEUTRAL: Rgb = (160, 166, 184)
MOST_LINES = 3
LEADING = 1.34


@dataclass(frozen=True, slots=True)
class Overlay:
    """A picture laid over the frame at an even position."""

    planes: Planes
    left: int
    top: int


@dataclass(frozen=True, slots=True)
class Page:
    """What is read from frame ``first`` to before ``end``. ``speaker`` is its cast's name."""

    first: int
    end: int
    speaker: str | None
    overlay: Overlay | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """Sizes in pixels for a frame: everything hangs on one unit, 1 at 1280x720."""

    width: int
    height: int
    most_lines: int = MOST_LINES

    @property
    def unit(self) -> float:
        """What every size hangs on."""
        return (self.width * self.height / (1280 * 720)) ** 0.5

    @property
    def margin(self) -> int:
        """Title-safe: nothing to read is nearer to the frame's edge."""
        return even(max(0.06 * self.width, 0.05 * self.height))

    @property
    def text(self) -> int:
        """The line's type size."""
        return max(13, round(38 * self.unit))

    @property
    def panel(self) -> tuple[int, int, int, int]:
        """The dark plate behind the line: left, top, right, bottom."""
        tall = self.text * LEADING * self.most_lines + 56 * self.unit
        bottom = self.height - even(0.055 * self.height)
        return self.margin, even(bottom - tall), self.width - self.margin, bottom


def _trimmed(canvas: Image.Image) -> Overlay | None:
    """Only the part that is not empty, on even edges."""
    box = canvas.getchannel("A").getbbox()
    if box is None:
        return None
    left, top = box[0] // 2 * 2, box[1] // 2 * 2
    right, bottom = (box[2] + 1) // 2 * 2, (box[3] + 1) // 2 * 2
    return Overlay(Planes.of(canvas.crop((left, top, right, bottom))), left, top)


def _rounded(
    canvas: Image.Image, box: Sequence[float], radius: float, fill: tuple[int, ...]
) -> None:
    """A rounded plate with smooth corners."""
    left, top, right, bottom = (round(edge) for edge in box)
    size = ((right - left) * 3, (bottom - top) * 3)
    mask = Image.new("L", size)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, size[0] - 1, size[1] - 1), radius * 3, 255)
    mask = resized(mask, (right - left, bottom - top), SHARP)
    plate = Image.new("RGBA", mask.size, fill[:3])
    plate.putalpha(levelled(mask, lambda v: v * fill[3] / 255))
    canvas.alpha_composite(plate, (left, top))


def _shadowed(layer: Image.Image, radius: float, strength: float) -> Image.Image:
    """The layer over its own soft shadow, which falls a little downwards."""
    alpha = layer.getchannel("A").filter(ImageFilter.GaussianBlur(radius))
    shadow = Image.new("RGBA", layer.size, (0, 0, 0, 0))
    shadow.putalpha(levelled(alpha, lambda v: v * strength))
    ground = Image.new("RGBA", layer.size, (0, 0, 0, 0))
    ground.alpha_composite(shadow, (0, round(radius * 0.5)))
    return Image.alpha_composite(ground, layer)


def frame_plate(sheet: Sheet, title: str, accent: str, *, panel: bool) -> Overlay | None:
    """What stays for the whole scene: its title, and a dark plate where lines will be shown."""
    unit = sheet.unit
    canvas = Image.new("RGBA", (sheet.width, sheet.height), (0, 0, 0, 0))
    if panel:
        _rounded(canvas, sheet.panel, 22 * unit, (*NIGHT, 176))
    face = lettertype.font(max(11, round(22 * unit)), bold=True)
    lines = lettertype.wrap(
        lettertype.drawable(title, face), face, sheet.width - 2 * sheet.margin - 24 * unit
    )
    if lines:
        draw = ImageDraw.Draw(canvas)
        left, top = sheet.margin, even(0.055 * sheet.height)
        bar = (left, top, left + max(3, round(5 * unit)), top + round(30 * unit))
        _rounded(canvas, bar, 2.5 * unit, (*rgb(accent), 255))
        draw.text(
            (left + round(18 * unit), top + round(15 * unit)), lines[0], (*PAPER, 236), face, "lm"
        )
    return _trimmed(_shadowed(canvas, 9 * unit, 0.55))


def _name_plate(canvas: Image.Image, sheet: Sheet, name: str, color: Rgb) -> None:
    unit = sheet.unit
    face = lettertype.font(max(12, round(23 * unit)), bold=True)
    shown = lettertype.wrap(lettertype.drawable(name, face), face, sheet.width * 0.5)
    left, top = sheet.panel[0] + round(28 * unit), sheet.panel[1] - round(21 * unit)
    wide = face.getlength(shown[0]) if shown else 24 * unit
    plate = (left, top, left + wide + 40 * unit, top + 42 * unit)
    _rounded(canvas, plate, 21 * unit, (*color, 255))
    if shown:
        ink = NIGHT if luma(color) > 118 else PAPER  # noqa: PLR2004
        middle = (left + 20 * unit, top + 21 * unit)
        ImageDraw.Draw(canvas).text(middle, shown[0], ink, face, "lm")


@dataclass(frozen=True, slots=True)
class Reading:
    """A line's text as it is broken into one page."""

    speaker: str | None
    lines: tuple[str, ...]
    weight: int


def _page(sheet: Sheet, reading: Reading, colors: Mapping[str, Rgb]) -> Overlay | None:
    unit, name = sheet.unit, reading.speaker
    canvas = Image.new("RGBA", (sheet.width, sheet.height), (0, 0, 0, 0))
    face = lettertype.font(sheet.text)
    left, top, _, bottom = sheet.panel
    step = sheet.text * LEADING
    first = (top + bottom) / 2 - step * (len(reading.lines) - 1) / 2 + (6 * unit if name else 0)
    text = Image.new("RGBA", canvas.size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(text)
    for n, line in enumerate(reading.lines):
        draw.text((left + 30 * unit, first + n * step), line, (*PAPER, 255), face, "lm")
    canvas.alpha_composite(_shadowed(text, 3 * unit, 0.8))
    if name:
        plate = Image.new("RGBA", canvas.size, (0, 0, 0, 0))
        _name_plate(plate, sheet, name, colors.get(name, NEUTRAL))
        canvas.alpha_composite(_shadowed(plate, 5 * unit, 0.6))
    return _trimmed(canvas)


def readings(sheet: Sheet, lines: Sequence[Line]) -> tuple[Reading, ...]:
    """Every page of a scene in turn. A line that cannot be drawn keeps its time, on no page."""
    face = lettertype.font(sheet.text)
    left, _, right, _ = sheet.panel
    found: list[Reading] = []
    for line in lines:
        text = lettertype.drawable(line.text, face)
        groups = lettertype.pages(text, face, right - left - 60 * sheet.unit, MOST_LINES)
        found.extend(
            Reading(line.speaker, tuple(group), words(" ".join(group))) for group in groups
        )
        if not groups:
            found.append(Reading(line.speaker, (), words(line.text)))
    return tuple(found)


def letter(
    sheet: Sheet, found: Sequence[Reading], casts: Sequence[Cast], frames: int
) -> tuple[Page, ...]:
    """The pages drawn, each shown as long as its share of the words."""
    colors = {cast.name: rgb(cast.color) for cast in casts}
    times = spans([reading.weight for reading in found], frames)
    return tuple(
        Page(first, end, reading.speaker, _page(sheet, reading, colors))
        for reading, (first, end) in zip(found, times, strict=True)
        if end > first
    )
