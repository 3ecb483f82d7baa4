"""How text is broken into rows: Latin by words, Chinese and Japanese by characters. Pure."""

import bisect
import textwrap
import unicodedata

WIDTH = 42
"""Characters of a row; the common limit for captions."""
WIDE_WIDTH = 18
"""Characters of a row in a script of wide letters."""
WIDE_SHARE = 0.3
ROWS = 2
NOT_FIRST = frozenset("。，、．：；？！）」』】》〉…ー～々ゝ・,.!?;:)]}%”’")  # noqa: RUF001
"""What may not begin a row."""
NOT_LAST = frozenset("（「『【《〈([{“‘")  # noqa: RUF001
"""What may not end one."""
RIGHT_TO_LEFT_MARK = "\u200f"


def wide(text: str) -> bool:
    """Whether a text is written in wide letters."""
    letters = [letter for letter in text if letter.isalnum()]
    count = sum(unicodedata.east_asian_width(letter) in "WF" for letter in letters)
    return count > WIDE_SHARE * len(letters)


def right_to_left(text: str) -> bool:
    """Whether a text runs from right to left: its first letter with a direction says so."""
    for letter in text:
        direction = unicodedata.bidirectional(letter)
        if direction in {"L", "R", "AL"}:
            return direction != "L"
    return False


def row_width(text: str) -> int:
    """How many characters a row of this text may have."""
    return WIDE_WIDTH if wide(text) else WIDTH


def wrapped(text: str, width: int) -> list[str]:
    """Rows of at most ``width`` characters."""
    if not wide(text):
        return textwrap.wrap(text, width)
    rows: list[str] = []
    rest = text.strip()
    while len(rest) > width:
        end = width
        while end > 1 and (rest[end] in NOT_FIRST or rest[end - 1] in NOT_LAST):
            end -= 1
        end = width if end == 1 else end
        rows.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return [*rows, rest] if rest else rows


def even(text: str, count: int) -> list[str]:
    """At most ``count`` parts, broken where that can be, the longest the shortest."""
    widths = range(1, len(text) + 1)
    fits = bisect.bisect_left(widths, True, key=lambda w: len(wrapped(text, w)) <= count)  # noqa: FBT003
    return wrapped(text, widths[min(fits, len(widths) - 1)]) if text else []
