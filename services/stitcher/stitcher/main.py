"""ScenesPlanned and every SceneGenerated -> VideoStitched. Composition root of the stitcher."""

import asyncio

import imageio_ffmpeg
from contracts.events import SceneGenerated, ScenesPlanned
from runtime.db import Database
from runtime.ffmpeg import Ffmpeg
from runtime.objects import open_store
from runtime.service import Service, run
from runtime.work import FollowRoute, Route

from stitcher.adapters.film import FfmpegFilm
from stitcher.adapters.parts import PostgresParts
from stitcher.handlers import KeepPlan, MarkScene, StitchFilm
from stitcher.settings import Settings


def build(settings: Settings, db: Database | None = None) -> Service:
    """The stitcher, not yet started."""
    db = db or Database(settings.runtime.database_url, settings.runtime.database_pool_size)
    slots = asyncio.Semaphore(settings.encodes)
    ffmpeg = Ffmpeg(imageio_ffmpeg.get_ffmpeg_exe(), slots, settings.encode_timeout)
    parts = PostgresParts(db)
    store = open_store(settings.runtime)
    stitch = StitchFilm(parts, FfmpegFilm(ffmpeg), store, settings.scratch)
    return Service(
        name="stitcher",
        settings=settings.runtime,
        db=db,
        routes=(
            Route(event=ScenesPlanned, step="plan", handler=KeepPlan(parts)),
            Route(event=SceneGenerated, step="mark", handler=MarkScene(parts)),
            FollowRoute(event=ScenesPlanned, step="stitch", handler=stitch),
        ),
    )


if __name__ == "__main__":
    run(build(Settings()))
