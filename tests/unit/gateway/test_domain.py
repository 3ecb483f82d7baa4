"""Cursors, fingerprints, names; and who is woken by which job."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from contracts.errors import ErrorCode, Rejected, Transient
from gateway.domain import Cursor, fingerprint, plain_filename, title_from
from gateway.progress import ProgressHub
from hypothesis import example, given
from hypothesis import strategies as st

A, B, USER = UUID(int=1), UUID(int=2), UUID(int=3)


@given(st.datetimes(timezones=st.just(UTC)), st.uuids())
def test_a_cursor_survives_its_journey(at: datetime, row_id: UUID) -> None:
    cursor = Cursor(at, row_id)
    assert Cursor.parse(str(cursor)) == cursor


@given(st.text(max_size=60))
@example("MjAyNi0xMS0wMVQwMDowMDowMFp8eA")
@example("é")
@example("A")
def test_any_other_text_is_no_cursor(text: str) -> None:
    with pytest.raises(Rejected) as caught:
        Cursor.parse(text)
    assert caught.value.code is ErrorCode.INVALID_INPUT


def test_a_fingerprint_knows_the_operation_and_every_field() -> None:
    base = fingerprint("jobs", {"a": 1, "b": [1, 2]})
    assert fingerprint("jobs", {"b": [1, 2], "a": 1}) == base
    others = [("imports", {"a": 1, "b": [1, 2]}), ("jobs", {"a": 1, "b": [2, 1]}), ("jobs", {})]
    assert base not in {fingerprint(name, body) for name, body in others}


@pytest.mark.parametrize(
    ("given_name", "plain"),
    [
        ("talk.vtt", "talk.vtt"),
        ("C:\\Users\\me\\talk.vtt", "talk.vtt"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("x" * 300 + ".srt", ("x" * 300 + ".srt")[-255:]),
        ("", ""),
    ],
)
def test_a_filename_loses_its_path(given_name: str, plain: str) -> None:
    assert plain_filename(given_name) == plain


def test_a_title_is_read_from_a_filename() -> None:
    assert title_from("my_first-talk.vtt") == "my first talk"
    assert title_from("---.vtt") is None
    assert title_from("w " * 200 + ".txt") == ("w " * 200)[:120]


def test_a_job_wakes_those_who_follow_it() -> None:
    hub = ProgressHub(streams_per_user=5)
    with hub.listen(A, USER) as first, hub.listen(A, USER) as second, hub.listen(B, USER) as third:
        hub.wake(A)
        assert (first.is_set(), second.is_set(), third.is_set()) == (True, True, False)
        assert hub.listening == 3
    assert hub.listening == 0
    hub.wake(A)


def test_a_user_has_a_few_streams_and_gets_them_back() -> None:
    hub = ProgressHub(streams_per_user=1)
    with hub.listen(A, USER):
        with hub.listen(A, B):
            assert hub.listening == 2
        with pytest.raises(Transient) as caught, hub.listen(B, USER):
            pass
        assert caught.value.code is ErrorCode.RATE_LIMITED
    with hub.listen(B, USER):
        assert hub.listening == 1
