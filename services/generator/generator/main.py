"""ScenesPlanned -> SceneGenerated. Composition root of the generator."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence

import httpx
import imageio_ffmpeg
from contracts.events import ScenesPlanned
from runtime.db import Database
from runtime.ffmpeg import Ffmpeg
from runtime.objects import open_store
from runtime.service import Service, run
from runtime.work import Route

from generator.adapters.animatic.provider import Animatic
from generator.adapters.clips import PostgresClipCache
from generator.adapters.http_video import NAME as HTTP
from generator.adapters.http_video import HttpVideo, Terms
from generator.adapters.mezzanine import FfmpegMezzanine
from generator.domain.attempt import Patience
from generator.handlers.job import first_of
from generator.handlers.orders import Orders
from generator.handlers.ports import VideoProvider
from generator.handlers.scene import MakeScene
from generator.settings import Settings


def scene_indexes(event: ScenesPlanned) -> Sequence[int]:
    """One row of work per scene."""
    return [scene.index for scene in event.scenes]


def lanes_by_provider(
    providers: Mapping[str, VideoProvider],
) -> Callable[[ScenesPlanned], str]:
    """A row's lane is the provider that will be asked."""
    return lambda event: first_of(event.settings.providers, providers) or ""


def http_client(settings: Settings) -> httpx.AsyncClient:
    """No proxy from the environment: addresses are checked before they are connected to."""
    return httpx.AsyncClient(
        timeout=httpx.Timeout(
            settings.http_video_read_timeout, connect=settings.http_video_connect_timeout
        ),
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=32),
        trust_env=False,
    )


def providers_of(
    settings: Settings, ffmpeg: Ffmpeg, client: httpx.AsyncClient
) -> dict[str, VideoProvider]:
    """Every provider that is configured, by the name a user gives it."""
    providers: dict[str, VideoProvider] = {"animatic": Animatic(ffmpeg)}
    if settings.http_video_url and settings.http_video_key:
        providers[HTTP] = HttpVideo(
            client,
            settings.http_video_url,
            settings.http_video_key,
            Terms(
                connect=settings.http_video_connect_timeout,
                create=settings.http_video_create_timeout,
                read=settings.http_video_read_timeout,
                download=settings.http_video_download_timeout,
                poll=settings.http_video_poll_seconds,
                max_bytes=settings.http_video_max_bytes,
                max_seconds=settings.http_video_max_seconds,
                usd_per_second=settings.http_video_usd_per_second,
            ),
        )
    return providers


def patience_of(settings: Settings) -> Patience:
    """How long and how often to try."""
    return Patience(
        queued=settings.queued_timeout,
        running=settings.running_timeout,
        busy=settings.busy_timeout,
        send=settings.send_seconds,
        window=settings.reconcile_seconds,
        looks=settings.reconcile_looks,
        orders=settings.orders,
        resubmits=settings.resubmits,
        downloads=settings.downloads,
    )


def build(settings: Settings, db: Database | None = None) -> Service:
    """The generator, not yet started."""
    db = db or Database(settings.runtime.database_url, settings.runtime.database_pool_size)
    slots = asyncio.Semaphore(settings.encodes)
    ffmpeg = Ffmpeg(imageio_ffmpeg.get_ffmpeg_exe(), slots, settings.encode_timeout)
    client = http_client(settings)
    providers = providers_of(settings, ffmpeg, client)
    make = MakeScene(
        providers=providers,
        orders=Orders(time.time, patience_of(settings)),
        mezzanine=FfmpegMezzanine(ffmpeg),
        cache=PostgresClipCache(db),
        store=open_store(settings.runtime),
        now=time.time,
        scratch=settings.scratch,
    )
    route = Route(
        event=ScenesPlanned,
        step="make",
        handler=make,
        fan_out=scene_indexes,
        lane=lanes_by_provider(providers),
    )
    return Service(
        name="generator",
        settings=settings.runtime,
        db=db,
        routes=(route,),
        resources=(client,),
        lanes=settings.lanes,
    )


if __name__ == "__main__":
    run(build(Settings()))
