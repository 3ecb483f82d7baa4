"""A seed means the same trouble everywhere, and enough of it."""

import re
from collections import Counter
from dataclasses import replace
from itertools import chain
from uuid import UUID, uuid4

import pytest
from contracts.documents import Segment, Transcript
from contracts.events import GenerationSettings
from contracts.topics import SERVICES
from scripter import domain as scripter
from standins.video_faults import Faults
from transcriber.domain.prose import read_prose

from tests.chaos.customers import SETTINGS
from tests.chaos.providers import VENDORS
from tests.chaos.schedule import (
    LEASE_SECONDS,
    RECONCILE_SECONDS,
    SEND_SECONDS,
    SESSION_SECONDS,
    Kind,
    Order,
    faults,
    orders,
)
from tests.chaos.weather import CALM, STORMS, calm, storm

SEEDS = range(40)


def test_a_seed_always_means_the_same() -> None:
    assert faults(5, 90) == faults(5, 90)
    assert orders(5, 9, 90) == orders(5, 9, 90)
    assert faults(5, 90) != faults(6, 90)
    assert orders(5, 9, 90) != orders(6, 9, 90)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_minute_and_a_half_has_every_kind_of_trouble(seed: int) -> None:
    assert {fault.kind for fault in faults(seed, 90)} == set(Kind)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("seconds", [20, 90, 600])
def test_trouble_comes_in_order_and_the_broker_is_lost_once_half_way(
    seed: int, seconds: float
) -> None:
    made = faults(seed, seconds)
    assert [fault.at for fault in made] == sorted(fault.at for fault in made)
    assert made[0].at > 0
    assert made[-1].at < seconds
    (loss,) = [fault for fault in made if fault.kind is Kind.TOTAL_LOSS]
    assert 0.4 <= loss.at / seconds <= 0.6


def test_every_service_is_hit() -> None:
    hit = {fault.service for seed in SEEDS for fault in faults(seed, 90) if fault.service}
    assert hit == set(SERVICES)


def test_pauses_outlast_lease_and_session_but_not_the_search_for_an_order() -> None:
    made = chain.from_iterable(faults(seed, 300) for seed in SEEDS)
    pauses = [fault.seconds for fault in made if fault.kind is Kind.PAUSE]
    assert min(pauses) > max(LEASE_SECONDS, SESSION_SECONDS)
    assert max(pauses) + SEND_SECONDS < RECONCILE_SECONDS


@pytest.mark.parametrize("provider", VENDORS)
def test_every_provider_can_be_told_its_weather(provider: str) -> None:
    Faults.of({"rates": dict(calm(provider))})
    for rates in STORMS:
        told = storm(provider, rates)
        Faults.of({"rates": dict(told)})
        assert {name: told[name] for name in rates if name in CALM} == {
            name: rate for name, rate in rates.items() if name in CALM
        }


def test_a_seeds_storms_are_those_that_are_known() -> None:
    made = chain.from_iterable(faults(seed, 300) for seed in SEEDS)
    assert {id(fault.rates) for fault in made if fault.rates} == {id(rates) for rates in STORMS}


@pytest.mark.parametrize("seed", SEEDS)
def test_films_are_spread_over_the_providers(seed: int) -> None:
    wishes = [order.providers for order in orders(seed, 8, 90, tuple(VENDORS))]
    assert Counter(wish[0] for wish in wishes) == dict.fromkeys(VENDORS, 2)
    assert all(len(set(wish)) == len(wish) <= 2 for wish in wishes)


def test_some_films_have_another_provider_to_fall_back_on() -> None:
    made = [order for seed in SEEDS for order in orders(seed, 8, 90, tuple(VENDORS))]
    assert 0.3 < sum(len(order.providers) > 1 for order in made) / len(made) < 0.7


def test_who_makes_the_films_changes_nothing_else() -> None:
    alone, spread = orders(3, 9, 90), orders(3, 9, 90, tuple(VENDORS))
    assert {order.providers for order in alone} == {("http",)}
    assert [replace(order, providers=("http",)) for order in spread] == list(alone)


def test_the_first_film_is_watched_and_published() -> None:
    assert all(orders(seed, 1, 90)[0].watched for seed in SEEDS)
    assert all(orders(seed, 1, 90)[0].published for seed in SEEDS)


def test_no_two_scenes_of_a_run_say_the_same() -> None:
    texts = [order.text for seed in (1, 2) for order in orders(seed, 300, 90)]
    words = re.findall(r"met (\w+)\.", "".join(texts))
    assert len(set(words)) == len(words) > 3_000


@pytest.mark.parametrize("order", orders(7, 12, 90), ids=lambda order: f"{order.scenes}-scenes")
def test_a_text_becomes_as_many_scenes_as_it_was_written_for(order: Order) -> None:
    _, paragraphs = read_prose(order.text, markdown=False)
    segments = tuple(Segment(start=0, end=0, text=text) for text in paragraphs)
    transcript = Transcript(language="en", origin="upload", timed=False, segments=segments)
    script = scripter.write_script(UUID(int=1), transcript)
    plan = scripter.plan_film(uuid4(), script, GenerationSettings.model_validate(SETTINGS))
    assert len(plan.scenes) == order.scenes
    assert len({scene.prompt for scene in plan.scenes}) == order.scenes
