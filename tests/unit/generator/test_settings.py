"""What the generator accepts to be told, and which providers that makes."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from contracts.errors import ErrorCode, Rejected
from contracts.events import ScenesPlanned
from generator.adapters.http_video import HttpVideo
from generator.handlers.job import first_of
from generator.handlers.ports import VideoProvider
from generator.main import lanes_by_provider
from generator.main.bounds import patience_of
from generator.main.providers import callbacks_of, providers_of, terms_of
from generator.settings import Settings
from pydantic import SecretStr, ValidationError
from runtime.ffmpeg import Ffmpeg
from runtime.objects import LocalObjects
from runtime.settings import RuntimeSettings

from tests.unit.generator.making import (
    PROJECT,
    USER,
    FakeClipCache,
    FakeKeeper,
    plan,
    planned,
    scene,
)
from tests.unit.generator.rows import Clock, maker

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
    with pytest.raises(ValidationError, match="WINDOW"):
        settings(send_seconds=5, window_seconds=5)


def test_an_operator_may_shorten_how_long_lists_are_believed_to_lag() -> None:
    assert terms_of(settings()).window is None
    assert terms_of(settings(window_seconds=20)).window == 20


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


@asynccontextmanager
async def configured(**told: object) -> AsyncGenerator[dict[str, VideoProvider], None]:
    async with httpx.AsyncClient() as client:
        yield providers_of(settings(**told), Ffmpeg("ffmpeg", asyncio.Semaphore(1)), client)


ACCOUNTS: dict[str, dict[str, object]] = {
    "replicate": {"accounts": {"ai_replicate_api_token": "k"}},
    "runway": {"accounts": {"runway_api_key": "k"}},
    "pika": {"accounts": {"ai_pika_api_token": "id:k"}},
    "http": {"more_accounts": {"http": {"key": "k", "url": "https://video.example.com"}}},
}


@pytest.mark.parametrize("name", ACCOUNTS)
async def test_a_provider_with_a_key_is_configured(name: str) -> None:
    async with configured(**ACCOUNTS[name]) as providers:
        assert set(providers) == {"animatic", name}


RUN_DIFFUSION = {"ai_run_diffusion_token": "k", "run_diffusion_base_url": "https://rd.example.com"}


@pytest.mark.parametrize(
    ("told", "known"),
    [
        ({}, False),
        ({"run_diffusion_contract": "made-up"}, False),
        ({"run_diffusion_contract": "generic-video-1"}, True),
        ({"run_diffusion_contract": "generic-video-1", "ai_run_diffusion_token": ""}, False),
    ],
)
async def test_rundiffusion_needs_a_contract_that_is_known(
    told: dict[str, str], *, known: bool
) -> None:
    async with configured(accounts=RUN_DIFFUSION | told) as providers:
        assert ("rundiffusion" in providers) is known


async def test_a_provider_without_a_contract_is_skipped_and_alone_it_says_so(
    objects_root: Path,
) -> None:
    store = LocalObjects(objects_root, public_url="http://127.0.0.1", signing_key=b"k")
    made = plan(scene())
    async with configured(accounts=RUN_DIFFUSION) as providers:
        assert first_of(("rundiffusion", "animatic"), providers) == "animatic"
        wish = made.settings.model_copy(update={"providers": ("rundiffusion",)})
        event = await planned(store, made.model_copy(update={"settings": wish}))
        make = maker(store, providers, FakeClipCache(), Clock())
        with pytest.raises(Rejected) as refused:
            await make(event, FakeKeeper().work())
    assert refused.value.code is ErrorCode.PROVIDER_NOT_CONFIGURED
    assert "rundiffusion" in refused.value.message


async def test_a_model_nobody_listed_stops_the_start() -> None:
    told = {"ai_replicate_api_token": "k", "replicate_model": "me/mine"}
    with pytest.raises(ValueError, match="me/mine"):
        async with configured(accounts=told):
            pass


@pytest.mark.parametrize(
    "url", ["http://api.example.com", "https://me:x@api.example.com", "https://a.example.com/?x=1"]
)
def test_an_accounts_address_is_safe_too(url: str) -> None:
    for name in ("replicate_base_url", "runway_base_url", "fal_queue_url", "fal_api_url"):
        with pytest.raises(ValidationError):
            settings(accounts={name: url})


def test_accounts_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OBJECTS_SIGNING_KEY", "key")
    monkeypatch.setenv("AI_REPLICATE_API_TOKEN", "r8_token")
    monkeypatch.setenv("PUBLIC_BASE_URL", "https://studio.example.com/")
    monkeypatch.setenv("CALLBACK_SIGNING_KEY", "a-seal-of-sixteen-bytes")
    read = Settings()
    token = read.accounts.ai_replicate_api_token
    assert token is not None
    assert token.get_secret_value() == "r8_token"
    assert read.public_base_url == "https://studio.example.com"
    assert "r8_token" not in repr(read)


@pytest.mark.parametrize("key", [None, "short"])
def test_a_public_address_needs_a_seal(key: str | None) -> None:
    told = {"public_base_url": "https://studio.example.com", "callback_signing_key": key}
    with pytest.raises(ValidationError, match="CALLBACK_SIGNING_KEY"):
        settings(**told)


def test_what_becomes_of_unlisted_orders_is_a_setting() -> None:
    assert patience_of(settings()).unlisted == 0
    assert patience_of(settings(unlisted="resubmit_once")).unlisted == 1
    with pytest.raises(ValidationError):
        settings(unlisted="resubmit_always")


def test_how_long_an_order_may_take_to_end_and_is_kept_afterwards_is_a_setting() -> None:
    assert patience_of(settings()).ending == 60
    assert patience_of(settings(ending_seconds=5)).ending == 5
    assert settings().attempts_retention_days == 400
    with pytest.raises(ValidationError):
        settings(attempts_retention_days=1)


def test_nobody_is_called_back_without_a_public_address() -> None:
    made = plan(scene())
    event = ScenesPlanned.model_construct(job_id=made.job_id, user_id=USER, project_id=PROJECT)
    assert callbacks_of(settings())("fal", "pika", event, "t") == ""
    told = {"public_base_url": "https://s.example.com", "callback_signing_key": "k" * 16}
    url = callbacks_of(settings(**told))("fal", "pika", event, "t")
    assert url.startswith("https://s.example.com/webhooks/fal?about=v1.")
