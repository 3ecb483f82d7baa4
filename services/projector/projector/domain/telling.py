"""Of several failures, which one is told: never the one that happened to arrive first."""

from collections.abc import Mapping
from typing import Final, TypeAlias

from contracts.errors import ErrorCode

Failure: TypeAlias = tuple[str | None, str | None]
"""A code of ours, and the message beside it."""

# Ours tells a user least; that somebody gave up explains a failure least of all.
_LATE: Final[Mapping[str | None, int]] = {
    ErrorCode.INTERNAL.value: 1,
    ErrorCode.CANCELLED.value: 2,
}


def clearer(one: Failure, other: Failure) -> Failure:
    """The one to tell; the same in either order."""
    return min(one, other, key=_place)


def _place(failure: Failure) -> tuple[int, str, str]:
    code, message = failure
    return _LATE.get(code, 0), code or "", message or ""
