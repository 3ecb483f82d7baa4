"""Pillow's two calls that change every pixel, with the types Pillow leaves open."""

from collections.abc import Callable
from typing import Any

from PIL import Image

SMOOTH = Image.Resampling.BICUBIC
SHARP = Image.Resampling.LANCZOS


def resized(
    picture: Image.Image, size: tuple[int, int], how: Image.Resampling = SMOOTH
) -> Image.Image:
    """The whole picture at another size (pixels)."""
    untyped: Any = picture.resize  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    scaled: Image.Image = untyped(size, how)
    return scaled


def levelled(plane: Image.Image, level: Callable[[int], float]) -> Image.Image:
    """A plane of 8 bits with every value 0..255 replaced by ``level`` of it."""
    table = [min(255, max(0, round(level(value)))) for value in range(256)]
    untyped: Any = plane.point  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    changed: Image.Image = untyped(table)
    return changed
