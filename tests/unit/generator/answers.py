"""What providers answer, and what has become of a row."""

from contracts.errors import ErrorCode, Transient
from contracts.events import SceneGenerated
from generator.domain.attempt import Attempt
from runtime.work import Done, Failed

from tests.unit.generator.rows import Row


def uncertain() -> Transient:
    return Transient(ErrorCode.PROVIDER_UNCERTAIN)


def unwell() -> Transient:
    return Transient(ErrorCode.AI_PROVIDER_FAILURE, detail="HTTP 500")


def generated(outcome: Done | Failed) -> SceneGenerated:
    assert isinstance(outcome, Done), outcome
    (event,) = outcome.events
    assert isinstance(event, SceneGenerated)
    return event


def attempt(row: Row) -> Attempt:
    found = Attempt.of(row.keeper.checkpoint)
    assert found is not None
    return found
