"""ScenesPlanned and every SceneGenerated -> VideoStitched. Composition root of the stitcher."""

import asyncio

import imageio_ffmpeg
from av.error import FFmpegError
from contracts.errors import FilmError
from contracts.events import ExportDropped, SceneGenerated, ScenesPlanned, StitchRequested
from contracts.mezzanine import ENCODER_THREADS
from runtime.db import Database
from runtime.ffmpeg import Ffmpeg
from runtime.objects import ObjectStore, open_store
from runtime.service import Resources, Service, run
from runtime.upkeep import SWEEP_SECONDS, Upkeep
from runtime.work import FollowRoute, Route

from stitcher.adapters.beds import SynthesisedBeds
from stitcher.adapters.cards import PillowPainter
from stitcher.adapters.film import FfmpegFilm
from stitcher.adapters.kept import PostgresSegments
from stitcher.adapters.measured import PostgresMeasured
from stitcher.adapters.mixing import FfmpegSound
from stitcher.adapters.parts import PostgresParts
from stitcher.adapters.previews import AacPreviews
from stitcher.adapters.recording import Recorder
from stitcher.adapters.scratch import ScratchFolders
from stitcher.adapters.spoken import PostgresSpoken
from stitcher.adapters.voices.espeak import EspeakVoice
from stitcher.handlers.ahead import MixAhead, Rendering, RenderShot, RenderWindow, SayAhead
from stitcher.handlers.arrivals import KeepPlan, MarkScene
from stitcher.handlers.dropping import DropExport
from stitcher.handlers.film import StitchChosen, StitchFilm
from stitcher.handlers.kept import Kept
from stitcher.handlers.lines import Lines
from stitcher.handlers.narrating import LocalVoices, Narrator, Voices
from stitcher.handlers.paying import PaidVoices
from stitcher.handlers.playing import Player
from stitcher.handlers.previewing import PreviewBeds
from stitcher.handlers.sounding import Sounds
from stitcher.handlers.titling import Titling
from stitcher.handlers.workshop import Workshop
from stitcher.settings import Settings

CLAIM_MARGIN = 15.0
"""Seconds by which the claim on a line outlasts its send."""
LINES_AT_ONCE = 8
"""Spoken lines that are stored or fetched at a time: that is waiting, not work."""


def build(settings: Settings, db: Database | None = None) -> Service:
    """The stitcher, not yet started."""
    db = db or Database(settings.runtime.database_url, settings.runtime.database_pool_size)
    parts, store = PostgresParts(db), open_store(settings.runtime)
    scratch = ScratchFolders(settings.scratch)
    shop = _workshop(settings, db, store, scratch)
    lines = Lines(Recorder(), store, shop.measured, asyncio.Semaphore(LINES_AT_ONCE))
    voices, clients = _voices(settings, db, store)
    narrator = Narrator(voices, lines)
    sounds = Sounds(narrator, Player(SynthesisedBeds(), store, shop.measured))
    titling, render = Titling(PillowPainter(), store), Rendering(shop, sounds)
    stitch = StitchFilm(parts, shop, sounds, titling=titling)
    shot = RenderShot(parts, render, titling)
    plan = KeepPlan(parts, ahead=bool(clients))
    return Service(
        name="stitcher",
        settings=settings.runtime,
        db=db,
        resources=(scratch, *clients),
        upkeep=(_previewing(store, scratch),),
        routes=(
            Route(event=ScenesPlanned, step="plan", handler=plan),
            Route(event=SceneGenerated, step="mark", handler=MarkScene(parts)),
            FollowRoute(event=ScenesPlanned, step="voice", handler=SayAhead(narrator, shop)),
            FollowRoute(event=ScenesPlanned, step="window", handler=RenderWindow(parts, render)),
            FollowRoute(event=ScenesPlanned, step="shot", handler=shot),
            FollowRoute(event=ScenesPlanned, step="sound", handler=MixAhead(parts, shop, sounds)),
            FollowRoute(event=ScenesPlanned, step="stitch", handler=stitch),
            Route(event=StitchRequested, step="restitch", handler=StitchChosen(stitch)),
            Route(
                event=ExportDropped,
                step="undo.export",
                handler=DropExport(store),
                withdraws=lambda event: event.request_id,
            ),
        ),
    )


def _workshop(
    settings: Settings, db: Database, store: ObjectStore, scratch: ScratchFolders
) -> Workshop:
    slots, at_once = asyncio.Semaphore(settings.encodes), asyncio.Semaphore(settings.encodes)
    ffmpeg = Ffmpeg(imageio_ffmpeg.get_ffmpeg_exe(), slots, settings.encode_timeout)
    encoders = asyncio.Semaphore(max(1, settings.encodes // ENCODER_THREADS))
    return Workshop(
        FfmpegFilm(ffmpeg),
        FfmpegSound(ffmpeg),
        Kept(PostgresSegments(db), store, at_once, seen_at_once=encoders),
        PostgresMeasured(db),
        scratch,
    )


def _previewing(store: ObjectStore, scratch: ScratchFolders) -> Upkeep:
    """No film waits for it, and none fails with it."""
    turn = PreviewBeds(AacPreviews(), store, scratch)
    return Upkeep("previews", SWEEP_SECONDS, turn, passing=(FilmError, FFmpegError, OSError))


def _voices(settings: Settings, db: Database, store: ObjectStore) -> tuple[Voices, Resources]:
    """The paid voice and its client if there is a key for one, else the local one."""
    if settings.speech_key is None:
        return LocalVoices(EspeakVoice()), ()
    from runtime.openai_audio import audio_client

    from stitcher.adapters.voices.openai import OpenAIVoice

    key = settings.speech_key.get_secret_value()
    timeout = settings.speech_timeout
    client = audio_client(settings.speech_url, key, timeout)
    paid = PaidVoices(
        OpenAIVoice(client, timeout),
        PostgresSpoken(db, timeout + CLAIM_MARGIN, settings.speech_resends),
        store,
        settings.speech_usd_per_million,
        settings.speech_model,
        settings.speech_voices,
        asyncio.Semaphore(settings.speech_parallel),
    )
    return paid, (client,)


if __name__ == "__main__":
    run(build(Settings()))
