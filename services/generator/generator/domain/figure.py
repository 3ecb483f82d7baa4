"""What a character looks like, decided by name and colour; and when its mouth moves."""

import hashlib
import math
from dataclasses import dataclass
from enum import StrEnum

from generator.domain.look import Rgb, mix, rgb


class Hair(StrEnum):
    """The shape on a head."""

    SHORT = "short"
    BOB = "bob"
    BUN = "bun"
    CURLS = "curls"
    HAT = "hat"
    LONG = "long"


class Mouth(StrEnum):
    """How far a mouth is open."""

    SHUT = "shut"
    HALF = "half"
    OPEN = "open"


SKINS: tuple[Rgb, ...] = ((255, 222, 194), (242, 196, 158), (206, 150, 112), (158, 108, 82))
CROWNS: tuple[Rgb, ...] = ((42, 30, 34), (74, 46, 34), (112, 62, 40), (168, 126, 78), (92, 90, 100))


@dataclass(frozen=True, slots=True)
class Figure:
    """A head and shoulders; the coat is the character's own colour, which tints the rest."""

    name: str
    hair: Hair
    glasses: bool
    coat: Rgb
    skin: Rgb
    crown: Rgb


def figure(name: str, color: str) -> Figure:
    """The figure for a character; the same name and colour always give the same one."""
    digest = hashlib.sha256(name.casefold().encode()).digest()
    coat = rgb(color)
    return Figure(
        name=name,
        hair=tuple(Hair)[digest[0] % len(Hair)],
        glasses=digest[1] % 4 == 0,
        coat=mix(coat, (20, 22, 40), 0.12),
        skin=mix(SKINS[digest[2] % len(SKINS)], coat, 0.07),
        crown=mix(CROWNS[digest[3] % len(CROWNS)], coat, 0.10),
    )


WIDE, CLOSED = 0.75, -0.2
"""Between these a mouth is half open; a wave reaches from -1.7 to 1.7."""


def mouth(frame: int, fps: int, seed: int) -> Mouth:
    """The mouth of somebody who speaks: about four syllables a second, never a steady beat."""
    t = frame / fps
    wave = math.sin(math.tau * 3.7 * t + seed) + 0.7 * math.sin(math.tau * 5.3 * t + seed * 2)
    if wave > WIDE:
        return Mouth.OPEN
    return Mouth.HALF if wave > CLOSED else Mouth.SHUT


def nod(frame: int, fps: int, *, speaking: bool) -> float:
    """How far a head is lifted: a share of the figure's height, at most 0.01."""
    t = frame / fps
    breath = 0.003 * math.sin(math.tau * 0.28 * t)
    return breath + (0.006 * abs(math.sin(math.tau * 0.9 * t)) if speaking else 0.0)
