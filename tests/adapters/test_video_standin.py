"""The stand-in of the generic video API keeps true books, and does wrong as it is told."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from contracts.errors import Transient
from contracts.mezzanine import Mezzanine
from generator.adapters.http_video import HttpVideo
from generator.adapters.probe import probe
from pydantic import SecretStr
from standins.server import serving
from standins.video import KEY, VideoStandin
from standins.video_faults import Faults

from tests.adapters.video_api import (
    QUICK,
    Served,
    Shares,
    asked,
    now,
)
from tests.unit.generator.making import order
from tests.unit.generator.rows import Clock


@pytest.mark.parametrize("foreign", [False, True])
async def test_the_stand_ins_clips_are_what_was_asked_for(
    client: httpx.AsyncClient, tmp_path: Path, *, foreign: bool
) -> None:
    standin = VideoStandin(foreign=foreign)
    standin.faults = Faults(make_seconds=(0, 0))
    seen: set[bytes] = set()
    with serving(standin.app) as base:
        provider = HttpVideo(client, base, SecretStr(KEY), QUICK)
        for prompt in ("one", "two"):
            placed = await provider.submit(order(asked(prompt=prompt), prompt), now)
            path = tmp_path / f"{prompt}.mp4"
            await provider.fetch(placed, path, Shares())
            seen.add(path.read_bytes())
    assert len(seen) == 2
    found = probe(tmp_path / "one.mp4")
    kept = set(found.keyframes) >= set(Mezzanine(320, 320, 30).keyframes(24))
    assert (kept, found.sound is None) == (not foreign, foreign)
    assert found.seconds >= 0.8


async def test_the_ledger_counts_what_was_taken(client: httpx.AsyncClient) -> None:
    standin = VideoStandin(now=Clock())
    with serving(standin.app) as base:
        provider = HttpVideo(client, base, SecretStr(KEY), QUICK)
        script = {"create": [None, "create_500_after", "create_429"], "job": ["job_failed"]}
        told = await client.put(f"{base}/_faults", json={"script": script, "make_seconds": [0, 0]})
        assert told.status_code == 204
        for token in ("a", "b", "c"):
            try:
                await provider.submit(order(asked(prompt=f"scene {token}"), token), now)
            except Transient:
                continue
        ledger = (await client.get(f"{base}/_ledger")).json()
    assert ledger["creates"] == 2
    assert ledger["by_token"] == {"a": 1, "b": 1}
    assert ledger["by_prompt"] == {"scene a": 1, "scene b": 1}
    assert ledger["failed_tokens"] == ["a"]
    assert ledger["paid_usd"] == pytest.approx(0.08)


async def test_two_jobs_of_one_prompt_at_once_are_noticed(
    served: Served, provider: HttpVideo
) -> None:
    served[0].faults = Faults(make_seconds=(10, 10))
    await provider.submit(order(asked(prompt="twice"), "twice.1"), now)
    assert "twice" not in served[0].books.ledger()["twice_live"]
    await provider.submit(order(asked(prompt="twice"), "twice.2"), now)
    assert "twice" in served[0].books.ledger()["twice_live"]


@pytest.mark.parametrize(
    "told",
    [{"rates": {"nonsense": 1}}, {"script": {"x": []}}, {"rate": {}}, {"rates": {"get_500": 2}}],
)
async def test_faults_that_mean_nothing_are_refused(
    served: Served, client: httpx.AsyncClient, told: dict[str, Any]
) -> None:
    assert (await client.put(f"{served[1]}/_faults", json=told)).status_code == 422


def test_the_same_seed_draws_the_same_faults() -> None:
    rates = {"create_429": 0.2, "create_hang": 0.3}
    draws = [[f.draw("create") for _ in range(200)] for f in (Faults(5, rates), Faults(5, rates))]
    assert draws[0] == draws[1]
    assert {"create_429", "create_hang", None} == set(draws[0])
    assert 0.3 < draws[0].count(None) / 200 < 0.7
