"""Scenes of trained characters: one still and one clip are paid for, whenever the process dies."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal

import httpx
import pytest
from contracts.documents import Cast
from contracts.events import SceneGenerated
from generator.adapters import replicate
from generator.adapters.wire import Account
from generator.domain.ledger import State
from generator.handlers.looks import Looks
from generator.handlers.orders import Orders
from generator.handlers.stills import Stills
from generator.handlers.undo import GiveUpScene
from pydantic import SecretStr
from runtime.objects import LocalObjects
from runtime.work import Done, Outcome, Waiting
from standins.replicate import KEY, ReplicateStandin
from standins.server import serving
from standins.video_faults import Faults

from tests.adapters.houses import Door, even
from tests.component.generator.desk import PATIENCE, TERMS, Fate, Mortal, ProbingMaker, Wire
from tests.component.generator.school import MODEL, ONCE, School
from tests.component.generator.verdicts import dying_at, immortal
from tests.unit.generator.making import (
    FakeClipCache,
    FakeKeeper,
    nowhere,
    plan,
    planned,
    scene,
)
from tests.unit.generator.rows import Row, maker
from tests.waiting import until

MAKE = (1.0, 3.0)
ADA = Cast(name="Ada", color="#ee6352", trigger_word="chada")


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[ReplicateStandin, Door, str]]:
    standin = ReplicateStandin()
    door = Door(standin.app)
    with serving(door) as base:
        yield standin, door, base


@pytest.fixture
def school(
    served: tuple[ReplicateStandin, Door, str], tmp_path_factory: pytest.TempPathFactory
) -> School:
    return fresh(School(*served, store=store_in(tmp_path_factory)), tmp_path_factory)


def store_in(folders: pytest.TempPathFactory) -> LocalObjects:
    return LocalObjects(folders.mktemp("stills"), public_url="http://127.0.0.1", signing_key=b"key")


def fresh(school: School, folders: pytest.TempPathFactory) -> School:
    """A store without the still of a life before."""
    return replace(school, store=store_in(folders))


def known(school: School, faults: Faults) -> str:
    """A model that was trained before; its reference."""
    school.open(faults)
    asked = {"prompt": MODEL, "client_token": "before", "raw": {"destination": MODEL}, "hook": ""}
    school.standin.books.create(asked, 0.0, fails=False, usd=Decimal(0))
    (ref,) = school.standin.workshop.versions(school.standin.books)
    return ref


@asynccontextmanager
async def row(
    school: School, faults: Faults, fate: Fate, *, ref: str = "", cache: FakeClipCache | None = None
) -> AsyncGenerator[Row]:
    """A scene with Ada in it."""
    ref = ref or known(school, faults)
    await until(school.door.calm, "the provider has booked what was sent before")
    wire = Wire(fate, school.network, school.door)
    async with httpx.AsyncClient(transport=wire, trust_env=False) as client:
        account = Account(SecretStr(KEY), school.base, terms=TERMS)
        provider = replicate.provider(client, account)
        provider = replace(provider, wire=replace(provider.wire, chance=even))
        make = maker(
            school.store,
            {"replicate": provider},
            cache or FakeClipCache(),
            school.clock,
            patience=PATIENCE,
            mezzanine=ProbingMaker(),
            log=school.log,
        )
        books, routing = make.orders.books, make.orders.routing
        looks = Looks(chance=even)
        orders = Orders(school.clock, ONCE, books, nowhere, routing, looks)
        calm = replace(make.orders, looks=Looks(chance=even))
        stills = Stills("replicate", provider.still, orders, school.store)
        made = plan(
            scene(
                frames=24,
                characters=(
                    Cast(name="Ada", color="#ee6352", model_ref=ref, trigger_word="chada"),
                ),
            )
        )
        wish = made.settings.model_copy(update={"providers": ("replicate",)})
        event = await planned(school.store, made.model_copy(update={"settings": wish}))
        yield Row(
            replace(make, stills=stills, orders=calm), event, school.clock, keeper=Mortal(fate)
        )


def drawn_once(school: School, row: Row, outcome: Outcome) -> SceneGenerated:
    """One still and one clip were paid for, and both are what the scene cost."""
    assert isinstance(outcome, Done), (outcome, row.outcomes)
    (fact,) = outcome.events
    assert isinstance(fact, SceneGenerated)
    ledger = school.ledger()
    assert set(ledger["by_token"].values()) == {1}
    _, still, clip = school.standin.books.orders.values()
    assert ":" in still.asked["raw"]["version"]
    assert "chada" in still.asked["prompt"]
    assert clip.asked["raw"]["input"]["image"].startswith("data:image/webp;base64,")
    assert fact.cost_usd == still.cost + clip.cost
    return fact


@pytest.mark.parametrize(
    "script", [{}, {"create": ["create_reset_after"] * 2}], ids=["well", "lost"]
)
async def test_a_death_at_every_instant_of_a_scene_with_a_still(
    school: School,
    tmp_path_factory: pytest.TempPathFactory,
    script: dict[str, list[str | None]],
) -> None:
    told = {"script": script, "make_seconds": MAKE}
    instants: list[str] = []
    async with row(school, Faults.of(told), dying_at(set(), instants)) as made:
        drawn_once(school, made, await made.finish())
    for number in range(len(instants)):
        school = fresh(school, tmp_path_factory)
        async with row(school, Faults.of(told), dying_at({number}, [])) as made:
            outcome = await made.finish()
            assert made.deaths == 1
            drawn_once(school, made, outcome)


@pytest.mark.parametrize(
    "script",
    [{"job": ["job_failed"]}, {"job": ["job_refused"]}],
    ids=["failed", "refused"],
)
async def test_without_a_still_the_scene_is_made_of_the_characters_own_picture(
    school: School, script: dict[str, list[str | None]]
) -> None:
    async with row(school, Faults(script=script, make_seconds=MAKE), immortal) as made:
        outcome = await made.finish()
    assert isinstance(outcome, Done)
    *_, clip = school.standin.books.orders.values()
    assert "image" not in clip.asked["raw"]["input"]
    assert len(school.standin.books.orders) == 3


async def test_a_still_is_drawn_once_for_all_films(school: School) -> None:
    cache = FakeClipCache()
    async with row(school, Faults(make_seconds=MAKE), immortal, cache=cache) as made:
        drawn_once(school, made, await made.finish())
    (ref,) = school.standin.workshop.versions(school.standin.books)
    async with row(school, Faults(), immortal, ref=ref, cache=cache) as again:
        again.keeper = FakeKeeper()
        outcome = await again.finish()
    assert isinstance(outcome, Done)
    (fact,) = outcome.events
    assert isinstance(fact, SceneGenerated)
    assert school.ledger()["creates"] == 3


async def test_a_scene_that_is_cancelled_while_its_still_is_drawn_orders_no_clip(
    school: School,
) -> None:
    async with row(school, Faults(make_seconds=(50, 50)), immortal) as made:
        assert isinstance(await made.run(), Waiting)
        assert set(made.keeper.checkpoint) == {"still"}
        orders, gate = made.make.orders, made.make.orders.routing.gate
        undo = GiveUpScene(made.make.providers, orders, gate, school.store, school.clock)
        keeper = FakeKeeper(made.keeper.checkpoint)
        assert await undo(made.event, keeper.work(step="undo.make")) == Done()
    assert school.ledger()["creates"] == 2
    (entry,) = school.log.entries.values()
    assert entry.state is State.TAKEN
