"""A character is trained once and plays in a film, against Replicate's stand-in."""

import io
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from standins.replicate import KEY, ReplicateStandin
from standins.replicate_training import is_training
from standins.server import serving

from tests.e2e.stack import finished, import_file, running_stack

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

STORY = "ADA: Do you hear the sea?\n"
SMALL = {"width": 568, "height": 320, "max_scenes": 1, "providers": ["replicate"]}
PLACE = "/api/v1/characters"


@dataclass
class World:
    """A stack whose Replicate is at hand."""

    api: httpx.AsyncClient
    standin: ReplicateStandin

    def asked(self, *, training: bool) -> list[dict[str, Any]]:
        orders = self.standin.books.orders.values()
        return [order.asked["raw"] for order in orders if is_training(order) is training]


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[World, None]:
    standin = ReplicateStandin()
    with serving(standin.app) as url:
        monkeypatch.setenv("AI_REPLICATE_API_TOKEN", KEY)
        monkeypatch.setenv("REPLICATE_BASE_URL", url)
        monkeypatch.setenv("GENERATOR_POLL_SECONDS", "0.5")
        async with running_stack(tmp_path / "home") as stack, stack.client() as api:
            yield World(api, standin)


def picture(number: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (160 + number, 160), (200, 40 * number, 60)).save(buffer, "PNG")
    return buffer.getvalue()


async def film(world: World, script_id: str, character_id: str) -> dict[str, Any]:
    wish = {
        "script_id": script_id,
        "settings": SMALL,
        "characters": [{"character_id": character_id}],
    }
    reply = await world.api.post("/api/v1/jobs", json=wish)
    assert reply.status_code == 202, reply.text
    shown = await finished(world.api, reply.json()["job_id"])
    assert shown["status"] == "succeeded", shown
    return shown


async def test_a_character_is_trained_once_and_plays_in_films(world: World, tmp_path: Path) -> None:
    files = [("images", (f"{n}.png", picture(n))) for n in range(4)]
    made = await world.api.post(PLACE, data={"name": "Ada"}, files=files)
    assert made.status_code == 201, made.text
    ada = made.json()["id"]
    shown: dict[str, Any] = {}
    for _ in range(2):
        reply = await world.api.post(f"{PLACE}/{ada}/train")
        assert reply.status_code == 202, reply.text
        shown = await finished(world.api, reply.json()["job_id"])
        assert (shown["type"], shown["status"], shown["progress"]) == (
            "character",
            "succeeded",
            100,
        ), shown
    assert float(shown["cost_usd"]) == pytest.approx(1.525)
    assert (await world.api.get(f"{PLACE}/{ada}")).json()["training"] == "ready"
    (training,) = world.asked(training=True)
    model, word = training["destination"], training["input"]["trigger_word"]

    path = tmp_path / "story.txt"
    path.write_text(STORY)
    script_id = (await import_file(world.api, path))["script_id"]
    first = await film(world, script_id, ada)
    still, clip = world.asked(training=False)
    assert still["version"].startswith(f"{model}:")
    assert word in still["input"]["prompt"]
    assert clip["input"]["image"].startswith("data:image/webp;base64,")
    assert float(first["cost_usd"]) == pytest.approx(
        sum(float(o.cost) for o in world.standin.books.orders.values() if not is_training(o))
    )
    again = await film(world, script_id, ada)
    assert [scene["reused"] for scene in again["scenes"]] == [True]
    assert world.standin.books.ledger()["creates"] == 3
