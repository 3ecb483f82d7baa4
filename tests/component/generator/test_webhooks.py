"""Webhooks hasten the look at an order and do nothing else; without them polling finishes it."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from contracts.callbacks import Callback
from contracts.events import ProviderCalledBack, SceneGenerated, ScenesPlanned
from runtime.objects import LocalObjects
from standins.replicate import KEY, SECRET, ReplicateStandin
from standins.server import serving
from standins.video_faults import Faults
from studio.embedded.broker import MockBroker

from tests.component.gateway import studio as gateway
from tests.component.generator.stage import started
from tests.component.harness import Running, of_type
from tests.conftest import TestDatabase
from tests.ports import free_port
from tests.unit.generator.making import PROJECT, USER, plan, planned, scene
from tests.waiting import until

SEAL = "a-seal-of-sixteen-bytes"
NEVER = 3_000.0
"""Seconds between polls: a scene that is finished was hastened."""

Served = tuple[ReplicateStandin, str]


@pytest.fixture
def served() -> Iterator[Served]:
    standin = ReplicateStandin()
    standin.faults = Faults(make_seconds=(0.3, 0.3))
    with serving(standin.app) as base:
        yield standin, base


def told(base: str, **more: Any) -> dict[str, Any]:
    account = {"ai_replicate_api_token": KEY, "replicate_base_url": base}
    return {"accounts": account, "poll_seconds": NEVER, **more}


async def wished(generator: Running, scenes: int = 1) -> ScenesPlanned:
    assert isinstance(generator.store, LocalObjects)
    made = plan(*(scene(index, frames=24) for index in range(scenes)), job=uuid4())
    wish = made.settings.model_copy(update={"providers": ("replicate",)})
    return await planned(generator.store, made.model_copy(update={"settings": wish}))


async def attempts(generator: Running) -> list[asyncpg.Record]:
    return await generator.sql.fetch("select * from generator.attempts order by token")


async def waiting(generator: Running) -> asyncpg.Record:
    """The entry of an order that is out and not looked at for a long time."""

    async def there() -> bool:
        return await generator.sql.fetchval(
            "select exists(select from generator.work where state = 'open' and step = 'make'"
            " and lease_until is null and due_at > now() + interval '100 s')"
        )

    await until(there, "the order is waited for")
    (entry,) = await attempts(generator)
    return entry


def called(job: UUID, entry: asyncpg.Record, **changes: Any) -> ProviderCalledBack:
    values: dict[str, Any] = {
        "job_id": job,
        "user_id": USER,
        "project_id": PROJECT,
        "provider": "replicate",
        "provider_request_id": entry["request_id"],
        "attempt_token": entry["token"],
    }
    return ProviderCalledBack.model_validate(values | changes)


async def dues(generator: Running) -> list[asyncpg.Record]:
    return await generator.sql.fetch(
        "select due_at, attempt, checkpoint from generator.work where step = 'make'"
    )


async def heard(generator: Running) -> None:
    """Every webhook was worked on."""
    await until(generator.consumed, "all messages consumed")

    async def done() -> bool:
        return not await generator.sql.fetchval(
            "select exists(select from generator.work where step = 'hasten' and state = 'open')"
        )

    await until(done, "all webhooks heard")


async def test_a_webhook_makes_the_orders_row_due_now(
    database: TestDatabase, bus: MockBroker, objects_root: Path, served: Served
) -> None:
    standin, base = served
    async with started(database, bus, objects_root, **told(base)) as generator:
        event = await wished(generator)
        await generator.send(event)
        entry = await waiting(generator)

        async def over() -> bool:
            return standin.books.ledger()["statuses"]["succeeded"] == 1

        await until(over, "the prediction has ended")
        await generator.send(called(event.job_id, entry))
        await generator.settle()
        (fact,) = of_type(await generator.said(), SceneGenerated)
        (kept,) = await attempts(generator)
    assert fact.provider_request_id == entry["request_id"]
    assert (kept["state"], kept["sends"], kept["number"]) == ("succeeded", 1, 1)
    assert kept["cost_usd"] == fact.cost_usd == Decimal("0.0720")
    assert standin.books.ledger()["creates"] == 1


FOREIGN: tuple[dict[str, Any], ...] = (
    {"job_id": uuid4()},
    {"provider": "pika"},
    {"provider_request_id": "somebody-elses"},
    {"attempt_token": "work.7"},
    {"attempt_token": None, "provider_request_id": "somebody-elses"},
)


async def test_a_webhook_about_a_foreign_or_unknown_scene_changes_nothing(
    database: TestDatabase, bus: MockBroker, objects_root: Path, served: Served
) -> None:
    async with started(database, bus, objects_root, **told(served[1])) as generator:
        event = await wished(generator)
        await generator.send(event)
        entry = await waiting(generator)
        before = await dues(generator)
        await generator.send(*(called(event.job_id, entry, **changes) for changes in FOREIGN))
        await heard(generator)
        steps = [row["step"] for row in await generator.work()]
        assert steps.count("hasten") == len(FOREIGN)
        assert await dues(generator) == before
        assert (await attempts(generator))[0] == entry


async def test_a_webhook_about_a_scene_that_is_over_changes_nothing(
    database: TestDatabase, bus: MockBroker, objects_root: Path, served: Served
) -> None:
    quick = told(served[1], poll_seconds=0.1)
    async with started(database, bus, objects_root, **quick) as generator:
        event = await wished(generator)
        await generator.send(event)
        await generator.settle()
        (entry,) = await attempts(generator)
        said = await generator.said()
        await generator.send(called(event.job_id, entry))
        await generator.settle()
        assert (await generator.said(), (await attempts(generator))[0]) == (said, entry)


async def test_without_a_public_address_polling_alone_finishes_every_scene(
    database: TestDatabase, bus: MockBroker, objects_root: Path, served: Served
) -> None:
    standin, base = served
    quick = told(base, poll_seconds=0.1)
    async with started(database, bus, objects_root, **quick) as generator:
        await generator.send(await wished(generator, 3))
        await generator.settle()
        facts = of_type(await generator.said(), SceneGenerated)
    assert len(facts) == standin.books.ledger()["creates"] == 3
    for order in standin.books.orders.values():
        assert not {"webhook", "webhook_events_filter"} & set(order.asked["raw"])


async def test_an_orders_address_for_webhooks_is_sealed(
    database: TestDatabase, bus: MockBroker, objects_root: Path, served: Served
) -> None:
    standin, base = served
    here = f"http://127.0.0.1:{free_port()}"
    settings = told(base, public_base_url=here, callback_signing_key=SEAL, poll_seconds=0.1)
    async with started(database, bus, objects_root, **settings) as generator:
        event = await wished(generator)
        await generator.send(event)
        await generator.settle()
        (entry,) = await attempts(generator)
    (order,) = standin.books.orders.values()
    place, _, sealed = str(order.asked["hook"]).partition("?about=")
    assert place == f"{here}/webhooks/replicate"
    about = Callback("replicate", event.job_id, USER, PROJECT, entry["token"])
    assert Callback.opened(sealed, SEAL.encode()) == about


@pytest.mark.parametrize("fault", [None, "hook_twice", "hook_early", "hook_forged"])
async def test_the_whole_way_from_the_provider_through_the_gateway(
    database: TestDatabase,
    bus: MockBroker,
    objects_root: Path,
    served: Served,
    fault: str | None,
) -> None:
    standin, base = served
    # Of a prediction's two webhooks the first is about its beginning.
    standin.faults = Faults(script={"hook": [fault]}, make_seconds=(0.5, 0.5))
    sealed = {"callback_signing_key": SEAL}
    hooks = {"replicate_webhook_secret": SECRET}
    async with gateway.serving(database, bus, objects_root, **sealed, **hooks) as studio:
        settings = told(base, public_base_url=studio.url, **sealed)
        async with started(database, bus, objects_root, **settings) as generator:
            await generator.send(await wished(generator))
            await generator.settle()
            facts = of_type(await generator.said(), SceneGenerated)
    assert (len(facts), standin.books.ledger()["creates"]) == (1, 1)
