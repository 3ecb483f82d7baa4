"""What stands in the landscape, back to front: one painter per motif.

Painters draw on an RGB canvas larger than the frame; ``rng`` decides every detail.
"""

import math
import random
from collections.abc import Callable

from PIL import Image, ImageDraw

from generator.adapters.animatic.raster import levelled, resized
from generator.domain.look import Look, Motif, Rgb, mix

Painter = Callable[[Image.Image, Look, random.Random], None]

RIM = 181
"""Pillow's radial gradient: 0 in the middle, this in the middle of an edge, 255 in the corners."""

_GLOW = levelled(Image.radial_gradient("L"), lambda v: 255 * (max(0, RIM - v) / RIM) ** 2)


def glow(
    canvas: Image.Image, at: tuple[float, float], radius: float, color: Rgb, strength: float
) -> None:
    """A soft round light. ``at`` and ``radius`` in pixels; ``strength`` 0..1."""
    side = max(2, round(radius * 2))
    mask = levelled(resized(_GLOW, (side, side)), lambda v: v * strength)
    canvas.paste(color, (round(at[0] - side / 2), round(at[1] - side / 2)), mask)


def _haze(canvas: Image.Image, top: float, bottom: float, color: Rgb, strength: float) -> None:
    """Mist that thickens downwards from ``top`` to ``bottom`` (pixels)."""
    height = max(2, round(bottom - top))
    ramp = resized(Image.linear_gradient("L"), (canvas.width, height))
    canvas.paste(color, (0, round(top)), levelled(ramp, lambda v: v * strength))


def _ridge(
    canvas: Image.Image, rng: random.Random, base: float, *, rise: float, rough: float, color: Rgb
) -> list[tuple[float, float]]:
    """A hill line with the ground below it; returns its points, left to right."""
    width, height = canvas.size
    waves = [
        (rough * 2**n * rng.uniform(0.8, 1.25), rng.uniform(0, math.tau), 0.55**n) for n in range(6)
    ]
    points: list[tuple[float, float]] = []
    for x in range(0, width + 8, 6):
        lift = sum(math.sin(f * math.tau * x / width + p) * a for f, p, a in waves) / 2
        points.append((x, base - rise * (0.5 + 0.5 * lift)))
    ImageDraw.Draw(canvas).polygon([(0, height), *points, (width, height)], fill=color)
    return points


def hills(canvas: Image.Image, look: Look, rng: random.Random) -> None:
    """Five ridges, pale far away and dark in front."""
    height = canvas.height
    for n in range(5):
        depth = n / 4
        color = mix(mix(look.horizon, look.middle, 0.45), look.ground, depth**0.8)
        base = height * (0.60 + 0.13 * n)
        rise = height * (0.26 - 0.03 * n)
        _ridge(canvas, rng, base, rise=rise, rough=1.1 + 0.35 * n, color=color)
        _haze(canvas, base - height * 0.10, base + height * 0.06, look.horizon, 0.22 * (1 - depth))


def _tower(
    canvas: Image.Image, rng: random.Random, box: tuple[int, int, int, int], look: Look, lit: float
) -> None:
    draw = ImageDraw.Draw(canvas)
    left, top, right, bottom = box
    step = max(6, round(canvas.height / 62))
    for y in range(top + step, bottom - step, step):
        for x in range(left + step // 2, right - step, step):
            if rng.random() < lit:
                warm = mix(look.light, (255, 190, 110), rng.random() * 0.8)
                draw.rectangle((x, y, x + step // 2, y + round(step * 0.55)), fill=warm)


MASTS = 0.3
"""The share of towers with a mast."""


def city(canvas: Image.Image, look: Look, rng: random.Random) -> None:
    """Three rows of towers; windows are lit in the nearer ones."""
    width, height = canvas.size
    draw = ImageDraw.Draw(canvas)
    for row in range(3):
        color = mix(mix(look.horizon, look.middle, 0.6), look.ground, (0.15, 0.62, 1.0)[row])
        x = -round(width * rng.uniform(0, 0.06))
        while x < width:
            wide = round(width * rng.uniform(0.045, 0.10))
            tall = height * rng.uniform((0.34, 0.24, 0.12)[row], (0.62, 0.50, 0.32)[row])
            top = round(height * (0.94, 1.0, 1.02)[row] - tall)
            draw.rectangle((x, top, x + wide, height), fill=color)
            if rng.random() < MASTS:
                mast = round(wide * 0.5)
                draw.line((x + mast, top, x + mast, top - height * 0.05), fill=color, width=4)
            if row:
                _tower(canvas, rng, (x, top, x + wide, height), look, (0, 0.20, 0.30)[row])
            x += wide + round(width * rng.uniform(0.0, 0.012))
        _haze(canvas, height * 0.55, height, look.horizon, (0.42, 0.16, 0.0)[row])


def sea(canvas: Image.Image, look: Look, rng: random.Random) -> None:
    """Water to the horizon with the light's path on it."""
    width, height = canvas.size
    line = round(height * 0.56)
    far = mix(look.horizon, look.middle, 0.55)
    isle = mix(far, look.top, 0.25)
    _ridge(canvas, rng, line + height * 0.01, rise=height * 0.09, rough=1.4, color=isle)
    water = Image.new("RGB", (1, 3))
    for n, color in enumerate((mix(far, look.top, 0.35), look.top, look.ground)):
        water.putpixel((0, n), color)
    canvas.paste(resized(water, (width, height - line)), (0, line))
    draw = ImageDraw.Draw(canvas, "RGBA")
    centre = width * look.sun
    for _ in range(520):
        down = rng.random() ** 1.6
        y = line + 4 + down * (height - line)
        spread = width * (0.025 + 0.20 * down)
        x = rng.gauss(centre, spread)
        long = width * (0.006 + 0.03 * down) * rng.uniform(0.5, 1.4)
        thick = max(1.0, height * 0.0045 * (0.4 + down))
        alpha = round(190 * (1 - 0.72 * down) * math.exp(-(((x - centre) / (spread * 1.6)) ** 2)))
        draw.ellipse((x - long, y, x + long, y + thick), fill=(*look.light, alpha))


def _pine(canvas: Image.Image, x: float, foot: float, tall: float, color: Rgb) -> None:
    draw = ImageDraw.Draw(canvas)
    for n in range(5):
        top = foot - tall * (1 - 0.17 * n)
        half = tall * (0.07 + 0.045 * n)
        draw.polygon(
            [(x, top), (x - half, top + tall * 0.34), (x + half, top + tall * 0.34)], color
        )
    draw.rectangle((x - tall * 0.02, foot - tall * 0.1, x + tall * 0.02, foot + tall * 0.3), color)


def forest(canvas: Image.Image, look: Look, rng: random.Random) -> None:
    """Four rows of pines in mist."""
    width, height = canvas.size
    green = mix(look.ground, (18, 70, 52), 0.45)
    for row in range(4):
        depth = row / 3
        color = mix(mix(look.horizon, look.middle, 0.5), green, 0.18 + 0.82 * depth)
        foot = height * (0.64 + 0.13 * row)
        points = _ridge(canvas, rng, foot, rise=height * 0.10, rough=1.2 + 0.4 * row, color=color)
        gap = (4, 6, 9, 14)[row]
        for x, y in points[:: gap // 2 + 1]:
            tall = height * (0.10 + 0.075 * row) * rng.uniform(0.7, 1.35)
            _pine(canvas, x + rng.uniform(-8, 8) * (row + 1), y + tall * 0.12, tall, color)
        _haze(canvas, foot - height * 0.12, foot + height * 0.08, look.horizon, 0.34 * (1 - depth))
        if depth < 1:
            glow(canvas, (width * rng.random(), foot), width * 0.35, look.horizon, 0.22)


def night(canvas: Image.Image, look: Look, rng: random.Random) -> None:
    """Stars and a faint band of cloud over dark ridges."""
    width, height = canvas.size
    for _ in range(9):
        at = rng.random()
        tint = mix(look.horizon, rng.choice([(150, 90, 210), (60, 130, 220), (220, 110, 150)]), 0.5)
        y = height * (0.62 - 0.5 * at + rng.uniform(-0.08, 0.08))
        glow(canvas, (width * at, y), width * rng.uniform(0.12, 0.24), tint, 0.30)
    draw = ImageDraw.Draw(canvas, "RGBA")
    for _ in range(420):
        x, y = rng.random() * width, rng.random() ** 1.3 * height * 0.72
        size = height * rng.choice([0.0009, 0.0009, 0.0013, 0.0019])
        bright = round(255 * rng.uniform(0.35, 1.0))
        draw.ellipse((x - size, y - size, x + size, y + size), fill=(*look.light, bright))
    for n in range(3):
        base = height * (0.80 + 0.09 * n)
        color = mix(mix(look.horizon, look.middle, 0.7), look.ground, 0.35 + 0.32 * n)
        points = _ridge(canvas, rng, base, rise=height * 0.17, rough=1.2 + 0.5 * n, color=color)
        if n:
            for x, y in points[:: 5 + 2 * n]:
                tall = height * 0.07 * n * rng.uniform(0.6, 1.3)
                _pine(canvas, x + rng.uniform(-15, 15), y + tall * 0.15, tall, look.ground)


def lights(canvas: Image.Image, look: Look, rng: random.Random) -> None:
    """A room out of focus: round lights in several sizes."""
    width, height = canvas.size
    draw = ImageDraw.Draw(canvas, "RGBA")
    tints = [look.light, mix(look.light, look.horizon, 0.6), mix(look.light, (120, 190, 255), 0.7)]
    for n in range(46):
        radius = height * rng.uniform(0.012, 0.03 + 0.06 * (n / 46))
        x, y = rng.random() * width, height * (0.08 + 0.66 * rng.random())
        tint = rng.choice(tints)
        alpha = round(rng.uniform(26, 92))
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(*tint, alpha))
        edge = max(1, round(radius * 0.07))
        draw.ellipse(
            (x - radius, y - radius, x + radius, y + radius),
            outline=(*tint, alpha + 40),
            width=edge,
        )
    _haze(canvas, height * 0.68, height, look.ground, 0.9)
    glow(canvas, (width * 0.5, height * 0.95), width * 0.5, look.horizon, 0.25)


PAINTERS: dict[Motif, Painter] = {
    Motif.HILLS: hills,
    Motif.CITY: city,
    Motif.SEA: sea,
    Motif.FOREST: forest,
    Motif.NIGHT: night,
    Motif.LIGHTS: lights,
}
