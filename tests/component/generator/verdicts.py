"""When a process dies, and what must hold of its scene afterwards, by the provider's own books."""

import pytest
from contracts.errors import ErrorCode
from contracts.events import SceneGenerated
from generator.domain.ledger import State
from runtime.work import Done, Failed, Outcome

from tests.component.generator.desk import Desk, Fate
from tests.unit.generator.rows import Row


def immortal(_: str) -> bool:
    return False


def dying_at(numbers: set[int], instants: list[str]) -> Fate:
    """Dies at the instants with these numbers; tells all it was asked about."""

    def fate(instant: str) -> bool:
        instants.append(instant)
        return len(instants) - 1 in numbers

    return fate


def paid_once(desk: Desk, row: Row, outcome: Outcome) -> None:
    """A finished scene was paid once, and what the provider itself lost before it."""
    assert isinstance(outcome, Done), (outcome, row.outcomes)
    (fact,) = outcome.events
    assert isinstance(fact, SceneGenerated)
    ledger = desk.ledger()
    lost = len(ledger["failed_tokens"])
    assert ledger["creates"] == 1 + lost
    assert ledger["twice_live"] == []
    assert set(ledger["by_token"].values()) == {1}
    assert ledger["statuses"]["succeeded"] == 1
    assert float(fact.cost_usd) == pytest.approx(ledger["paid_usd"])
    made = desk.house.standin.books.orders[str(fact.provider_request_id)]
    assert made.token not in ledger["failed_tokens"]
    entries = list(desk.log.entries.values())
    assert [e.state for e in entries].count(State.SUCCEEDED) == 1
    assert sum(float(e.cost_usd or 0) for e in entries) == pytest.approx(ledger["paid_usd"])
    assert {e.request_id for e in entries} == set(desk.house.standin.books.orders)


def settled_by_the_rule(desk: Desk, row: Row, outcome: Outcome, most: int) -> None:
    """Where nobody can look: the scene is made and paid, or failed as uncertain.

    Of each order at most ``most`` were sent, so at most so many were paid.
    """
    ledger = desk.ledger()
    lost = len(ledger["failed_tokens"])
    if isinstance(outcome, Done) and ledger["creates"] == 1 + lost:
        paid_once(desk, row, outcome)
        return
    assert all(entry.sends <= most for entry in desk.log.entries.values())
    assert ledger["creates"] <= most * (1 + lost)
    if not isinstance(outcome, Done):
        assert isinstance(outcome, Failed)
        assert outcome.code is ErrorCode.PROVIDER_UNCERTAIN
