"""ScenesPlanned and every SceneGenerated -> VideoStitched. Composition root of the stitcher."""

import asyncio

import imageio_ffmpeg
from contracts.events import SceneGenerated, ScenesPlanned, StitchRequested
from contracts.mezzanine import ENCODER_THREADS
from openai import AsyncOpenAI
from runtime.db import Database
from runtime.ffmpeg import Ffmpeg
from runtime.objects import ObjectStore, open_store
from runtime.service import Service, run
from runtime.work import FollowRoute, Route

from stitcher.adapters.beds import SynthesisedBeds
from stitcher.adapters.cards import PillowPainter
from stitcher.adapters.film import FfmpegFilm
from stitcher.adapters.kept import PostgresSegments
from stitcher.adapters.parts import PostgresParts
from stitcher.adapters.recording import Recorder
from stitcher.adapters.scratch import ScratchFolders
from stitcher.adapters.spoken import PostgresSpoken
from stitcher.adapters.voices.espeak import EspeakVoice
from stitcher.adapters.voices.openai import OpenAIVoice, speech_client
from stitcher.handlers.arrivals import KeepPlan, MarkScene
from stitcher.handlers.film import RenderWindow, SayAhead, StitchChosen, StitchFilm
from stitcher.handlers.kept import Kept
from stitcher.handlers.narrating import LocalVoices, Narrator, Voices
from stitcher.handlers.paying import PaidVoices
from stitcher.handlers.sounding import Sounds
from stitcher.handlers.titling import Titling
from stitcher.settings import Settings

CLAIM_MARGIN = 15.0
"""Seconds by which the claim on a line outlasts its send."""


def build(settings: Settings, db: Database | None = None) -> Service:
    """The stitcher, not yet started."""
    db = db or Database(settings.runtime.database_url, settings.runtime.database_pool_size)
    slots = asyncio.Semaphore(settings.encodes)
    films = FfmpegFilm(Ffmpeg(imageio_ffmpeg.get_ffmpeg_exe(), slots, settings.encode_timeout))
    parts = PostgresParts(db)
    at_once = asyncio.Semaphore(settings.encodes)
    encoders = asyncio.Semaphore(max(1, settings.encodes // ENCODER_THREADS))
    store = open_store(settings.runtime)
    kept = Kept(PostgresSegments(db), store, at_once, seen_at_once=encoders)
    client = _client(settings)
    narrator = Narrator(_voices(settings, client, db, store), Recorder())
    sounds = Sounds(narrator, SynthesisedBeds(), store)
    scratch = ScratchFolders(settings.scratch)
    window = RenderWindow(parts, films, kept, scratch)
    titling = Titling(PillowPainter(), store)
    stitch = StitchFilm(parts, films, kept, scratch, sounds, titling=titling)
    ahead = SayAhead(narrator, kept, scratch)
    plan = KeepPlan(parts, ahead=client is not None)
    return Service(
        name="stitcher",
        settings=settings.runtime,
        db=db,
        resources=(scratch,) if client is None else (scratch, client),
        routes=(
            Route(event=ScenesPlanned, step="plan", handler=plan),
            Route(event=SceneGenerated, step="mark", handler=MarkScene(parts)),
            FollowRoute(event=ScenesPlanned, step="voice", handler=ahead),
            FollowRoute(event=ScenesPlanned, step="window", handler=window),
            FollowRoute(event=ScenesPlanned, step="stitch", handler=stitch),
            Route(event=StitchRequested, step="restitch", handler=StitchChosen(stitch)),
        ),
    )


def _client(settings: Settings) -> AsyncOpenAI | None:
    if settings.speech_key is None:
        return None
    key = settings.speech_key.get_secret_value()
    return speech_client(settings.speech_url, key, settings.speech_timeout)


def _voices(
    settings: Settings, client: AsyncOpenAI | None, db: Database, store: ObjectStore
) -> Voices:
    """The paid voice if there is a key for one, else the local one."""
    if client is None:
        return LocalVoices(EspeakVoice())
    timeout = settings.speech_timeout
    return PaidVoices(
        OpenAIVoice(client, timeout),
        PostgresSpoken(db, timeout + CLAIM_MARGIN, settings.speech_resends),
        store,
        settings.speech_usd_per_million,
        settings.speech_model,
        settings.speech_voices,
        asyncio.Semaphore(settings.speech_parallel),
    )


if __name__ == "__main__":
    run(build(Settings()))
