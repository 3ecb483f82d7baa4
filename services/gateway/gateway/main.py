"""HTTP in, events out. Composition root of the gateway."""

import asyncio
import sys
from typing import Final
from urllib.parse import urlsplit

import httpx
import imageio_ffmpeg
import uvloop
from contracts.errors import FilmError
from fastapi import FastAPI
from runtime import log as logs
from runtime.bus import KafkaPublisher, make_broker
from runtime.db import TRANSIENT_ERRORS, Database
from runtime.ffmpeg import Ffmpeg
from runtime.objects import LocalObjects, ObjectStore, open_store
from runtime.outbox import Offer
from runtime.relay import Relay
from runtime.server import serve
from runtime.upkeep import SWEEP_SECONDS, Upkeep

from gateway import health, idempotency, library, middleware, openapi, problems
from gateway.addresses import Addresses, Signer, StoreSigner
from gateway.auth import KeySetVerifier, SecretVerifier, Verifier
from gateway.background import Background
from gateway.database import UserDatabase
from gateway.hearing import FfmpegHearing
from gateway.limits import Buckets
from gateway.parts import SCHEMA, Parts
from gateway.progress import JobUpdates, ProgressHub
from gateway.routes import (
    casting,
    characters,
    estimates,
    events,
    exports,
    imports,
    jobs,
    music,
    objects,
    plans,
    results,
    reviews,
    scripts,
    sources,
    training,
    uploads,
    webhooks,
)
from gateway.settings import Settings

HEARING_SECONDS: Final = 60.0
"""As long as a piece of music may take to decode; half an hour of it takes a few seconds."""
_RESOURCES: Final = (
    imports,
    sources,
    scripts,
    casting,
    estimates,
    characters,
    training,
    jobs,
    plans,
    events,
    results,
    reviews,
    exports,
    music,
    uploads,
    webhooks,
)


def make_verifier(settings: Settings, http: httpx.AsyncClient) -> Verifier:
    """The one way of checking tokens that the configuration names."""
    if settings.supabase_jwt_secret is not None:
        secret = settings.supabase_jwt_secret.get_secret_value()
        return SecretVerifier(secret, settings.jwt_issuer)
    return KeySetVerifier(settings.jwks_url or "", settings.jwt_issuer, http)


def make_signer(settings: Settings, store: ObjectStore) -> Signer:
    """CloudFront if it is configured, else the store itself."""
    domain, key = settings.cloudfront_domain, settings.cloudfront_private_key
    if domain is None or key is None:
        return StoreSigner(store)
    from gateway.cloudfront import CloudFrontSigner

    folder = "" if settings.runtime.objects_directory else settings.runtime.objects_url
    return CloudFrontSigner(
        domain,
        settings.cloudfront_key_id or "",
        key.get_secret_value(),
        prefix=urlsplit(folder).path.strip("/"),
    )


def make_hearing() -> FfmpegHearing:
    """What listens to uploaded music, two pieces at a time."""
    slots = asyncio.Semaphore(2)
    return FfmpegHearing(Ffmpeg(imageio_ffmpeg.get_ffmpeg_exe(), slots, HEARING_SECONDS))


def make_desk(
    settings: Settings, db: Database, http: httpx.AsyncClient, offer: Offer
) -> webhooks.Desk:
    """Where providers call."""
    return webhooks.Desk(
        db=db,
        offer=offer,
        seal=settings.callback_signing_key,
        replicate_secret=settings.replicate_webhook_secret,
        fal=webhooks.FalKeys(settings.fal_jwks_url, http),
    )


def background_of(
    settings: Settings, db: Database, http: httpx.AsyncClient, store: ObjectStore, hub: ProgressHub
) -> Background:
    """Everything that runs beside the requests."""
    runtime = settings.runtime
    broker = make_broker(runtime, SCHEMA)
    return Background(
        db=db,
        http=http,
        broker=broker,
        servers=runtime.kafka_bootstrap_servers,
        relay=Relay(db, SCHEMA, KafkaPublisher(broker), direct=True),
        updates=JobUpdates(runtime, hub),
        upkeep=(
            Upkeep("answers", SWEEP_SECONDS, lambda: idempotency.forget_old(db)),
            Upkeep(
                "discarded",
                SWEEP_SECONDS,
                lambda: library.sweep(db, store),
                passing=(*TRANSIENT_ERRORS, FilmError),
            ),
        ),
    )


def create_app(settings: Settings, db: Database | None = None) -> FastAPI:
    """The gateway's app; its lifespan opens and closes every client."""
    runtime = settings.runtime
    db = db or Database(runtime.database_url, runtime.database_pool_size)
    http, store = httpx.AsyncClient(timeout=5.0), open_store(runtime)
    hub = ProgressHub(settings.streams_per_user)
    background = background_of(settings, db, http, store, hub)
    offer = background.relay.offer
    app = FastAPI(
        title="AI Film Studio",
        version="1",
        description="A YouTube link or a text in, a film with your characters out.",
        lifespan=background.running,
        redoc_url=None,
    )
    app.state.loops = background.loops
    app.state.parts = Parts(
        settings=settings,
        database=UserDatabase(db),
        store=store,
        addresses=Addresses(make_signer(settings, store), seconds=settings.result_seconds),
        hearing=make_hearing(),
        verifier=make_verifier(settings, http),
        hub=hub,
        writes=Buckets(settings.writes_per_minute / 60, settings.writes_burst),
        reads=Buckets(settings.reads_per_minute / 60, settings.reads_burst),
        offer=offer,
    )
    app.state.webhooks = make_desk(settings, db, http, offer)
    for resource in _RESOURCES:
        app.include_router(resource.router)
    if isinstance(store, LocalObjects):
        app.include_router(objects.router)
    health.install(app, background)
    middleware.install(app, settings)
    problems.install(app)
    openapi.install(app)
    return app


def main() -> None:
    """The whole process."""
    settings = Settings.model_validate({})
    logs.configure(settings.runtime, SCHEMA)
    app = create_app(settings)
    sys.exit(uvloop.run(serve(app, settings.runtime, app.state.loops.dead)))


if __name__ == "__main__":
    main()
