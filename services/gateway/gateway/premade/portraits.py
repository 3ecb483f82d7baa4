"""Draws the portraits of the premade cast: the same person, the same picture."""

import io
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageDraw

from gateway.premade.people import Person

SIZE: Final = 768
_FINE: Final = 2  # drawn so many times larger, then made small: smooth edges
_UNITS: Final = 100  # the picture's side in the units drawn in

Box = tuple[float, float, float, float]


def portrait(person: Person) -> bytes:
    """A square PNG of ``SIZE`` pixels."""
    side = SIZE * _FINE
    image = Image.new("RGB", (side, side), person.ground)
    pen = _Pen(ImageDraw.Draw(image), side / _UNITS)
    _ground(pen, person)
    _hair_behind(pen, person)
    _body(pen, person)
    _face(pen, person)
    _hair_before(pen, person)
    _extras(pen, person)
    buffer = io.BytesIO()
    image.resize((SIZE, SIZE), Image.Resampling.LANCZOS).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


@dataclass(frozen=True, slots=True)
class _Pen:
    """Draws in hundredths of the picture's side."""

    draw: ImageDraw.ImageDraw
    unit: float

    def _box(self, box: Box) -> Box:
        left, top, right, bottom = (value * self.unit for value in box)
        return left, top, right, bottom

    def oval(self, box: Box, fill: str) -> None:
        self.draw.ellipse(self._box(box), fill)

    def ring(self, box: Box, color: str, width: float) -> None:
        self.draw.ellipse(self._box(box), outline=color, width=round(width * self.unit))

    def slab(self, box: Box, radius: float, fill: str) -> None:
        self.draw.rounded_rectangle(self._box(box), radius * self.unit, fill)

    def arc(self, box: Box, angles: tuple[float, float], color: str, width: float) -> None:
        self.draw.arc(self._box(box), *angles, color, round(width * self.unit))

    def slice(self, box: Box, angles: tuple[float, float], fill: str) -> None:
        self.draw.chord(self._box(box), *angles, fill)

    def shape(self, points: list[tuple[float, float]], fill: str) -> None:
        self.draw.polygon([(x * self.unit, y * self.unit) for x, y in points], fill)

    def line(self, points: list[tuple[float, float]], color: str, width: float) -> None:
        scaled = [(x * self.unit, y * self.unit) for x, y in points]
        self.draw.line(scaled, color, round(width * self.unit), joint="curve")


def _mixed(color: str, other: str, share: float) -> str:
    """``color`` with a share of another one, as #rrggbb."""
    mixed = (
        round(int(color[at : at + 2], 16) * (1 - share) + int(other[at : at + 2], 16) * share)
        for at in (1, 3, 5)
    )
    return "#" + "".join(f"{value:02x}" for value in mixed)


def _darker(color: str, share: float = 0.2) -> str:
    return _mixed(color, "#201820", share)


def _lighter(color: str, share: float = 0.25) -> str:
    return _mixed(color, "#ffffff", share)


def _ground(pen: _Pen, person: Person) -> None:
    for step in range(6):
        reach = 62 - step * 7
        color = _lighter(person.ground, 0.06 * (step + 1))
        pen.oval((50 - reach, 46 - reach, 50 + reach, 46 + reach), color)


def _hair_behind(pen: _Pen, person: Person) -> None:
    color = _darker(person.hair_color, 0.15)
    match person.hair:
        case "bob":
            pen.slab((26, 18, 74, 64), 20, color)
        case "long":
            pen.slab((25, 16, 75, 92), 22, color)
        case "curls":
            for x, y in ((32, 26), (40, 18), (50, 15), (60, 18), (68, 26), (70, 38), (30, 38)):
                pen.oval((x - 11, y - 11, x + 11, y + 11), color)
        case "bun":
            pen.oval((39, 4, 61, 26), color)
            pen.oval((29, 15, 71, 56), color)
        case "braids":
            pen.slab((28, 17, 72, 56), 20, color)
        case "short" | "swept":
            pen.oval((30, 15, 70, 52), color)
        case "bald":
            pass


def _body(pen: _Pen, person: Person) -> None:
    pen.slab((14, 76, 86, 130), 22, person.clothes)
    pen.slab((14, 92, 26, 130), 4, _darker(person.clothes, 0.1))
    pen.slab((74, 92, 86, 130), 4, _darker(person.clothes, 0.1))
    pen.slab((42, 58, 58, 84), 6, _darker(person.skin, 0.14))
    pen.slice((38, 70, 62, 92), (0, 180), _darker(person.skin, 0.14))
    pen.shape([(36, 77), (42, 75), (50, 90), (42, 95)], person.trim)
    pen.shape([(64, 77), (58, 75), (50, 90), (58, 95)], person.trim)
    pen.line([(50, 90), (50, 100)], _darker(person.clothes, 0.25), 0.7)


def _face(pen: _Pen, person: Person) -> None:
    skin, shade = person.skin, _darker(person.skin, 0.14)
    for x in (31, 69):
        pen.oval((x - 4, 41, x + 4, 52), shade)
    pen.slab((32, 22, 68, 69), 18, skin)
    for x in (38.5, 61.5):
        pen.oval((x - 4, 53, x + 4, 58.5), _mixed(skin, "#e0606a", 0.22))
    for x in (41.5, 58.5):
        pen.oval((x - 4, 42.5, x + 4, 49), "#fbf8f4")
        pen.oval((x - 2.4, 43, x + 2.4, 48.6), person.eyes)
        pen.oval((x - 1.2, 44.4, x + 1.2, 47.4), "#171215")
        pen.oval((x + 0.2, 43.8, x + 1.5, 45.1), "#ffffff")
        pen.arc((x - 4.2, 42.1, x + 4.2, 49.6), (200, 340), "#2a2022", 0.8)
        brow = person.hair_color if person.hair != "bald" else "#c9c2ba"
        pen.arc((x - 5, 37.6, x + 5, 44), (205, 335), _darker(brow, 0.15), 1.3)
    pen.arc((47, 48, 53, 55), (20, 160), shade, 1.0)
    pen.slice((44, 55, 56, 63), (10, 170), "#a8434c")
    pen.slice((45.6, 56.6, 54.4, 61), (10, 170), "#fbf3ee")
    if person.freckles:
        for x, y in ((36, 52), (38.5, 51), (40, 53), (60, 53), (61.5, 51), (64, 52)):
            pen.oval((x - 0.5, y - 0.5, x + 0.5, y + 0.5), _darker(skin, 0.25))


def _hair_before(pen: _Pen, person: Person) -> None:  # noqa: C901 - one case a style
    color, sheen = person.hair_color, _lighter(person.hair_color, 0.14)
    match person.hair:
        case "bob":
            pen.slice((29, 14, 71, 52), (180, 360), color)
            pen.slab((27, 30, 34, 60), 3, color)
            pen.slab((66, 30, 73, 60), 3, color)
        case "long":
            pen.shape([(30, 36), (33, 22), (46, 16), (52, 19), (44, 27), (34, 38)], color)
            pen.shape([(70, 36), (67, 22), (54, 16), (48, 19), (56, 27), (66, 38)], color)
            pen.slab((26, 32, 33, 84), 3, color)
            pen.slab((67, 32, 74, 84), 3, color)
        case "curls":
            for x, y in ((36, 25), (43, 22), (50, 21), (57, 22), (64, 25)):
                pen.oval((x - 6.5, y - 6.5, x + 6.5, y + 6.5), color)
        case "bun":
            pen.slice((31, 15, 69, 50), (185, 355), color)
            pen.arc((40, 5, 60, 25), (200, 320), sheen, 1.2)
        case "braids":
            pen.shape([(31, 38), (34, 23), (50, 17), (50, 24), (36, 34)], color)
            pen.shape([(69, 38), (66, 23), (50, 17), (50, 24), (64, 34)], color)
            for x in (27, 73):
                for knot in range(6):
                    top = 50 + knot * 6.5
                    pen.oval((x - 5, top, x + 5, top + 9), color if knot % 2 else sheen)
        case "short":
            pen.slice((31, 14, 69, 50), (190, 350), color)
        case "swept":
            pen.shape([(31, 36), (32, 22), (44, 14), (62, 16), (70, 26), (69, 36), (60, 26)], color)
            pen.line([(38, 24), (50, 19), (62, 21)], sheen, 0.9)
        case "bald":
            pen.arc((36, 20, 64, 44), (215, 275), _lighter(person.skin, 0.35), 1.4)


def _extras(pen: _Pen, person: Person) -> None:
    if person.beard:
        color = person.hair_color
        pen.slice((32, 34, 68, 75), (15, 165), color)
        pen.slab((42, 54.6, 58, 57.4), 1.4, color)
        pen.slice((45, 57.5, 55, 62.5), (10, 170), "#8f3a42")
    if person.glasses:
        for x in (41.5, 58.5):
            pen.ring((x - 6.6, 39.6, x + 6.6, 52.4), "#2c2a30", 1.0)
        pen.arc((47.2, 43, 52.8, 49), (190, 350), "#2c2a30", 1.0)
    if person.earrings:
        for x in (30, 70):
            pen.ring((x - 2.2, 51, x + 2.2, 56), "#e2b84f", 0.9)
    if person.scarf:
        pen.slab((32, 70, 68, 81), 5, "#b23a3f")
        pen.slab((56, 76, 66, 104), 3, "#9c3036")
        pen.line([(36, 75.5), (64, 75.5)], "#c95a5e", 0.8)
