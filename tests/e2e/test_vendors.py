"""The whole product with its vendors: their real clients, against stand-ins on loopback."""

import wave
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.stack import finished, import_file, start_film

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

STORY = "MIRA: Do you hear the sea?\n\nJONAS: It calls us home. We should go now.\n"
SMALL = {"width": 568, "height": 320, "max_scenes": 2}


async def imported(api: httpx.AsyncClient, tmp_path: Path) -> str:
    path = tmp_path / "story.txt"
    path.write_text(STORY)
    shown = await import_file(api, path)
    assert shown["status"] == "succeeded", shown
    return str(shown["script_id"])


@pytest.mark.parametrize("provider", ["replicate", "runway", "pika"])
async def test_a_film_is_made_by_a_paid_provider(
    api: httpx.AsyncClient, tmp_path: Path, provider: str
) -> None:
    script_id = await imported(api, tmp_path)
    shown = await finished(api, await start_film(api, script_id, providers=[provider], **SMALL))
    assert shown["status"] == "succeeded", shown
    scenes: list[dict[str, Any]] = shown["scenes"]
    assert {scene["provider"] for scene in scenes} == {provider}


async def test_speech_becomes_a_script(api: httpx.AsyncClient, tmp_path: Path) -> None:
    path = tmp_path / "talk.wav"
    with wave.open(str(path), "wb") as sound:
        sound.setparams((1, 2, 16_000, 0, "NONE", "not compressed"))
        sound.writeframes(b"\x10\x20" * 32_000)
    shown = await import_file(api, path)
    assert shown["status"] == "succeeded", shown
    assert shown["script_id"]
