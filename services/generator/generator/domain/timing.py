"""When each line of a scene is on screen, in frames."""

from collections.abc import Sequence
from itertools import pairwise


def spans(weights: Sequence[int], frames: int) -> list[tuple[int, int]]:
    """Share ``frames`` by weight: one ``(first, end)`` each, contiguous, ``end`` exclusive.

    The stitcher's captions share a scene by words in the same way, so both change together.
    """
    total = sum(weights) or 1
    edges, done = [0], 0
    for weight in weights:
        done += weight
        edges.append(round(frames * done / total))
    return list(pairwise(edges))


def words(text: str) -> int:
    """How many words are spoken; a text without spaces counts twelve characters a word."""
    spaced = len(text.split())
    return max(spaced, len(text.strip()) // 12, 1)
