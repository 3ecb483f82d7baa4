"""How orders end, on fakes: given up, lost and ordered anew, fetched or not."""

from contracts.errors import ErrorCode, Rejected, Transient
from generator.domain.provider import Phase
from runtime.work import Failed

from tests.unit.generator.answers import generated, unwell
from tests.unit.generator.making import FakeProvider
from tests.unit.generator.rows import PATIENCE, Row


async def test_an_order_that_is_never_answered_for_is_given_up(
    row: Row, provider: FakeProvider
) -> None:
    provider.poll_faults = [Rejected(ErrorCode.PROVIDER_AUTH) for _ in range(100)]
    assert (await row.fail()).code is ErrorCode.PROVIDER_AUTH
    assert provider.cancelled == provider.sent


async def test_an_order_that_takes_too_long_is_given_up(row: Row, provider: FakeProvider) -> None:
    provider.phases = [Phase.RUNNING]
    assert await row.finish() == Failed(ErrorCode.SCENE_TIMEOUT)
    assert provider.cancelled == provider.sent


async def test_a_crash_between_giving_up_and_saying_so_orders_nothing(
    row: Row, provider: FakeProvider
) -> None:
    provider.phases, kept = [Phase.RUNNING], row.keeper.checkpoint
    while not provider.cancelled:
        kept = row.keeper.checkpoint
        await row.run()
    row.keeper.checkpoint = kept
    provider.phases = [Phase.CANCELLED]
    assert await row.finish() == Failed(ErrorCode.SCENE_TIMEOUT)
    assert len(provider.sent) == 1


async def test_what_the_provider_lost_is_ordered_anew_and_all_of_it_is_counted(
    row: Row, provider: FakeProvider
) -> None:
    provider.phases = [Phase.FAILED, Phase.CANCELLED, Phase.SUCCEEDED]
    fact = generated(await row.finish())
    assert len(set(provider.sent)) == len(provider.sent) == 3
    assert str(fact.cost_usd) == "0.1500"


async def test_a_provider_that_keeps_failing_is_paid_so_often_and_no_more(
    row: Row, provider: FakeProvider
) -> None:
    provider.phases = [Phase.FAILED]
    outcome = await row.fail()
    assert (outcome.code, outcome.message) == (ErrorCode.AI_PROVIDER_FAILURE, "")
    assert "fell over" in outcome.detail
    assert len(provider.sent) == PATIENCE.orders


async def test_an_output_that_was_refused_is_not_ordered_again(
    row: Row, provider: FakeProvider
) -> None:
    provider.phases, provider.refusal = [Phase.FAILED], ErrorCode.CONTENT_REJECTED
    assert (await row.fail()).code is ErrorCode.CONTENT_REJECTED
    assert len(provider.sent) == 1


async def test_a_failed_download_is_repeated_as_a_download(
    row: Row, provider: FakeProvider
) -> None:
    provider.fetch_faults = [unwell(), Rejected(ErrorCode.AI_PROVIDER_FAILURE), unwell()]
    generated(await row.finish())
    assert (provider.fetched, len(provider.sent), row.tries) == (4, 1, 0)


async def test_a_clip_that_cannot_be_fetched_fails_the_scene_and_is_not_ordered_again(
    row: Row, provider: FakeProvider
) -> None:
    provider.fetch_faults = [Transient(ErrorCode.OUTPUT_EXPIRED) for _ in range(99)]
    assert (await row.fail()).code is ErrorCode.OUTPUT_EXPIRED
    assert (provider.fetched, len(provider.sent)) == (PATIENCE.downloads, 1)
