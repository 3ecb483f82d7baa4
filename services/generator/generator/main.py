"""ScenesPlanned -> SceneGenerated. Composition root of the generator."""

import asyncio
import time
from collections.abc import Sequence
from uuid import uuid4

import imageio_ffmpeg
from contracts.events import ScenesPlanned
from runtime.db import Database
from runtime.ffmpeg import Ffmpeg
from runtime.objects import open_store
from runtime.service import Service, run
from runtime.work import Route

from generator.adapters.animatic.provider import Animatic
from generator.adapters.clips import PostgresClipCache
from generator.adapters.mezzanine import FfmpegMezzanine
from generator.domain.provider import Patience
from generator.handlers import MakeScene
from generator.settings import Settings


def scene_indexes(event: ScenesPlanned) -> Sequence[int]:
    """One row of work per scene."""
    return [scene.index for scene in event.scenes]


def build(settings: Settings, db: Database | None = None) -> Service:
    """The generator, not yet started."""
    db = db or Database(settings.runtime.database_url, settings.runtime.database_pool_size)
    slots = asyncio.Semaphore(settings.encodes)
    ffmpeg = Ffmpeg(imageio_ffmpeg.get_ffmpeg_exe(), slots, settings.encode_timeout)
    make = MakeScene(
        providers={"animatic": Animatic(ffmpeg)},
        mezzanine=FfmpegMezzanine(ffmpeg),
        cache=PostgresClipCache(db),
        store=open_store(settings.runtime),
        now=time.time,
        new_token=lambda: uuid4().hex,
        patience=Patience(settings.queued_timeout, settings.running_timeout),
        scratch=settings.scratch,
    )
    return Service(
        name="generator",
        settings=settings.runtime,
        db=db,
        routes=(Route(event=ScenesPlanned, step="make", handler=make, fan_out=scene_indexes),),
    )


if __name__ == "__main__":
    run(build(Settings()))
