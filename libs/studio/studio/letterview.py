"""Shows dead letters: tables of many, one in full."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from rich.table import Column, Table
from rich.text import Text
from runtime.letters import Group, Letter

_ID_LENGTH: Final = 36
_LONGEST_BODY: Final = 4_096
_ROW: Final = 16


def groups_table(groups: Sequence[Group], now: datetime) -> Table:
    """How many letters there are, one line per service, reason and source."""
    settled = any(group.redriven or group.dropped for group in groups)
    more = ("put back", "dropped") if settled else ()
    table = Table("service", "reason", "from", "open", *more, "oldest", "newest", box=None)
    for group in groups:
        counts = (group.redriven, group.dropped) if settled else ()
        cells = (
            *(group.service, group.reason, group.topic, str(group.open)),
            *(str(count) for count in counts),
            *(age(now - group.oldest), age(now - group.newest)),
        )
        table.add_row(*(Text(_plain(cell)) for cell in cells))
    return table


def letters_table(letters: Sequence[Letter], now: datetime) -> Table:
    """Letters, one per line."""
    own = Column("id", no_wrap=True, min_width=_ID_LENGTH)  # to be copied into 'show'
    table = Table(own, "service", "reason", "from", "state", "age", box=None)
    for letter in letters:
        cells = (
            *(str(letter.id), letter.service, letter.reason, _place(letter)),
            *(letter.state, age(now - letter.at)),
        )
        table.add_row(*(Text(_plain(cell)) for cell in cells))
    return table


def letter_lines(letter: Letter, now: datetime) -> Iterator[str]:
    """Everything about one letter."""
    rows = (
        ("id", str(letter.id)),
        ("service", letter.service),
        ("reason", letter.reason),
        ("error", letter.error),
        ("from", _place(letter)),
        ("set aside", f"{letter.at:%Y-%m-%d %H:%M:%S} UTC, {age(now - letter.at)} ago"),
        ("state", letter.state + (f", {letter.redrives} times" if letter.redrives > 1 else "")),
        ("key", "none" if letter.key is None else _short(letter.key)),
    )
    for name, value in rows:
        yield f"{name:10} {_plain(value)}"
    yield "headers" if letter.headers else "headers    none"
    for name, value in sorted(letter.headers.items()):
        yield f"  {_plain(name)}: {_plain(value)}"
    yield from _body(letter.body)


def age(span: timedelta) -> str:
    """``12 s``, ``5 min``, ``3 h`` or ``9 d``."""
    seconds = max(0, int(span.total_seconds()))
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


def _place(letter: Letter) -> str:
    return f"{letter.topic}/{letter.partition}/{letter.offset}"


def _plain(text: str) -> str:
    """What others sent must not steer the terminal."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def _short(key: bytes) -> str:
    text = _as_text(key)
    return text if text is not None else f"hex {key.hex(' ')}"


def _body(body: bytes) -> Iterator[str]:
    shown = body[:_LONGEST_BODY]
    text = _as_text(shown) if len(shown) == len(body) else _as_text_if_cut(shown)
    kind = "text" if text is not None else "hex"
    yield f"body       {len(body)} bytes, as {kind}"
    if text is not None:
        yield from text.splitlines()
    else:
        for start in range(0, len(shown), _ROW):
            part = shown[start : start + _ROW]
            seen = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in part)  # noqa: PLR2004
            yield f"{start:08x}  {part.hex(' '):{_ROW * 3 - 1}}  {seen}"
    if len(shown) < len(body):
        yield f"… {len(body) - len(shown)} bytes more; --raw gives all"


def _as_text_if_cut(data: bytes) -> str | None:
    """The same where the end may be within a character of up to four bytes."""
    texts = (_as_text(data[: len(data) - n]) for n in range(4))
    return next((text for text in texts if text is not None), None)


def _as_text(data: bytes) -> str | None:
    """Readable text, else None."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    return text if all(char.isprintable() or char in "\n\r\t" for char in text) else None
