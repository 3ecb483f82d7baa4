from hypothesis import given
from hypothesis import strategies as st
from runtime.work import Retry


@given(st.integers(0, 1000), st.floats(0, 1, exclude_max=True))
def test_a_pause_is_never_over_the_cap_and_its_jitter(tries: int, chance: float) -> None:
    retry = Retry(first=1.0, cap=60.0, jitter=0.25)
    assert 0.75 <= retry.pause(tries, chance) <= 75.0


def test_pauses_double() -> None:
    retry = Retry(first=1.0, cap=60.0, jitter=0.0)
    assert [retry.pause(n, 0.5) for n in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
