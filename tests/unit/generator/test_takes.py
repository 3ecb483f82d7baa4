"""Another take of a scene, and characters' pictures: asked, made, told of."""

import base64
from dataclasses import replace
from pathlib import Path

import pytest
from contracts.documents import Cast
from contracts.errors import ErrorCode
from contracts.events import SceneGenerated, SceneProgressed, SceneRequested, ScenesPlanned
from generator.domain.provider import Order
from generator.handlers.job import Job
from generator.handlers.takes import LEFT_OUT, pictures_of
from runtime.objects import LocalObjects
from runtime.work import Done

from tests.unit.generator.making import (
    FakeClipCache,
    FakeKeeper,
    FakeProvider,
    plan,
    planned,
    scene,
)
from tests.unit.generator.rows import Clock, Row, maker

MADE = plan(scene(0), scene(1))


@pytest.fixture
def store(tmp_path: Path) -> LocalObjects:
    return LocalObjects(tmp_path / "objects", public_url="http://127.0.0.1", signing_key=b"key")


def again(first: ScenesPlanned, **changes: object) -> SceneRequested:
    asked = {
        "plan": first.plan,
        "scene_index": 1,
        "scene_count": 2,
        "take": 2,
        "providers": ("animatic",),
        "prompt": "a hill at night",
    }
    return SceneRequested.caused_by(first, **(asked | changes))


async def test_another_take_is_made_of_what_the_user_changed(store: LocalObjects) -> None:
    provider, clock = FakeProvider(), Clock(tick=2.0)
    make = maker(store, {"animatic": provider}, FakeClipCache(), clock)
    row = Row(make, again(await planned(store, MADE), seed=5), clock, ordinal=1)
    outcome = await row.finish()
    assert isinstance(outcome, Done)
    (fact,) = outcome.events
    assert isinstance(fact, SceneGenerated)
    assert (fact.scene_index, fact.take, fact.scene_count) == (1, 2, 2)
    told = [event for event in row.keeper.events if isinstance(event, SceneProgressed)]
    assert told
    assert {event.take for event in told} == {2}
    ((token, request),) = provider.orders.items()
    assert (request.prompt, Order(request, token).seed) == ("a hill at night", 5)


async def test_a_take_differs_from_the_first_one_even_if_nothing_was_changed(
    store: LocalObjects,
) -> None:
    first = await planned(store, MADE)
    provider, work = FakeProvider(), FakeKeeper().work(1)
    prompt = MADE.scenes[1].prompt
    events = [
        first,
        again(first, prompt=prompt),
        again(first, prompt=prompt, take=3),
        again(first, prompt=prompt, seed=5),
        again(first, prompt=prompt, take=3, seed=5),
    ]
    hashes = [
        Job.of(event, work, MADE, {"animatic": provider}, Clock()).attempt.request_hash
        for event in events
    ]
    assert len(set(hashes)) == 4
    assert hashes[3] == hashes[4]


async def test_a_provider_that_is_not_here_fails_the_take(store: LocalObjects) -> None:
    clock = Clock()
    make = maker(store, {"animatic": FakeProvider()}, FakeClipCache(), clock)
    asked = again(await planned(store, MADE), providers=("nobody",))
    outcome = await Row(make, asked, clock, ordinal=1).fail()
    assert outcome.code is ErrorCode.PROVIDER_NOT_CONFIGURED


async def test_a_characters_picture_reaches_a_provider_that_takes_pictures(
    store: LocalObjects,
) -> None:
    image = await store.put("users/u/characters/c/a.webp", b"looks", "image/webp")
    cast = Cast(name="Maya", color="#ee6352", image=image)
    made = plan(scene(0, characters=(cast,)))
    blind = FakeProvider()
    sees = FakeProvider()
    sees.capabilities = replace(blind.capabilities, pictures=1)
    address = "data:image/webp;base64," + base64.b64encode(b"looks").decode()
    assert await pictures_of(made, 0, {"a": blind}, store) == ()
    assert await pictures_of(made, 0, {"a": blind, "b": sees}, store) == (address,)
    assert await pictures_of(made, 0, {"b": sees}, None) == (LEFT_OUT,)
    clock = Clock(tick=2.0)
    make = maker(store, {"animatic": sees}, FakeClipCache(), clock)
    await Row(make, await planned(store, made), clock).finish()
    (request,) = sees.orders.values()
    assert request.pictures == (address,)


async def test_a_picture_that_is_gone_is_told_and_nothing_is_ordered(store: LocalObjects) -> None:
    image = await store.put("users/u/characters/c/a.webp", b"looks", "image/webp")
    await store.delete(image.key)
    sees = FakeProvider()
    sees.capabilities = replace(sees.capabilities, pictures=1)
    made = plan(scene(0, characters=(Cast(name="Maya", color="#ee6352", image=image),)))
    clock = Clock()
    make = maker(store, {"animatic": sees}, FakeClipCache(), clock)
    assert "Maya" in (await Row(make, await planned(store, made), clock).fail()).message
    assert not sees.orders
