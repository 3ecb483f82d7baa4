"""The record of an order, and the rules of patience."""

from dataclasses import replace
from decimal import Decimal

import pytest
from generator.domain.attempt import Attempt, Patience, Verdict
from generator.domain.provider import Phase

from tests.unit.generator.making import FakeProvider

RULES = Patience(queued=100, running=50, busy=200, send=5, window=60, looks=3, resubmits=2)
CAN = FakeProvider().capabilities
FIRST = Attempt.first("http", "work", "h" * 64)


def test_a_record_is_read_back_as_it_was_stored() -> None:
    made = FIRST.sending(10.0).looked(12.0).missed()
    assert Attempt.of(made.checkpoint()) == made
    assert Attempt.of({}) is None


def test_a_record_of_another_release_is_still_a_record() -> None:
    older = {
        "provider": "http",
        "token": "t",
        "request_hash": "h",
        "submitted_at": 1.0,
        "request_id": "vid",
        "running_at": None,
    }
    newer = FIRST.taken("vid").checkpoint() | {"something_new": 1}
    assert Attempt.of(older) == Attempt("http", "t", "h", 1.0, "vid")
    assert Attempt.of(newer) == FIRST.taken("vid")


def test_tokens_follow_from_the_row_and_the_number_of_the_order() -> None:
    second = FIRST.sending(1.0).taken("a").after_failure("work", Decimal("0.1"))
    third = second.sending(9.0).taken("b").after_failure("work", Decimal("0.2"))
    assert [one.token for one in (FIRST, second, third)] == ["work.1", "work.2", "work.3"]
    assert (third.submitted_at, third.request_id, third.number) == (None, None, 3)
    assert third.paid(Decimal("0.3")) == Decimal("0.6")


def test_when_an_order_began_to_run_is_kept() -> None:
    running = FIRST.sending(0.0).seen(Phase.RUNNING, 7.0).seen(Phase.RUNNING, 9.0)
    assert running.running_at == 7.0


@pytest.mark.parametrize(
    ("since", "running", "now", "over"),
    [(0, None, 100, False), (0, None, 101, True), (0, 90, 140, False), (0, 90, 141, True)],
)
def test_queueing_and_running_have_their_own_limits(
    since: float, running: float | None, now: float, *, over: bool
) -> None:
    assert RULES.over(replace(FIRST, submitted_at=since, running_at=running), now) is over


def test_what_is_not_out_cannot_take_too_long() -> None:
    assert not RULES.over(FIRST, 1e9)


def test_refusals_are_counted_from_the_first() -> None:
    refused = FIRST.sending(0.0).refused(10.0).sending(100.0).refused(150.0)
    assert (refused.refused_at, refused.misses) == (10.0, 2)
    assert not RULES.refused_too_long(refused, 210.0)
    assert RULES.refused_too_long(refused, 211.0)


@pytest.mark.parametrize(
    ("looks", "now", "resubmits", "verdict"),
    [
        (1, 1_000, 0, Verdict.LOOK_AGAIN),
        (3, 59, 0, Verdict.LOOK_AGAIN),
        (3, 60, 0, Verdict.RESUBMIT),
        (9, 61, 1, Verdict.RESUBMIT),
        (3, 60, 2, Verdict.GIVE_UP),
    ],
)
def test_an_order_is_lost_after_enough_looks_over_enough_time(
    looks: int, now: float, resubmits: int, verdict: Verdict
) -> None:
    unsure = replace(FIRST, submitted_at=0.0, unsure_at=0.0, looks=looks, resubmits=resubmits)
    assert RULES.verdict(unsure, now, CAN) is verdict


def test_looks_spread_over_the_window() -> None:
    assert RULES.look_pause(CAN) * RULES.looks == RULES.window
