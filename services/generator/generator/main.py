"""ScenesPlanned -> SceneGenerated. Composition root of the generator."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Final

import httpx
import imageio_ffmpeg
from contracts.callbacks import Callback
from contracts.events import (
    CharacterRequested,
    Event,
    ProviderCalledBack,
    SceneRequested,
    ScenesPlanned,
)
from pydantic import SecretStr
from runtime.db import Database
from runtime.ffmpeg import Ffmpeg
from runtime.objects import ObjectStore, open_store
from runtime.service import Service, run
from runtime.work import Route

from generator.adapters import fal, http_video, replicate, replicate_training, rundiffusion, runway
from generator.adapters.animatic.provider import Animatic
from generator.adapters.attempts import PostgresAttempts
from generator.adapters.clips import PostgresClipCache
from generator.adapters.gate import PostgresGate
from generator.adapters.mezzanine import FfmpegMezzanine
from generator.adapters.retention import AttemptsRetention
from generator.adapters.sisters import PostgresSisters
from generator.adapters.watching import GateWatch
from generator.adapters.wire import Account, Terms
from generator.domain.attempt import Patience
from generator.domain.budget import Caps
from generator.domain.routing import Breaking, Limits
from generator.handlers.books import Books
from generator.handlers.hasten import HastenPoll
from generator.handlers.job import first_of
from generator.handlers.looks import Looks
from generator.handlers.orders import Orders
from generator.handlers.plans import Plans
from generator.handlers.ports import Callbacks, CharacterTrainer, VideoProvider
from generator.handlers.routing import Routing
from generator.handlers.scene import MakeScene
from generator.handlers.stills import Stills
from generator.handlers.takes import SceneEvent, scenes_of, wish_of
from generator.handlers.training import GiveUpTraining, TrainCharacter
from generator.handlers.undo import GiveUpScene
from generator.settings import Settings


def lanes_by_provider(
    providers: Mapping[str, VideoProvider],
) -> Callable[[SceneEvent], str]:
    """A row's lane is the provider that will be asked."""
    return lambda event: first_of(wish_of(event), providers) or ""


def http_client(settings: Settings) -> httpx.AsyncClient:
    """No proxy from the environment: addresses are checked before they are connected to."""
    return httpx.AsyncClient(
        timeout=httpx.Timeout(
            settings.http_video_read_timeout, connect=settings.http_video_connect_timeout
        ),
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=32),
        trust_env=False,
    )


PAID: Final[Mapping[str, Callable[[httpx.AsyncClient, Account], VideoProvider | None]]] = {
    http_video.NAME: http_video.provider,
    replicate.NAME: replicate.provider,
    runway.NAME: runway.provider,
    fal.NAME: fal.provider,
    rundiffusion.NAME: rundiffusion.provider,
}
"""Who can be paid for clips. Each is asked to build itself if there is an account for it."""


def accounts_of(settings: Settings) -> dict[str, Account]:
    """The accounts an operator has given, by provider."""
    given, terms = settings.accounts, terms_of(settings)
    http_terms = replace(
        terms,
        poll=settings.http_video_poll_seconds,
        usd_per_second=settings.http_video_usd_per_second,
    )

    def account(
        key: SecretStr | None,
        url: str | None,
        model: str,
        usd: Decimal | None,
        api: str | None = "",
    ) -> Account | None:
        if not key or not key.get_secret_value():
            return None
        return Account(key, url or "", model, api or "", replace(terms, usd_per_second=usd))

    http = account(settings.http_video_key, settings.http_video_url, "", None)
    found = {
        http_video.NAME: replace(http, terms=http_terms) if http and http.url else None,
        replicate.NAME: account(
            given.ai_replicate_api_token,
            given.replicate_base_url,
            given.replicate_model,
            given.replicate_usd_per_second,
        ),
        runway.NAME: account(
            given.runway_api_key,
            given.runway_base_url,
            given.runway_model,
            given.runway_usd_per_second,
        ),
        fal.NAME: account(
            given.ai_pika_api_token,
            given.fal_queue_url,
            given.pika_model,
            given.pika_usd_per_second,
            given.fal_api_url,
        ),
        rundiffusion.NAME: account(
            given.ai_run_diffusion_token,
            given.run_diffusion_base_url,
            given.run_diffusion_contract,
            given.run_diffusion_usd_per_second,
        )
        if given.run_diffusion_base_url
        else None,
    }
    for name, told in settings.more_accounts.items():
        found[name] = account(told.key, told.url, told.model, told.usd_per_second)
    return {name: one for name, one in found.items() if one is not None and name in PAID}


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


def callbacks_of(settings: Settings) -> Callbacks:
    """Where providers call us, if we have a public address."""

    def callback(hook: str, provider: str, event: Event, token: str) -> str:
        if not settings.public_base_url or settings.callback_signing_key is None:
            return ""
        about = Callback(provider, event.job_id, event.user_id, event.project_id, token)
        sealed = about.sealed(settings.callback_signing_key.get_secret_value().encode())
        return f"{settings.public_base_url}/webhooks/{hook}?about={sealed}"

    return callback


def patience_of(settings: Settings) -> Patience:
    """How long and how often to try."""
    return Patience(
        queued=settings.queued_timeout,
        running=settings.running_timeout,
        ending=settings.ending_seconds,
        busy=settings.busy_timeout,
        send=settings.send_seconds,
        window=settings.reconcile_seconds,
        looks=settings.reconcile_looks,
        orders=settings.orders,
        resubmits=settings.resubmits,
        downloads=settings.downloads,
        unusable=settings.unusable,
        unlisted=1 if settings.unlisted == "resubmit_once" else 0,
    )


def stills_of(
    providers: Mapping[str, VideoProvider], orders: Orders, store: ObjectStore, settings: Settings
) -> Stills | None:
    """Who draws trained characters, if anybody does."""
    drawing = providers.get(replicate.NAME)
    if not isinstance(drawing, replicate.Replicate):
        return None
    return Stills(replicate.NAME, drawing.still, orders, store, settings.scratch)


def gate_of(settings: Settings, db: Database) -> PostgresGate:
    """What keeps orders within limits, budgets and health."""
    limits = {
        name: Limits(told.in_flight, told.per_minute, told.burst)
        for name, told in settings.limits.items()
    }
    return PostgresGate(
        db,
        limits,
        Caps(settings.budget_job_usd, settings.budget_day_usd),
        Breaking(settings.breaker_failures, settings.breaker_seconds, settings.probe_seconds),
        horizon_of(settings),
    )


def horizon_of(settings: Settings) -> float:
    """After this many seconds nobody waits for an order any more."""
    out = settings.queued_timeout + settings.running_timeout + settings.ending_seconds
    return out + settings.reconcile_seconds + 1_800


def build(settings: Settings, db: Database | None = None) -> Service:
    """The generator, not yet started."""
    db = db or Database(settings.runtime.database_url, settings.runtime.database_pool_size)
    slots = asyncio.Semaphore(settings.encodes)
    ffmpeg = Ffmpeg(imageio_ffmpeg.get_ffmpeg_exe(), slots, settings.encode_timeout)
    client = http_client(settings)
    providers = providers_of(settings, ffmpeg, client)
    attempts, gate, store = (
        PostgresAttempts(db),
        gate_of(settings, db),
        open_store(settings.runtime),
    )
    books, patience = Books(attempts), patience_of(settings)
    routing = Routing(providers, gate, books, patience, time.time)
    watch = GateWatch(db, list(providers), horizon_of(settings))
    looks = Looks(settings.looks_per_second, watch.out)
    orders = Orders(time.time, patience, books, callbacks_of(settings), routing, looks)
    make = MakeScene(
        providers=providers,
        orders=orders,
        mezzanine=FfmpegMezzanine(ffmpeg),
        cache=PostgresClipCache(db),
        store=store,
        now=time.time,
        plans=Plans(store),
        sisters=PostgresSisters(db),
        scratch=settings.scratch,
        stills=stills_of(providers, orders.once(settings.queued_timeout), store, settings),
    )
    undo = GiveUpScene(providers, orders, gate, store, time.time)
    trainer, slow = trainer_of(settings, client), orders.once(settings.training_timeout)
    train = TrainCharacter(trainer, slow, store, time.time, settings.scratch)
    lane = lanes_by_provider(providers)

    def wake() -> None:
        service.workers.wake()

    routes = (
        *(
            Route(event, step, make, fan_out=scenes_of, lane=lane, undo=undo)
            for event, step in ((ScenesPlanned, "make"), (SceneRequested, "remake"))
        ),
        Route(
            event=CharacterRequested,
            step="train",
            handler=train,
            undo=GiveUpTraining(trainer, slow, gate, time.time),
        ),
        Route(event=ProviderCalledBack, step="hasten", handler=HastenPoll(attempts, wake)),
    )
    service = Service(
        name="generator",
        settings=settings.runtime,
        db=db,
        routes=routes,
        resources=(client, watch, AttemptsRetention(db, settings.attempts_retention_days)),
        lanes=settings.lanes,
    )
    return service


if __name__ == "__main__":
    run(build(Settings()))
