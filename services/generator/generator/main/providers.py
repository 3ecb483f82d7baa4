"""Who can be asked for clips and for trained characters: those an operator has an account with."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Final

import httpx
from contracts.callbacks import Callback
from contracts.events import Event
from pydantic import SecretStr
from runtime.ffmpeg import Ffmpeg
from runtime.objects import ObjectStore

from generator.adapters import fal, http_video, replicate, replicate_training, rundiffusion, runway
from generator.adapters.animatic.provider import Animatic
from generator.adapters.wire import Account, Terms
from generator.handlers.orders import Orders
from generator.handlers.ports import Callbacks, CharacterTrainer, VideoProvider
from generator.handlers.stills import Stills
from generator.settings import Settings

PAID: Final[Mapping[str, Callable[[httpx.AsyncClient, Account], VideoProvider | None]]] = {
    http_video.NAME: http_video.provider,
    replicate.NAME: replicate.provider,
    runway.NAME: runway.provider,
    fal.NAME: fal.provider,
    rundiffusion.NAME: rundiffusion.provider,
}
"""Who can be paid for clips. Each is asked to build itself if there is an account for it."""


def http_client(settings: Settings) -> httpx.AsyncClient:
    """No proxy from the environment: addresses are checked before they are connected to."""
    return httpx.AsyncClient(
        timeout=httpx.Timeout(
            settings.http_video_read_timeout, connect=settings.http_video_connect_timeout
        ),
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=32),
        trust_env=False,
    )


def terms_of(settings: Settings) -> Terms:
    """How long calls may take and how large clips may be, at every provider."""
    return Terms(
        connect=settings.http_video_connect_timeout,
        create=settings.http_video_create_timeout,
        read=settings.http_video_read_timeout,
        download=settings.http_video_download_timeout,
        poll=settings.poll_seconds,
        max_bytes=settings.http_video_max_bytes,
        max_seconds=settings.http_video_max_seconds,
        window=settings.window_seconds,
    )


def accounts_of(settings: Settings) -> dict[str, Account]:
    """The accounts an operator has given, by provider."""
    terms = terms_of(settings)
    found = {http_video.NAME: _http_account(settings, terms)} | _named(settings, terms)
    for name, told in settings.more_accounts.items():
        found[name] = _account(terms, told.key, told.url, told.model, told.usd_per_second)
    return {name: one for name, one in found.items() if one is not None and name in PAID}


def _http_account(settings: Settings, terms: Terms) -> Account | None:
    """It sets its own pace and price."""
    if not settings.http_video_url:
        return None
    own = replace(terms, poll=settings.http_video_poll_seconds)
    usd = settings.http_video_usd_per_second
    return _account(own, settings.http_video_key, settings.http_video_url, "", usd)


def _named(settings: Settings, terms: Terms) -> dict[str, Account | None]:
    """Those whose keys and addresses have names of their own in the environment."""
    given = settings.accounts
    found = {
        replicate.NAME: _account(
            terms,
            given.ai_replicate_api_token,
            given.replicate_base_url,
            given.replicate_model,
            given.replicate_usd_per_second,
        ),
        runway.NAME: _account(
            terms,
            given.runway_api_key,
            given.runway_base_url,
            given.runway_model,
            given.runway_usd_per_second,
        ),
        fal.NAME: _account(
            terms,
            given.ai_pika_api_token,
            given.fal_queue_url,
            given.pika_model,
            given.pika_usd_per_second,
            api=given.fal_api_url,
        ),
    }
    if given.run_diffusion_base_url:
        found[rundiffusion.NAME] = _account(
            terms,
            given.ai_run_diffusion_token,
            given.run_diffusion_base_url,
            given.run_diffusion_contract,
            given.run_diffusion_usd_per_second,
        )
    return found


def _account(
    terms: Terms,
    key: SecretStr | None,
    url: str | None,
    model: str,
    usd: Decimal | None,
    *,
    api: str | None = None,
) -> Account | None:
    if not key or not key.get_secret_value():
        return None
    return Account(key, url or "", model, api or "", replace(terms, usd_per_second=usd))


def providers_of(
    settings: Settings, ffmpeg: Ffmpeg, client: httpx.AsyncClient
) -> dict[str, VideoProvider]:
    """Every provider that is configured, by the name a user gives it."""
    providers: dict[str, VideoProvider] = {"animatic": Animatic(ffmpeg)}
    for name, account in accounts_of(settings).items():
        if made := PAID[name](client, account):
            providers[name] = made
    return providers


def trainer_of(settings: Settings, client: httpx.AsyncClient) -> CharacterTrainer | None:
    """Who trains characters, if anybody does."""
    given, account = settings.accounts, accounts_of(settings).get(replicate.NAME)
    if account is None:
        return None
    model, owner = given.replicate_trainer, given.replicate_owner
    usd = given.replicate_training_usd
    return replicate_training.trainer(client, account, model, owner, usd)


def stills_of(
    providers: Mapping[str, VideoProvider], orders: Orders, store: ObjectStore, settings: Settings
) -> Stills | None:
    """Who draws trained characters, if anybody does."""
    drawing = providers.get(replicate.NAME)
    if not isinstance(drawing, replicate.Replicate):
        return None
    return Stills(replicate.NAME, drawing.still, orders, store, settings.scratch)


def callbacks_of(settings: Settings) -> Callbacks:
    """Where providers call us, if we have a public address."""

    def callback(hook: str, provider: str, event: Event, token: str) -> str:
        if not settings.public_base_url or settings.callback_signing_key is None:
            return ""
        about = Callback(provider, event.job_id, event.user_id, event.project_id, token)
        sealed = about.sealed(settings.callback_signing_key.get_secret_value().encode())
        return f"{settings.public_base_url}/webhooks/{hook}?about={sealed}"

    return callback
