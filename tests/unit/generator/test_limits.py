"""What an operator says about limits and budgets is what the gate keeps."""

from decimal import Decimal

import pytest
from generator.domain.budget import Caps
from generator.domain.routing import Breaking, Limits
from generator.main.bounds import gate_of
from generator.settings import Settings
from pydantic import ValidationError
from runtime.db import Database


def test_limits_and_budgets_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OBJECTS_SIGNING_KEY", "key")
    monkeypatch.setenv("GENERATOR_BUDGET_JOB_USD", "5")
    monkeypatch.setenv("GENERATOR_BUDGET_DAY_USD", "20.50")
    monkeypatch.setenv("GENERATOR_LIMITS", '{"runway": {"in_flight": 5, "per_minute": 30}}')
    monkeypatch.setenv("GENERATOR_BREAKER_FAILURES", "3")
    gate = gate_of(Settings(), Database("postgresql://127.0.0.1/none"))
    assert gate.caps == Caps(job=Decimal(5), day=Decimal("20.50"))
    assert gate.limits == {"runway": Limits(in_flight=5, per_minute=30, burst=1)}
    assert gate.breaking == Breaking(failures=3, rest=60, probe=300)


def test_without_a_word_nothing_is_capped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OBJECTS_SIGNING_KEY", "key")
    gate = gate_of(Settings(), Database("postgresql://127.0.0.1/none"))
    assert (gate.caps, gate.limits) == (Caps(), {})


@pytest.mark.parametrize("told", ['{"runway": {"in_flight": 0}}', '{"runway": {"per_minute": 0}}'])
def test_a_limit_of_nothing_is_refused(monkeypatch: pytest.MonkeyPatch, told: str) -> None:
    monkeypatch.setenv("OBJECTS_SIGNING_KEY", "key")
    monkeypatch.setenv("GENERATOR_LIMITS", told)
    with pytest.raises(ValidationError):
        Settings()
