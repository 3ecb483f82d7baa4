"""HTTP in, events out. Composition root of the gateway."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncGenerator, Mapping
from typing import Final
from urllib.parse import urlsplit

import httpx
import imageio_ffmpeg
import structlog
import uvloop
from aiokafka.errors import KafkaError
from contracts.errors import FilmError
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from prometheus_client import REGISTRY, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from runtime import log as logs
from runtime.bus import KafkaPublisher, make_broker, reach
from runtime.db import TRANSIENT_ERRORS, Database
from runtime.ffmpeg import Ffmpeg
from runtime.loops import Loops
from runtime.objects import LocalObjects, ObjectStore, open_store
from runtime.relay import Relay
from runtime.server import serve
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gateway import idempotency, library, openapi, problems
from gateway.addresses import Addresses, Signer, StoreSigner
from gateway.auth import KeySetVerifier, SecretVerifier, Verifier
from gateway.cloudfront import CloudFrontSigner
from gateway.database import UserDatabase
from gateway.hearing import FfmpegHearing
from gateway.limits import BodyLimit, Buckets
from gateway.observe import Observe
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

log = structlog.get_logger()

SWEEP_SECONDS: Final = 3_600.0
HEARING_SECONDS: Final = 60.0
"""As long as a piece of music may take to decode; half an hour of it takes a few seconds."""
_ALLOWED: Final = (
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "Last-Event-ID",
    "Prefer",
)
_EXPOSED: Final = ("ETag", "Location", "Retry-After", "X-Request-Id")
_FORM_BYTES: Final = 131_072
"""What a form may hold beside its files."""


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
    folder = "" if settings.runtime.objects_directory else settings.runtime.objects_url
    return CloudFrontSigner(
        domain,
        settings.cloudfront_key_id or "",
        key.get_secret_value(),
        prefix=urlsplit(folder).path.strip("/"),
    )


class Background:
    """What runs beside the requests: the relay, the wake-ups, the sweeping."""

    def __init__(
        self, settings: Settings, db: Database, hub: ProgressHub, http: httpx.AsyncClient
    ) -> None:
        self.settings = settings
        self.db = db
        self.hub = hub
        self.http = http
        self.store = open_store(settings.runtime)
        self.loops = Loops()
        self.broker = make_broker(settings.runtime, SCHEMA)
        self.relay = Relay(db, SCHEMA, KafkaPublisher(self.broker), direct=True)

    @contextlib.asynccontextmanager
    async def running(self, _: FastAPI) -> AsyncGenerator[None]:
        """The app's lifespan."""
        await self.db.open()
        self.loops.spawn("relay", self._publish())
        self.loops.spawn("progress", JobUpdates(self.settings.runtime, self.hub).run())
        self.loops.spawn("sweep", self._sweep())
        try:
            yield
        finally:
            self.loops.stopping()
            self.relay.stop()
            await self.loops.join("relay", 2)
            await self.loops.cancel()
            await self.broker.stop()
            await self.http.aclose()
            await self.db.close()

    def live(self) -> Mapping[str, str | None]:
        """Each part and what is wrong with it. A bus that is away is waited for, not a fault."""
        return {
            "service": self.loops.died,
            "relay": self.loops.trouble("relay", self.relay.pulse),
        }

    async def ready(self) -> Mapping[str, str | None]:
        """Live, and the database answers. Without the bus requests are still safe."""
        try:
            async with asyncio.timeout(2):
                await self.db.execute("select 1")
        except TRANSIENT_ERRORS as error:
            return {**self.live(), "database": type(error).__name__}
        return {**self.live(), "database": None}

    async def _publish(self) -> None:
        pause = 0.5
        while True:
            try:
                await reach(self.settings.runtime.kafka_bootstrap_servers)
                await self.broker.start()
            except (KafkaError, OSError) as error:
                log.warning("relay.bus_away", error=type(error).__name__, pause=pause)
                self.relay.pulse.beat()
                await asyncio.sleep(pause)
                pause = min(pause * 2, 15.0)
            else:
                return await self.relay.run()

    async def _sweep(self) -> None:
        while True:
            with contextlib.suppress(*TRANSIENT_ERRORS, FilmError):
                await idempotency.forget_old(self.db)
                while await library.sweep(self.db, self.store):
                    pass
            await asyncio.sleep(SWEEP_SECONDS)


def create_app(settings: Settings, db: Database | None = None) -> FastAPI:
    """The gateway's app; its lifespan opens and closes every client."""
    runtime = settings.runtime
    db = db or Database(runtime.database_url, runtime.database_pool_size)
    http = httpx.AsyncClient(timeout=5.0)
    background = Background(settings, db, ProgressHub(settings.streams_per_user), http)
    app = FastAPI(
        title="AI Film Studio",
        version="1",
        description="A YouTube link or a text in, a film with your characters out.",
        lifespan=background.running,
        redoc_url=None,
    )
    app.state.background = background
    app.state.parts = Parts(
        settings=settings,
        database=UserDatabase(db),
        store=background.store,
        addresses=Addresses(
            make_signer(settings, background.store), seconds=settings.result_seconds
        ),
        hearing=FfmpegHearing(
            Ffmpeg(imageio_ffmpeg.get_ffmpeg_exe(), asyncio.Semaphore(2), HEARING_SECONDS)
        ),
        verifier=make_verifier(settings, http),
        hub=background.hub,
        writes=Buckets(settings.writes_per_minute / 60, settings.writes_burst),
        reads=Buckets(settings.reads_per_minute / 60, settings.reads_burst),
        offer=background.relay.offer,
    )
    app.state.webhooks = webhooks.Desk(
        db=db,
        offer=background.relay.offer,
        seal=settings.callback_signing_key,
        replicate_secret=settings.replicate_webhook_secret,
        fal=webhooks.FalKeys(settings.fal_jwks_url, http),
    )
    for resource in _RESOURCES:
        app.include_router(resource.router)
    if isinstance(app.state.parts.store, LocalObjects):
        app.include_router(objects.router)
    _add_health(app, background)
    _add_middleware(app, settings)
    problems.install(app)
    openapi.install(app)
    return app


def _add_middleware(app: FastAPI, settings: Settings) -> None:
    """The last one added is the outermost."""
    source = max(settings.max_text_bytes, settings.max_media_bytes) + _FORM_BYTES
    pictures = settings.max_image_bytes * settings.max_character_images + _FORM_BYTES
    app.add_middleware(
        BodyLimit,
        limit=settings.max_json_bytes,
        larger={
            "/api/v1/imports": source,
            "/api/v1/imports/[^/]+/source": source,
            "/api/v1/characters": pictures,
            "/api/v1/music": settings.max_music_bytes + _FORM_BYTES,
            **dict.fromkeys(webhooks.PATHS, webhooks.LONGEST_BODY),
        },
    )
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=("GET", "POST", "PUT", "PATCH", "DELETE"),
            allow_headers=_ALLOWED,
            expose_headers=_EXPOSED,
        )
    app.add_middleware(Observe)


def _add_health(app: FastAPI, background: Background) -> None:
    def health(parts: Mapping[str, str | None]) -> JSONResponse:
        status = 503 if any(parts.values()) else 200
        return JSONResponse({name: trouble or "ok" for name, trouble in parts.items()}, status)

    async def healthz(_: Request) -> Response:
        return health(background.live())

    async def readyz(_: Request) -> Response:
        return health(await background.ready())

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)

    for path, endpoint in {"/healthz": healthz, "/readyz": readyz, "/metrics": metrics}.items():
        app.add_route(path, endpoint, include_in_schema=False)


def main() -> None:
    """The whole process."""
    settings = Settings.model_validate({})
    logs.configure(settings.runtime, SCHEMA)
    app = create_app(settings)
    sys.exit(uvloop.run(serve(app, settings.runtime, app.state.background.loops.dead)))


if __name__ == "__main__":
    main()
