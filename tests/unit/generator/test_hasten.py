"""HastenPoll on fakes."""

from dataclasses import dataclass, field
from uuid import UUID

import pytest
from contracts.events import ProviderCalledBack
from generator.domain.ledger import Hastened
from generator.handlers.hasten import MOST_TIMES, HastenPoll
from runtime.work import Done, Outcome, Waiting

from tests.unit.generator.making import JOB, PROJECT, USER, FakeKeeper

EVENT = ProviderCalledBack(
    job_id=JOB,
    user_id=USER,
    project_id=PROJECT,
    provider="pika",
    provider_request_id="req",
    attempt_token="work.1",
)


@dataclass
class FakeOrderRows:
    """Answers in turn; the last answer stays."""

    answers: list[Hastened]
    asked: list[tuple[UUID, str, str, str | None]] = field(
        default_factory=list[tuple[UUID, str, str, str | None]]
    )

    async def hasten(
        self, job_id: UUID, provider: str, request_id: str, token: str | None
    ) -> Hastened:
        self.asked.append((job_id, provider, request_id, token))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


async def lead(rows: FakeOrderRows) -> list[Outcome]:
    keeper, outcomes = FakeKeeper(), list[Outcome]()
    while not outcomes or isinstance(outcomes[-1], Waiting):
        outcome = await HastenPoll(rows)(EVENT, keeper.work(None, step="hasten"))
        await keeper.close(outcome)
        outcomes.append(outcome)
    return outcomes


async def test_the_row_of_this_very_order_is_hastened() -> None:
    rows = FakeOrderRows([Hastened.DUE])
    assert await lead(rows) == [Done()]
    assert rows.asked == [(JOB, "pika", "req", "work.1")]


async def test_what_nobody_waits_for_is_let_go() -> None:
    assert await lead(FakeOrderRows([Hastened.NOTHING])) == [Done()]


async def test_a_row_at_work_is_hastened_when_it_waits_again() -> None:
    rows = FakeOrderRows([Hastened.AT_WORK, Hastened.AT_WORK, Hastened.DUE])
    outcomes = await lead(rows)
    assert (len(outcomes), outcomes[-1]) == (3, Done())


async def test_a_row_that_is_at_work_for_long_is_not_waited_for() -> None:
    assert len(await lead(FakeOrderRows([Hastened.AT_WORK]))) == MOST_TIMES + 1


@pytest.mark.parametrize(("done", "woken"), [(Hastened.DUE, 1), (Hastened.NOTHING, 0)])
async def test_this_process_is_told_of_a_row_that_is_due(done: Hastened, woken: int) -> None:
    calls: list[int] = []
    hasten = HastenPoll(FakeOrderRows([done]), lambda: calls.append(1))
    await hasten(EVENT, FakeKeeper().work(None, step="hasten"))
    assert len(calls) == woken
