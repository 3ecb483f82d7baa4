"""What the generator accepts to be told, and which providers that makes."""

import asyncio

import httpx
import pytest
from generator.adapters.http_video import HttpVideo
from generator.main import lanes_by_provider, patience_of, providers_of
from generator.settings import Settings
from pydantic import SecretStr, ValidationError
from runtime.ffmpeg import Ffmpeg
from runtime.objects import LocalObjects
from runtime.settings import RuntimeSettings

from tests.unit.generator.making import plan, planned, scene

RUNTIME = RuntimeSettings(objects_signing_key=SecretStr("key"))


def settings(**told: object) -> Settings:
    return Settings.model_validate({"runtime": RUNTIME} | told)


@pytest.mark.parametrize(
    "url",
    [
        "http://video.example.com",
        "ftp://127.0.0.1",
        "https://",
        "https://me:secret@video.example.com",
        "https://video.example.com/?key=1",
        "https://video.example.com/v1",
        "http://localhost.example.com",
    ],
)
def test_an_address_that_is_not_safe_is_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        settings(http_video_url=url)


@pytest.mark.parametrize(
    "url", ["https://video.example.com", "http://127.0.0.1:9", "http://localhost:9/"]
)
def test_a_safe_address_is_kept(url: str) -> None:
    assert settings(http_video_url=url).http_video_url == url.rstrip("/")


def test_an_order_may_not_leave_after_it_was_given_up() -> None:
    with pytest.raises(ValidationError, match="RECONCILE"):
        settings(send_seconds=60, reconcile_seconds=60)
    assert patience_of(settings(send_seconds=1, reconcile_seconds=2)).window == 2


@pytest.mark.parametrize(
    ("told", "configured"),
    [
        ({}, False),
        ({"http_video_url": "https://video.example.com"}, False),
        ({"http_video_key": "k"}, False),
        ({"http_video_url": "", "http_video_key": ""}, False),
        ({"http_video_url": "https://video.example.com", "http_video_key": "k"}, True),
    ],
)
async def test_a_provider_is_configured_by_its_address_and_its_key(
    told: dict[str, str], *, configured: bool
) -> None:
    async with httpx.AsyncClient() as client:
        providers = providers_of(settings(**told), Ffmpeg("ffmpeg", asyncio.Semaphore(1)), client)
    assert "animatic" in providers
    assert isinstance(providers.get("http"), HttpVideo) is configured


def test_lanes_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OBJECTS_SIGNING_KEY", "key")
    monkeypatch.setenv("GENERATOR_LANES", '{"http": 4}')
    assert Settings().lanes == {"http": 4}


async def test_a_rows_lane_is_the_provider_that_will_be_asked(objects_root: object) -> None:
    store = LocalObjects(objects_root, public_url="http://127.0.0.1", signing_key=b"k")  # type: ignore[arg-type]
    made = plan(scene())
    wish = made.settings.model_copy(update={"providers": ("pika", "http", "animatic")})
    event = await planned(store, made.model_copy(update={"settings": wish}))
    async with httpx.AsyncClient() as client:
        ffmpeg = Ffmpeg("ffmpeg", asyncio.Semaphore(1))
        url = {"http_video_url": "https://video.example.com", "http_video_key": "k"}
        both = providers_of(settings(**url), ffmpeg, client)
        alone = providers_of(settings(), ffmpeg, client)
    assert lanes_by_provider(both)(event) == "http"
    assert lanes_by_provider(alone)(event) == "animatic"
    assert lanes_by_provider({})(event) == ""
