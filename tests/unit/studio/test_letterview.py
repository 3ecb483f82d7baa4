"""Dead letters on a terminal: readable where they can be read, and harmless."""

import io
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from rich.console import Console
from runtime.letters import Group, Letter
from studio.letterview import age, groups_table, letter_lines, letters_table

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def letter(body: bytes, **changes: object) -> Letter:
    values: dict[str, object] = {
        "id": UUID(int=5),
        "service": "scripter",
        "reason": "invalid_body",
        "error": "title: missing",
        "topic": "transcript.ready",
        "partition": "3",
        "offset": "41",
        "key": b"\xff\x01",
        "headers": {"ce_id": "1", "x": "\x1b[2J"},
        "body": body,
        "at": NOW - timedelta(hours=3),
        "redrives": 0,
        "redriven_at": None,
        "dropped_at": None,
    }
    return Letter(**(values | changes))  # type: ignore[arg-type]


def shown(table: object) -> str:
    written = io.StringIO()
    Console(width=160, file=written).print(table)
    return written.getvalue()


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s"), (-5, "0 s"), (61, "1 min"), (7_300, "2 h"), (900_000, "10 d")]
)
def test_ages_are_short(seconds: int, text: str) -> None:
    assert age(timedelta(seconds=seconds)) == text


def test_text_is_shown_as_text() -> None:
    lines = list(letter_lines(letter('{\n  "a": "ü"\n}'.encode()), NOW))
    assert lines[0] == f"id         {UUID(int=5)}"
    assert "from       transcript.ready/3/41" in lines
    assert "set aside  2026-11-21 09:00:00 UTC, 3 h ago" in lines
    assert "key        hex ff 01" in lines
    assert "  ce_id: 1" in lines
    assert lines[-4:] == ["body       15 bytes, as text", "{", '  "a": "ü"', "}"]


def test_bytes_are_shown_as_hex() -> None:
    lines = list(letter_lines(letter(b"\xff" * 17 + b"A", key=None), NOW))
    assert "key        none" in lines
    assert lines[-3:] == [
        "body       18 bytes, as hex",
        f"00000000  {' '.join(['ff'] * 16)}  {'.' * 16}",
        f"00000010  {'ff 41':47}  .A",
    ]


def test_what_others_sent_does_not_steer_the_terminal() -> None:
    everything = "\n".join(letter_lines(letter(b"\x1b[2J", error="\x1b[31m"), NOW))
    assert "\x1b" not in everything
    assert "  x: \\x1b[2J" in everything


def test_a_long_text_is_cut_between_its_characters() -> None:
    lines = list(letter_lines(letter(b"a" + "ü".encode() * 4_000), NOW))
    assert "body       8001 bytes, as text" in lines
    assert lines[-1] == "… 3905 bytes more; --raw gives all"


def test_tables_show_what_there_is() -> None:
    group = Group("scripter", "invalid_body", "transcript.ready", 2, 0, 0, NOW, NOW)
    plain = shown(groups_table([group], NOW))
    assert "put back" not in plain
    assert "transcript.ready" in plain
    settled = Group("scripter", "invalid_body", "transcript.ready", 2, 7, 1, NOW, NOW)
    assert "put back" in shown(groups_table([settled], NOW))
    one = shown(letters_table([letter(b"", redriven_at=NOW)], NOW))
    assert str(UUID(int=5)) in one
    assert "redriven" in one
