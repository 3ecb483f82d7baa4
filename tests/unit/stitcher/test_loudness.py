"""How loud a film is, from what was heard of its passages; and by how much it is raised."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stitcher.domain.loudness import (
    LOUDEST_GAIN,
    SLACK,
    STEP,
    TOLERANCE,
    WANTED,
    Hearing,
    candidates,
    corrected,
    integrated,
    preferred,
)

LOUDNESSES = st.floats(-50, 0)


def steady(lufs: float, blocks: int = 10) -> Hearing:
    return Hearing((lufs,) * blocks, -6.0)


@given(LOUDNESSES)
def test_what_is_steady_is_as_loud_as_its_blocks(lufs: float) -> None:
    assert integrated([steady(lufs), steady(lufs)]) == pytest.approx(lufs)


def test_pauses_and_what_is_much_softer_do_not_count() -> None:
    """ITU-R BS.1770-4: nothing under -70 LUFS, nothing 10 LU under the mean of the rest."""
    assert integrated([steady(-20), steady(-120, 100), steady(-40, 5)]) == pytest.approx(-20)
    twice = 10 * math.log10((10**-2.0 + 10**-1.4) / 2)
    assert integrated([steady(-20), steady(-14)]) == pytest.approx(twice)


@pytest.mark.parametrize("heard", [[], [Hearing((), -120.0)], [steady(-90)]])
def test_silence_is_infinitely_soft(heard: list[Hearing]) -> None:
    assert integrated(heard) == -math.inf
    assert candidates(integrated(heard)) == (0.0,)
    assert corrected(0.0, integrated(heard)) == 0.0


@given(st.lists(st.lists(LOUDNESSES, max_size=20), max_size=5))
def test_how_a_film_is_cut_into_passages_does_not_matter(parts: list[list[float]]) -> None:
    apart = integrated(Hearing(tuple(blocks), 0.0) for blocks in parts)
    one = integrated([Hearing(tuple(block for blocks in parts for block in blocks), 0.0)])
    assert apart == pytest.approx(one) if math.isfinite(one) else apart == one


@given(LOUDNESSES)
def test_gains_are_steps_near_the_best_which_comes_first(lufs: float) -> None:
    found = candidates(lufs)
    exact = min(WANTED - lufs, LOUDEST_GAIN)
    assert len(found) >= 2
    assert all(gain % STEP == 0 and abs(gain - exact) <= SLACK for gain in found)
    assert abs(found[0] - exact) == min(abs(gain - exact) for gain in found)
    assert SLACK < TOLERANCE, "what was chosen needs no correction"


def test_what_is_kept_decides_between_gains_that_are_good_enough() -> None:
    assert preferred((6.0, 5.5), lambda gain: 0) == 6.0
    assert preferred((6.0, 5.5), {6.0: 1, 5.5: 3}.__getitem__) == 5.5
    assert preferred((6.0, 5.5), {6.0: 2, 5.5: 2}.__getitem__) == 6.0


@given(st.integers(0, 40), LOUDNESSES)
def test_a_correction_goes_the_right_way_by_at_least_a_step(steps: int, made: float) -> None:
    gain = steps * STEP
    other = corrected(gain, made)
    if abs(WANTED - made) <= TOLERANCE:
        assert other == gain
    elif made < WANTED:
        assert other >= min(gain + STEP, LOUDEST_GAIN)
    else:
        assert other <= gain - STEP
