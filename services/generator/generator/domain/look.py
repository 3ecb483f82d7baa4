"""What a scene looks like: its motif and colours, decided by its words alone.

The same prompt always gives the same look, so a scene that is made again is the same picture.
"""

import colorsys
import hashlib
import random
import re
from dataclasses import dataclass
from enum import StrEnum

Rgb = tuple[int, int, int]


class Motif(StrEnum):
    """What the background shows."""

    HILLS = "hills"
    CITY = "city"
    SEA = "sea"
    FOREST = "forest"
    NIGHT = "night"
    LIGHTS = "lights"


WORDS: dict[Motif, str] = {
    Motif.CITY: "city street town building traffic urban bridge tower skyline market station bus",
    Motif.SEA: "sea ocean beach water wave ship boat lake river coast harbour harbor island ferry",
    Motif.FOREST: "forest tree wood jungle garden park leaf plant animal bird farm seed soil",
    Motif.NIGHT: "night star space moon planet galaxy rocket dream dark orbit astronaut midnight",
    Motif.LIGHTS: "studio room stage party concert kitchen cafe bar house school class office lab "
    "bakery oven bread loaf flour dough shop library candle lantern lamp window table",
    Motif.HILLS: "mountain hill valley desert road travel field snow sunrise sunset village dawn",
}

SPOKEN = 2
"""How much more a word counts that is spoken in the scene; the prompt also tells of the film."""

BLUE = 0.62
"""The hue skies keep near to; the accent only pulls it aside."""


@dataclass(frozen=True, slots=True)
class Look:
    """Colours run from the sky's top to the ground in front; ``light`` is the sun, moon or lamp.

    ``sun`` is where it stands, a share of the width: to the left, where single figures are not.
    """

    seed: int
    motif: Motif
    sun: float
    top: Rgb
    middle: Rgb
    horizon: Rgb
    ground: Rgb
    light: Rgb


def mix(a: Rgb, b: Rgb, share: float) -> Rgb:
    """``share`` 0 is ``a``, 1 is ``b``."""
    red, green, blue = (round(x + (y - x) * share) for x, y in zip(a, b, strict=True))
    return red, green, blue


def rgb(color: str) -> Rgb:
    """``#rrggbb`` to numbers."""
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def luma(color: Rgb) -> float:
    """Brightness as seen, 0..255 (BT.709)."""
    return 0.2126 * color[0] + 0.7152 * color[1] + 0.0722 * color[2]


def _hls(hue: float, light: float, saturation: float) -> Rgb:
    red, green, blue = colorsys.hls_to_rgb(hue % 1.0, light, saturation)
    return round(red * 255), round(green * 255), round(blue * 255)


def _words(text: str) -> set[str]:
    return {word.removesuffix("s") for word in re.findall(r"[a-z]+", text.lower())}


def _motif(prompt: str, spoken: str, rng: random.Random) -> Motif:
    told, said = _words(prompt), _words(spoken)
    counts = {
        motif: len(told & set(words.split())) + SPOKEN * len(said & set(words.split()))
        for motif, words in WORDS.items()
    }
    best = max(counts.values())
    return rng.choice([motif for motif in Motif if counts[motif] == best])


def look(prompt: str, spoken: str, style: str, accent: str) -> Look:
    """The look for a prompt and the words ``spoken`` in the scene.

    ``accent`` is the main speaker's ``#rrggbb`` and tints the sky.
    """
    digest = hashlib.sha256(f"{prompt}\n{style}".encode()).digest()
    seed = int.from_bytes(digest[:8])
    rng = random.Random(seed)  # noqa: S311
    motif = _motif(prompt, spoken, rng)
    sun = rng.uniform(0.2, 0.5)
    red, green, blue = (part / 255 for part in rgb(accent))
    hue, _, _ = colorsys.rgb_to_hls(red, green, blue)
    away = (hue - BLUE + 0.5) % 1.0 - 0.5
    cool = BLUE + min(0.13, max(-0.10, away * 0.5)) + rng.uniform(-0.03, 0.03)
    warm = rng.choice([0.03, 0.06, 0.09, 0.94, 0.98])
    if motif is Motif.NIGHT:
        return Look(
            seed, motif, sun,
            _hls(cool, 0.07, 0.55), _hls(cool + 0.04, 0.17, 0.55), _hls(cool + 0.1, 0.34, 0.45),
            _hls(cool, 0.05, 0.4), (235, 238, 255),
        )  # fmt: skip
    if motif is Motif.LIGHTS:
        warm = rng.uniform(0.04, 0.10)
        return Look(
            seed, motif, sun,
            _hls(cool + 0.05, 0.10, 0.45), _hls(warm + 0.02, 0.20, 0.40), _hls(warm, 0.36, 0.5),
            _hls(cool, 0.08, 0.35), _hls(warm + 0.04, 0.70, 0.95),
        )  # fmt: skip
    return Look(
        seed, motif, sun,
        _hls(cool, 0.24, 0.55), _hls(cool + 0.14, 0.46, 0.42), _hls(warm, 0.72, 0.82),
        _hls(cool - 0.02, 0.10, 0.42), _hls(warm + 0.05, 0.88, 0.95),
    )  # fmt: skip
