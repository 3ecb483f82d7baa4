"""The background of a scene: sky, light, landscape, vignette; larger than the frame by a margin."""

import random

from PIL import Image, ImageDraw, ImageFilter

from generator.adapters.animatic.motifs import PAINTERS, glow
from generator.adapters.animatic.raster import levelled, resized
from generator.domain.look import Look, Motif, mix

SUPERSAMPLE = 2
"""Drawn this many times larger and then reduced, so that no edge is jagged."""


def _sky(size: tuple[int, int], look: Look, rng: random.Random) -> Image.Image:
    """A mesh of colours, each a little off, blown up and blurred so that no cell shows."""
    rows = (look.top, mix(look.top, look.middle, 0.6), look.middle, look.horizon, look.horizon)
    mesh = Image.new("RGB", (4, len(rows)))
    for y, row in enumerate(rows):
        for x in range(4):
            mesh.putpixel((x, y), mix(row, look.horizon, rng.uniform(0, 0.14)))
    small = resized(mesh, (160, 100))
    return resized(small.filter(ImageFilter.GaussianBlur(9)), size)


def _light(canvas: Image.Image, look: Look, rng: random.Random) -> None:
    width, height = canvas.size
    x = width * look.sun
    if look.motif is Motif.LIGHTS:
        glow(canvas, (x, height * 0.3), width * 0.4, look.light, 0.35)
        return
    y = height * (0.26 if look.motif is Motif.NIGHT else rng.uniform(0.34, 0.46))
    radius = height * (0.055 if look.motif is Motif.NIGHT else 0.075)
    glow(canvas, (x, y), height * 0.62, look.light, 0.42)
    glow(canvas, (x, y), height * 0.24, look.light, 0.65)
    ImageDraw.Draw(canvas).ellipse((x - radius, y - radius, x + radius, y + radius), look.light)


def _grain(size: tuple[int, int], rng: random.Random) -> Image.Image:
    """Noise of a level or two: without it, smooth dark skies break into visible bands."""
    noise = Image.frombytes("L", size, rng.randbytes(size[0] * size[1]))
    return Image.merge("RGB", (noise, noise, noise))


def paint(look: Look, size: tuple[int, int]) -> Image.Image:
    """The whole background as RGB of ``size`` (pixels)."""
    rng = random.Random(look.seed)  # noqa: S311
    big = (size[0] * SUPERSAMPLE, size[1] * SUPERSAMPLE)
    canvas = _sky(big, look, rng)
    if look.motif is Motif.NIGHT:
        PAINTERS[look.motif](canvas, look, rng)
        _light(canvas, look, rng)
    else:
        _light(canvas, look, rng)
        PAINTERS[look.motif](canvas, look, rng)
    picture = canvas.reduce(SUPERSAMPLE)
    edge = resized(Image.radial_gradient("L"), size)
    shade = levelled(edge, lambda v: (v - 90) * 0.62)
    picture.paste(mix(look.ground, (0, 0, 0), 0.6), (0, 0), shade)
    return Image.blend(picture, _grain(size, rng), 0.006)
