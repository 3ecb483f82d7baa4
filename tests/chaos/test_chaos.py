"""The short run: everything is killed once or twice under a few jobs, and nothing is lost."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kafka.fixtures import java_or_skip

ROOT = Path(__file__).parents[2]
_LONGEST = 540.0


async def chaos(*words: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of ``python -m tests.chaos``."""
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "tests.chaos", *words],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "120"},
        capture_output=True,
        text=True,
        timeout=_LONGEST,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.kafka
@pytest.mark.e2e
@pytest.mark.timeout(_LONGEST + 30)
async def test_a_few_films_survive_killing_everything() -> None:
    java_or_skip("killing the broker")
    who = ("--providers", "http,replicate,fal")  # those who can be asked for a lost order
    code, line, said = await chaos("--seed", "7", "--jobs", "3", "--minutes", "0.35", *who)
    assert code == 0, said
    told = json.loads(line)
    assert told["jobs"] == told["succeeded"] == 3
    assert (told["failed"], told["lost"], told["paid_twice"]) == (0, 0, 0)
    assert told["scenes"] >= 18
    assert min(told["kills"], told["rebalances"], told["duplicates_seen"]) > 0
    bills = told["providers"]
    assert min(bill["made"] for bill in bills.values()) > 0
    assert all(bill["creates"] - bill["lost"] == bill["made"] for bill in bills.values())
    assert sum(bill["made"] for bill in bills.values()) == told["scenes"]


async def test_a_seed_can_be_looked_at_before_it_is_run() -> None:
    code, out, said = await chaos("--seed", "7", "--jobs", "3", "--minutes", "1", "--show")
    assert (code, out) == (0, "")
    assert said.count("total loss") == 1
    assert (code, out, said) == await chaos(
        "--seed", "7", "--jobs", "3", "--minutes", "1", "--show"
    )


@pytest.mark.parametrize(
    "words",
    [
        ("--jobs", "0"),
        ("--jobs", "1", "--minutes", "0"),
        ("--jobs", "1", "--folder", "."),
        ("--jobs", "1", "--providers", "sora"),
    ],
)
async def test_what_cannot_be_run_is_refused(words: tuple[str, ...]) -> None:
    code, out, said = await chaos("--seed", "1", *words)
    assert (code, out) == (2, "")
    assert "error: --" in said


async def test_help_has_examples() -> None:
    code, out, _ = await chaos("--help")
    assert code == 0
    assert "python -m tests.chaos --seed 1 --jobs 40" in out
