"""Since when: spans and instants."""

from datetime import UTC, datetime, timedelta

import pytest
from studio.replaying import parse_since
from studio.trouble import Exit, Trouble

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "ago"),
    [
        ("30s", timedelta(seconds=30)),
        ("90min", timedelta(minutes=90)),
        ("90m", timedelta(minutes=90)),
        (" 6h ", timedelta(hours=6)),
        ("1.5 d", timedelta(days=1.5)),
    ],
)
def test_a_span_counts_back_from_now(text: str, ago: timedelta) -> None:
    assert parse_since(text, NOW) == NOW - ago


def test_an_instant_is_taken_as_it_is() -> None:
    assert parse_since("2026-11-21T08:00Z", NOW) == datetime(2026, 11, 21, 8, tzinfo=UTC)
    assert parse_since("2026-11-21T08:00+02:00", NOW) == datetime(2026, 11, 21, 6, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "yesterday", "6 weeks", "-6h", "99999999999d"])
def test_anything_else_is_refused_with_examples(text: str) -> None:
    with pytest.raises(Trouble) as caught:
        parse_since(text, NOW)
    assert caught.value.code is Exit.USAGE
    assert "6h" in caught.value.next_step
