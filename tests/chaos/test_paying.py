"""What the checker takes for paid once, at providers that can be asked and at one that cannot."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from contracts import events as e
from contracts.errors import ErrorCode
from projector.domain.state import Status

from tests.chaos.bills import Bill, Booked, bill_of
from tests.chaos.checker import judge
from tests.chaos.evidence import Evidence
from tests.chaos.providers import VENDORS, named
from tests.chaos.story import FILM, whole_story, with_job, without

UNCERTAIN = ErrorCode.PROVIDER_UNCERTAIN.value


@pytest.fixture
def whole() -> Evidence:
    return whole_story()


def _bill(**changes: Any) -> Callable[[Evidence], Evidence]:
    def change(found: Evidence) -> Evidence:
        bills = {**found.bills, "http": replace(found.bills["http"], **changes)}
        return replace(found, bills=bills)

    return change


def _also_at(
    name: str, *lives: tuple[float, float], lost: int = 0
) -> Callable[[Evidence], Evidence]:
    """Scene 0 was ordered at another provider as well."""

    def change(found: Evidence) -> Evidence:
        other = Bill({"fox 0": len(lives)}, {"fox 0": lost}, lives={"fox 0": lives})
        return replace(found, bills={**found.bills, name: other})

    return change


BROKEN: dict[str, tuple[str, Callable[[Evidence], Evidence]]] = {
    "paid twice": ("paid once", _bill(creates={"fox 0": 2, "fox 1": 1}, lost={})),
    "paid twice, at two": ("1 orders too many", _also_at("replicate", (6, 9))),
    "two at once": ("at one time at http", _bill(twice_live=["fox 0"])),
    "two at once, at two": ("at http and replicate", _also_at("replicate", (4, 9), lost=1)),
    "given up": ("were cancelled at http", _bill(cancelled=1)),
    "made but not paid": ("not ordered", _bill(creates={"fox 0": 1}, lost={})),
    "paid for nothing": ("for no scene", _bill(creates={"fox 0": 1, "fox 1": 1, "owl": 1})),
    "paid but not made": ("but not made", lambda found: without(found, e.SceneGenerated)),
    "an order in no book": ("are in our books", lambda found: replace(found, booked=())),
    "a dollar in no book": ("our books say", _bill(usd=4.0)),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_wrong_payment_is_named(name: str, whole: Evidence) -> None:
    words, break_it = BROKEN[name]
    assert any(words in violation for violation in judge(break_it(whole)).violations)


def test_a_job_whose_scene_the_provider_lost_may_fail(whole: Evidence) -> None:
    lost = _bill(creates={"fox 0": 1, "fox 1": 3}, lost={"fox 1": 3})(whole)
    failed = with_job(lost, FILM, status=Status.FAILED, error_code="AI_PROVIDER_FAILURE")
    assert not [v for v in judge(failed).violations if v.startswith("a failure has a cause")]
    assert judge(failed).failed == 1


def test_what_was_paid_too_often_is_counted(whole: Evidence) -> None:
    verdict = judge(_bill(creates={"fox 0": 3, "fox 1": 3}, lost={"fox 1": 1})(whole))
    assert verdict.paid_twice == 3


def test_each_provider_has_its_line(whole: Evidence) -> None:
    line = {"creates": 3, "lost": 1, "held": 0, "made": 2, "usd": 3.0}
    assert judge(whole).providers == {"http": line}


def test_another_provider_may_be_asked_when_the_first_has_surely_lost_the_scene(
    whole: Evidence,
) -> None:
    first = _bill(creates={"fox 0": 1, "fox 1": 2}, lost={"fox 0": 1, "fox 1": 1})(whole)
    later = _also_at("pika", (5.1, 9))(first)
    booked = [*later.booked, Booked("pika", FILM, 0, 1, "succeeded")]
    assert judge(replace(later, booked=booked)).violations == ()


# What holds at Runway, where nobody can look for an order.


def _held(found: Evidence, *, creates: int = 1, sends: int = 1) -> Evidence:
    """Scene 0 went to Runway and its answer was lost: the film failed with that."""
    ours = Booked("runway", FILM, 0, sends, "given_up", UNCERTAIN)
    bills = {
        "http": replace(found.bills["http"], creates={"fox 1": 2}, usd=2.0, lives={}),
        "runway": Bill({"fox 0": creates} if creates else {}, {}, usd=0.24 * creates),
    }
    told = [
        fact
        for fact in found.told
        if not (isinstance(fact.event, e.SceneGenerated) and fact.event.scene_index == 0)
    ]
    failed = with_job(found, FILM, status=Status.FAILED, error_code=UNCERTAIN)
    return replace(failed, bills=bills, booked=[ours, *found.booked[1:]], told=told)


def _about_money(found: Evidence) -> list[str]:
    promises = ("every scene is paid once", "the books are true", "a failure has a cause")
    return [v for v in judge(found).violations if v.startswith(promises)]


@pytest.mark.parametrize("creates", [0, 1])
def test_an_order_that_nobody_can_look_for_may_fail_its_film_whether_it_was_paid_or_not(
    whole: Evidence, creates: int
) -> None:
    found = _held(whole, creates=creates)
    assert _about_money(found) == []
    assert judge(found).providers["runway"]["held"] == 1


ELSEWHERE: dict[str, tuple[str, Callable[[Evidence], Evidence]]] = {
    "paid twice": ("1 orders too many for 'fox 0'", lambda found: _held(found, creates=2)),
    "sent twice": ("after 2 sendings", lambda found: _held(found, sends=2)),
    "ordered elsewhere": (
        "1 orders too many for 'fox 0'",
        lambda found: _also_at("pika", (9, 12))(_held(found)),
    ),
    "made after all": (
        "as uncertain, and made",
        lambda found: replace(_held(found), told=found.told),
    ),
    "in no book": (
        "paid, but not made",
        lambda found: replace(_held(found), booked=found.booked[1:]),
    ),
}


@pytest.mark.parametrize("name", ELSEWHERE)
def test_it_is_sent_once_and_goes_nowhere_else(whole: Evidence, name: str) -> None:
    words, break_it = ELSEWHERE[name]
    assert any(words in violation for violation in _about_money(break_it(whole)))


@pytest.mark.parametrize("provider", [name for name in VENDORS if VENDORS[name].lists])
def test_where_orders_are_listed_none_may_be_given_up(whole: Evidence, provider: str) -> None:
    found = _held(whole)
    given_up = replace(found.booked[0], provider=provider)
    broken = replace(found, booked=[given_up, *found.booked[1:]])
    assert any("paid, but not made" in violation for violation in _about_money(broken))


def test_a_ledgers_ages_become_times_of_one_clock() -> None:
    ledger = {
        "by_prompt": {"fox": 1},
        "failed_by_prompt": {},
        "twice_live": [],
        "statuses": {"cancelled": 0},
        "paid_usd": 1.5,
        "ages": {"fox": [[9.0, 2.0]]},
    }
    assert bill_of(ledger, now=100.0).lives == {"fox": [(91.0, 98.0)]}


def test_providers_are_named_as_people_name_them() -> None:
    assert named("replicate, fal,pika") == ("replicate", "pika")
    assert named("all") == ("http", "replicate", "runway", "pika")
    with pytest.raises(ValueError, match="sora"):
        named("replicate,sora")
