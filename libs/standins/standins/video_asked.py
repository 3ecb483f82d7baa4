"""What a stand-in of a paid video API has understood of an order."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

from starlette.requests import Request

__all__ = ["Asked", "json_of", "mapping", "small"]

LONG_SIDE = 320
"""Clips are drawn this small whatever was asked for: what they show is not their point."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An order as it was read. ``ratio`` is width and height, ``raw`` what was sent."""

    prompt: str
    seconds: int
    ratio: tuple[int, int]
    usd: Decimal
    raw: Mapping[str, Any]
    seed: int = 0
    token: str = ""
    hook: str = ""


def mapping(value: Any) -> dict[str, Any] | None:
    """A JSON object, if it is one."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def small(ratio: tuple[int, int]) -> tuple[int, int]:
    """An even size of a shape."""
    factor = LONG_SIDE / max(ratio)
    width, height = (max(2, round(side * factor / 2) * 2) for side in ratio)
    return width, height


async def json_of(request: Request) -> Any:
    """The body; ``None`` if it is no JSON."""
    try:
        return await request.json()
    except ValueError:
        return None
