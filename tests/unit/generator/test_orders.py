"""Paying once, on fakes: recorded, found again, waited for, refused, lost and given up."""

from dataclasses import replace

import pytest
from contracts.errors import ErrorCode, FilmError, Rejected, Transient
from contracts.events import SceneProgressed
from generator.domain.provider import MaySend, Order, Phase, Ticket
from runtime.work import Failed, Waiting

from tests.unit.generator.answers import attempt, generated, uncertain, unwell
from tests.unit.generator.making import FakeProvider
from tests.unit.generator.rows import PATIENCE, Death, Row


async def test_an_order_is_on_record_before_it_is_sent(row: Row, provider: FakeProvider) -> None:
    provider.faults, provider.took_before_fault = [uncertain()], True
    assert isinstance(await row.run(), Waiting)
    record = attempt(row)
    assert (record.submitted_at, record.request_id) == (1_000.0, None)
    assert provider.sent == [record.token]


async def test_an_order_whose_answer_was_lost_is_found_by_its_token(
    row: Row, provider: FakeProvider
) -> None:
    provider.faults, provider.took_before_fault = [uncertain()], True
    fact = generated(await row.finish())
    assert fact.provider_request_id == f"order-{provider.sent[0]}"
    assert len(provider.sent) == 1


async def test_an_order_is_looked_for_as_long_as_its_window_lasts(
    row: Row, provider: FakeProvider
) -> None:
    provider.faults, provider.took_before_fault, provider.hidden = [uncertain()], True, 3
    generated(await row.finish())
    assert len(provider.sent) == 1
    assert row.clock.time - 1_000 >= PATIENCE.window


async def test_an_order_that_never_arrived_is_sent_again_under_its_token(
    row: Row, provider: FakeProvider
) -> None:
    provider.faults = [uncertain()]
    generated(await row.finish())
    assert len(provider.sent) == 2
    assert len(set(provider.sent)) == 1
    assert row.clock.time - 1_000 >= PATIENCE.window


@pytest.mark.parametrize("arrived", [False, True])
@pytest.mark.parametrize(("unlisted", "sent"), [(0, 1), (1, 2)])
async def test_a_lost_order_that_nobody_can_look_for_is_held_and_settled_by_the_rule(
    row: Row, provider: FakeProvider, unlisted: int, sent: int, *, arrived: bool
) -> None:
    provider.capabilities = replace(provider.capabilities, can_reconcile=False)
    rules = replace(PATIENCE, unlisted=unlisted)
    row.make = replace(row.make, orders=replace(row.make.orders, patience=rules))
    provider.faults, provider.took_before_fault = [uncertain() for _ in range(9)], arrived
    assert await row.finish() == Failed(ErrorCode.PROVIDER_UNCERTAIN)
    assert len(provider.sent) == sent
    assert row.clock.time - 1_000 >= PATIENCE.window * sent


async def test_an_order_sent_once_more_makes_the_scene(row: Row, provider: FakeProvider) -> None:
    provider.capabilities = replace(provider.capabilities, can_reconcile=False)
    rules = replace(PATIENCE, unlisted=1)
    row.make = replace(row.make, orders=replace(row.make.orders, patience=rules))
    provider.faults = [uncertain()]
    generated(await row.finish())
    assert len(provider.sent) == 2


async def test_a_provider_whose_lists_lag_has_a_window_of_its_own(
    row: Row, provider: FakeProvider
) -> None:
    provider.capabilities = replace(provider.capabilities, window=600.0)
    provider.faults = [uncertain()]
    generated(await row.finish())
    assert row.clock.time - 1_000 >= 600


async def test_orders_that_keep_getting_lost_end_uncertain(
    row: Row, provider: FakeProvider
) -> None:
    provider.faults = [uncertain() for _ in range(20)]
    assert await row.finish() == Failed(ErrorCode.PROVIDER_UNCERTAIN)
    assert len(provider.sent) == 1 + PATIENCE.resubmits


@pytest.mark.parametrize("looks", [1, 5])
async def test_a_look_that_is_not_answered_is_no_look(
    row: Row, provider: FakeProvider, looks: int
) -> None:
    provider.faults, provider.took_before_fault = [uncertain()], True
    provider.look_faults = [unwell() for _ in range(looks)]
    generated(await row.finish())
    assert len(provider.sent) == 1


async def test_looks_that_are_never_answered_end_uncertain(
    row: Row, provider: FakeProvider
) -> None:
    provider.faults, provider.took_before_fault = [uncertain()], True
    provider.look_faults = [unwell() for _ in range(100)]
    assert (await row.fail()).code is ErrorCode.PROVIDER_UNCERTAIN
    assert row.clock.time - 1_000 >= PATIENCE.queued


async def test_a_busy_provider_is_asked_when_it_said_and_no_try_is_counted(
    row: Row, provider: FakeProvider
) -> None:
    busy: list[FilmError] = [
        Transient(ErrorCode.PROVIDER_RATE_LIMITED, retry_after=7) for _ in range(12)
    ]
    provider.faults = busy
    generated(await row.finish())
    waits = [outcome.seconds for outcome in row.outcomes if isinstance(outcome, Waiting)]
    assert waits == [7.0] * 12
    assert row.tries == 0
    assert (len(set(provider.sent)), len(provider.orders)) == (1, 1)


async def test_a_busy_provider_that_names_no_time_is_asked_less_and_less(
    row: Row, provider: FakeProvider
) -> None:
    provider.faults = [Transient(ErrorCode.PROVIDER_RATE_LIMITED) for _ in range(4)]
    generated(await row.finish())
    waits = [outcome.seconds for outcome in row.outcomes if isinstance(outcome, Waiting)]
    assert waits == [1.0, 2.0, 4.0, 8.0]


async def test_a_provider_that_is_busy_for_too_long_is_given_up(
    row: Row, provider: FakeProvider
) -> None:
    provider.faults = [
        Transient(ErrorCode.PROVIDER_RATE_LIMITED, retry_after=60) for _ in range(99)
    ]
    assert (await row.fail()).code is ErrorCode.PROVIDER_RATE_LIMITED
    assert row.clock.time - 1_000 >= PATIENCE.busy


async def test_a_clean_refusal_is_a_failed_try_and_nothing_to_look_for(
    row: Row, provider: FakeProvider
) -> None:
    provider.faults = [unwell(), unwell()]
    assert await row.run() is None
    assert (row.tries, attempt(row).submitted_at) == (1, None)
    generated(await row.finish())
    assert len(provider.sent) == 3


async def test_a_refused_scene_fails_with_the_providers_code(
    row: Row, provider: FakeProvider
) -> None:
    provider.faults = [Rejected(ErrorCode.CONTENT_REJECTED)]
    assert (await row.fail()).code is ErrorCode.CONTENT_REJECTED
    assert len(provider.sent) == 1


async def test_a_running_order_is_waited_for_and_not_repeated(
    row: Row, provider: FakeProvider
) -> None:
    provider.phases = [Phase.QUEUED, Phase.RUNNING, Phase.SUCCEEDED]
    for _ in range(2):
        outcome = await row.run()
        assert isinstance(outcome, Waiting)
        assert outcome.seconds == 4.0
    assert attempt(row).running_at is not None
    generated(await row.finish())
    assert len(provider.sent) == 1


async def test_waiting_says_progress_only_when_there_is_some(
    row: Row, provider: FakeProvider
) -> None:
    provider.phases = [Phase.RUNNING]
    for provider.progress in (0.25, 0.25, 0.1, 0.5):
        await row.run()
    provider.phases = [Phase.SUCCEEDED]
    row.clock.tick = 2.0
    await row.finish()
    said = [event.progress for event in row.keeper.events if isinstance(event, SceneProgressed)]
    assert said == sorted(set(said))
    assert said[:3] == [pytest.approx(0.05), pytest.approx(0.25), pytest.approx(0.45)]


async def test_a_paid_order_survives_a_long_silence_of_its_provider(
    row: Row, provider: FakeProvider
) -> None:
    provider.poll_faults = [*(unwell() for _ in range(4)), Rejected(ErrorCode.PROVIDER_AUTH)]
    generated(await row.finish())
    assert (row.tries, len(provider.sent)) == (0, 1)


async def test_the_permission_to_send_runs_out_before_anybody_resubmits(
    row: Row, provider: FakeProvider
) -> None:
    answers: list[bool] = []

    class Late(FakeProvider):
        async def submit(self, order: Order, may_send: MaySend) -> Ticket:
            answers.append(may_send())
            row.clock.time += PATIENCE.send + 1
            answers.append(may_send())
            raise Death

    late = Late()
    row.make = replace(row.make, providers={"animatic": late})
    await row.run()
    assert answers == [True, False]
    assert PATIENCE.send < PATIENCE.window
