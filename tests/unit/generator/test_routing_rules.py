"""The rules of routing by themselves: order, price, pace and what may be moved."""

from collections.abc import Mapping
from decimal import Decimal

import pytest
from generator.domain.attempt import Attempt
from generator.domain.routing import ANY, BARRED, Account, Limits, Why, order_of, spread

PRICES = {"a": Decimal(2), "b": Decimal(1), "c": Decimal(1), "free": Decimal(0)}


@pytest.mark.parametrize(
    ("wish", "failures", "wanted"),
    [
        (("a", "b"), {}, ["a", "b"]),
        (("b", "x", "a"), {}, ["b", "a"]),
        (("a", "b"), {"a": 1}, ["b", "a"]),
        (("a", "b"), {"a": 1, "b": 1}, ["a", "b"]),
        (("a", "b"), {"a": BARRED}, ["b"]),
        ((ANY,), {}, ["b", "c", "a"]),
        (("a", ANY), {}, ["a", "b", "c"]),
        (("free", ANY), {"b": 1}, ["free", "c", "a", "b"]),
        (("a", "free"), {"a": 1}, ["a", "free"]),
        (("a", "free"), {"a": 2}, ["free", "a"]),
        (("x",), {}, []),
    ],
)
def test_the_users_order_comes_first_and_the_price_decides_between_equals(
    wish: tuple[str, ...], failures: Mapping[str, int], wanted: list[str]
) -> None:
    assert order_of(wish, PRICES, failures) == wanted


def test_a_bucket_fills_with_time_and_never_over_its_rim() -> None:
    limits = Limits(per_minute=6, burst=2)
    empty = Account(tokens=0.0, filled_at=100.0)
    blocked = empty.hurry(100.0, 0, limits)
    assert blocked is not None
    assert (blocked.why, blocked.seconds) == (Why.RATE, 10.0)
    assert empty.hurry(110.0, 0, limits) is None
    assert empty.filled(9_999.0, limits) == 2
    assert empty.filled(50.0, limits) == 0


def test_scenes_that_wait_for_a_place_do_not_all_come_at_once() -> None:
    pauses = {spread(f"row-{n}.1", 3) for n in range(50)}
    assert len(pauses) > 20
    assert max(spread("row.1", n) for n in range(100)) < 38


def test_an_order_that_may_be_out_cannot_be_moved() -> None:
    new = Attempt.first("a", "row", "0" * 64)
    assert new.at("b", "1" * 64).provider == "b"
    for out in (new.sending(1.0), new.sending(1.0).taken("order"), new.sending(1.0).resubmitted()):
        with pytest.raises(ValueError, match="stays with its provider"):
            out.at("b", "1" * 64)
