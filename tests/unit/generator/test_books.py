"""What is kept of an order beside its row: outputs, links, and the books for support."""

from dataclasses import replace
from decimal import Decimal

from contracts.errors import ErrorCode, Transient
from contracts.events import Event
from generator.domain.ledger import Entry, State
from generator.domain.provider import Phase
from runtime.work import Waiting

from tests.unit.generator.answers import generated, uncertain, unwell
from tests.unit.generator.making import (
    FakeAttemptLog,
    FakeProvider,
)
from tests.unit.generator.rows import Row, booked


async def test_what_a_provider_told_of_an_order_outlives_the_process(
    row: Row, provider: FakeProvider
) -> None:
    provider.links, provider.output = {"status": "https://x/status"}, "https://x/film.mp4"
    provider.phases = [Phase.RUNNING, Phase.SUCCEEDED]
    provider.fetch_faults = [unwell()]
    assert isinstance(await row.run(), Waiting)
    generated(await row.finish())
    first, second, third = provider.polled
    assert first.links == second.links == third.links == provider.links
    # Once it is known where the clip lies, that is on record: the provider may forget it.
    assert (second.output, third.output) == ("", "https://x/film.mp4")


async def test_an_order_may_be_called_back_about_only_where_there_is_a_webhook(
    row: Row, provider: FakeProvider
) -> None:
    def callbacks(hook: str, name: str, event: Event, token: str) -> str:
        return f"https://s/{hook}/{name}/{event.job_id}/{token}"

    row.make = replace(row.make, orders=replace(row.make.orders, callbacks=callbacks))
    provider.faults = [unwell()]
    await row.run()
    provider.capabilities = replace(provider.capabilities, hook="fal")
    generated(await row.finish())
    token = provider.sent[0]
    assert provider.callbacks == ["", f"https://s/fal/animatic/{row.event.job_id}/{token}"]


async def test_every_paid_order_is_in_the_books_with_its_cost_and_its_end(
    row: Row, provider: FakeProvider
) -> None:
    log = FakeAttemptLog()
    row.make = booked(row.make, log)
    provider.faults = [Transient(ErrorCode.PROVIDER_RATE_LIMITED, retry_after=1), uncertain()]
    provider.phases = [Phase.FAILED, Phase.SUCCEEDED]
    generated(await row.finish())
    first, second = log.entries.values()
    assert (first.state, first.sends, first.number) == (State.FAILED, 2, 1)
    assert (first.code, "fell over" in first.detail) == (ErrorCode.AI_PROVIDER_FAILURE, True)
    assert (second.state, second.sends, second.number) == (State.SUCCEEDED, 1, 2)
    assert first.cost_usd == second.cost_usd == Decimal("0.0500")
    assert log.states[:4] == [State.SENDING, State.REFUSED, State.SENDING, State.UNCERTAIN]


async def test_books_that_cannot_be_written_keep_an_order_from_being_sent(
    row: Row, provider: FakeProvider
) -> None:
    class Away(FakeAttemptLog):
        async def record(self, entry: Entry) -> bool:
            raise Transient(ErrorCode.INTERNAL)

    row.make = booked(row.make, Away())
    assert await row.run() is None
    assert provider.sent == []


async def test_what_is_free_is_not_in_the_books(row: Row, provider: FakeProvider) -> None:
    log = FakeAttemptLog()
    row.make = booked(row.make, log)
    provider.capabilities = replace(provider.capabilities, usd_per_second=Decimal(0))
    generated(await row.finish())
    assert log.entries == {}
