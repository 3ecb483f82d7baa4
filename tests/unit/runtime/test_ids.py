from uuid import RFC_4122

from hypothesis import given
from hypothesis import strategies as st
from runtime.ids import uuid7

times = st.integers(0, 2**48 - 1)


@given(times, times)
def test_ids_rise_with_time(one: int, other: int) -> None:
    ids = {at: uuid7(lambda at=at: at) for at in (one, other)}
    assert (ids[one] < ids[other]) == (one < other)


@given(times, st.integers(0, 2**62 - 1))
def test_ids_are_version_7(at: int, noise: int) -> None:
    made = uuid7(lambda: at, lambda bits: noise % 2**bits)
    assert (made.version, made.variant) == (7, RFC_4122)
    assert made.int >> 80 == at


def test_ids_of_one_instant_differ() -> None:
    assert len({uuid7(lambda: 1) for _ in range(1000)}) == 1000
