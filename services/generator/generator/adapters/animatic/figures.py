"""Characters as flat drawn head-and-shoulders pictures, one per state of the mouth."""

from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from generator.adapters.animatic.planes import Planes, even
from generator.adapters.animatic.raster import levelled, resized
from generator.domain.figure import Figure, Hair, Mouth
from generator.domain.look import Rgb, mix

SHAPE = (480, 760)
"""The drawing board in design units; the figure goes on below its lower edge."""

CHIN = 344 / SHAPE[1]
"""Where the chin is, from the top, as a share of the height."""

SUPERSAMPLE = 2
INK: Rgb = (38, 30, 44)


class _Board:
    """Draws in design units on a larger canvas."""

    def __init__(self, scale: float) -> None:
        self.scale = scale
        self.show(Image.new("RGBA", (self(SHAPE[0]), self(SHAPE[1])), (0, 0, 0, 0)))

    def show(self, image: Image.Image) -> None:
        self.image, self.draw = image, ImageDraw.Draw(image)

    def __call__(self, value: float) -> int:
        return round(value * self.scale)

    def ellipse(self, x: float, y: float, rx: float, ry: float, color: Rgb) -> None:
        box = (self(x - rx), self(y - ry), self(x + rx), self(y + ry))
        self.draw.ellipse(box, (*color, 255))

    def box(self, corners: tuple[float, float, float, float], radius: float, color: Rgb) -> None:
        x0, y0, x1, y1 = (self(corner) for corner in corners)
        self.draw.rounded_rectangle((x0, y0, x1, y1), self(radius), (*color, 255))

    def arc(
        self,
        at: tuple[float, float],
        radii: tuple[float, float],
        turn: tuple[int, int],
        wide: float,
    ) -> None:
        (x, y), (rx, ry) = at, radii
        box = (self(x - rx), self(y - ry), self(x + rx), self(y + ry))
        self.draw.arc(box, *turn, (*INK, 255), self(wide))


def _back_hair(board: _Board, who: Figure) -> None:
    if who.hair is Hair.LONG:
        board.box((148, 120, 332, 400), 84, who.crown)
    elif who.hair is Hair.BOB:
        board.box((146, 112, 334, 304), 76, who.crown)
    elif who.hair is Hair.BUN:
        board.ellipse(240, 84, 46, 44, who.crown)
    elif who.hair is Hair.CURLS:
        for x, y in ((162, 190), (158, 236), (318, 190), (322, 236), (176, 150), (304, 150)):
            board.ellipse(x, y, 40, 40, who.crown)


def _body(board: _Board, who: Figure) -> None:
    shade = mix(who.coat, INK, 0.30)
    board.box((66, 392, 414, 1000), 122, who.coat)
    board.box((206, 318, 274, 424), 30, mix(who.skin, INK, 0.16))
    board.draw.polygon(
        [(board(186), board(394)), (board(240), board(468)), (board(294), board(394))],
        (*mix(who.skin, INK, 0.10), 255),
    )
    for x0, x1 in ((186, 222), (294, 258)):
        points = [(x0, 388), (240, 470), (x1, 520), (x0 + (x0 - 240) * 0.35, 410)]
        board.draw.polygon([(board(x), board(y)) for x, y in points], (*shade, 255))


def _head(board: _Board, who: Figure) -> None:
    board.ellipse(154, 236, 17, 24, mix(who.skin, INK, 0.12))
    board.ellipse(326, 236, 17, 24, mix(who.skin, INK, 0.12))
    board.box((160, 124, 320, 344), 80, who.skin)
    if who.hair is Hair.HAT:
        board.box((152, 96, 328, 176), 56, mix(who.coat, INK, 0.42))
        board.box((132, 158, 348, 184), 13, mix(who.coat, INK, 0.55))
        return
    top = (*who.crown, 255)
    fringe = (board(150), board(98), board(330), board(262))
    board.draw.chord(fringe, 186, 354, top)
    if who.hair is Hair.CURLS:
        for x, y in ((182, 122), (216, 106), (252, 104), (288, 116), (308, 140), (172, 146)):
            board.ellipse(x, y, 30, 28, who.crown)
    elif who.hair in {Hair.LONG, Hair.BOB}:
        board.draw.pieslice((board(150), board(96), board(360), board(300)), 182, 262, top)


def _face(board: _Board, who: Figure, state: Mouth) -> None:
    for x in (204, 276):
        board.ellipse(x, 232, 9.5, 11.5, INK)
        board.ellipse(x + 3, 228, 3, 3, (255, 255, 255))
        board.arc((x, 214), (17, 9), (205, 335), 5)
    blush = mix(who.skin, (240, 110, 110), 0.28)
    board.ellipse(184, 268, 16, 10, blush)
    board.ellipse(296, 268, 16, 10, blush)
    board.arc((240, 254), (9, 8), (30, 150), 4)
    if who.glasses:
        for x in (204, 276):
            board.arc((x, 232), (27, 25), (0, 360), 5)
        board.arc((240, 232), (12, 8), (200, 340), 5)
    if state is Mouth.SHUT:
        board.arc((240, 284), (24, 14), (25, 155), 6)
        return
    open_by = 9 if state is Mouth.HALF else 16
    board.ellipse(240, 298, 20, open_by, mix(INK, (150, 30, 50), 0.35))
    board.ellipse(240, 298 + open_by * 0.45, 12, open_by * 0.45, (226, 104, 112))


def _shaded(picture: Image.Image) -> Image.Image:
    """Light from above: the figure darkens towards its foot."""
    ramp = levelled(resized(Image.linear_gradient("L"), picture.size), lambda v: v * 0.36)
    alpha = picture.getchannel("A")
    shade = Image.composite(ramp, Image.new("L", picture.size), alpha)
    picture.paste((10, 10, 24), (0, 0), shade)
    picture.putalpha(alpha)
    return picture


def _halo(alpha: Image.Image, radius: float) -> Image.Image:
    """A soft dark rim behind, so that the figure stands off every background."""
    ground = Image.new("RGBA", alpha.size, (6, 8, 18, 0))
    ground.putalpha(levelled(alpha.filter(ImageFilter.GaussianBlur(radius)), lambda v: v * 0.47))
    return ground


@dataclass(frozen=True, slots=True)
class Portrait:
    """A figure by the state of its mouth, and listening to another, which is darker."""

    speaking: dict[Mouth, Planes]
    listening: Planes


def portrait(who: Figure, height: int) -> Portrait:
    """A figure ``height`` pixels tall in all its states; only the face is drawn for each."""
    size = (even(height * SHAPE[0] / SHAPE[1]), even(height))
    board = _Board(size[1] / SHAPE[1] * SUPERSAMPLE)
    _back_hair(board, who)
    _body(board, who)
    _head(board, who)
    bare = _shaded(board.image)
    halo = _halo(resized(bare.getchannel("A"), size), height * 0.012)
    bleed = mix(who.coat, INK, 0.7)
    faces: dict[Mouth, Image.Image] = {}
    for state in Mouth:
        board.show(bare.copy())
        _face(board, who, state)
        faces[state] = resized(board.image, size)

    def planes(picture: Image.Image) -> Planes:
        return Planes.of(Image.alpha_composite(halo, picture), bleed=bleed)

    return Portrait(
        {state: planes(face) for state, face in faces.items()}, planes(_dimmed(faces[Mouth.SHUT]))
    )


def _dimmed(picture: Image.Image) -> Image.Image:
    dark = ImageEnhance.Brightness(picture.convert("RGB")).enhance(0.74).convert("RGBA")
    dark.putalpha(picture.getchannel("A"))
    return dark
