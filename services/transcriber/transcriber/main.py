"""Puts the transcriber together: its settings, adapters and steps."""

import asyncio
import time

import imageio_ffmpeg
from contracts.events import ImportRequested
from contracts.sources import MAX_MEDIA_BYTES
from runtime.db import Database
from runtime.ffmpeg import Ffmpeg
from runtime.objects import open_store
from runtime.service import Resources, Service, run
from runtime.work import Retry, Route

from transcriber.adapters.pieces import PostgresPieces
from transcriber.adapters.postgres import PostgresRemembered
from transcriber.adapters.sound import FfmpegSoundReader
from transcriber.adapters.video_sounds import YtDlpSounds
from transcriber.adapters.youtube import YouTubeCaptionSource
from transcriber.handlers import FetchTranscript, Hear
from transcriber.settings import Settings

HOUR = 3600.0


def hearing(settings: Settings, db: Database) -> tuple[Hear | None, Resources]:
    """What turns sound into words, and its client, if there is a key for one."""
    if settings.speech_key is None:
        return None, ()
    from runtime.openai_audio import audio_client

    from transcriber.adapters.speech import OpenAISpeech

    key = settings.speech_key.get_secret_value()
    client = audio_client(settings.speech_url, key, settings.speech_timeout)
    slots = asyncio.Semaphore(settings.speech_sounds)
    hear = Hear(
        sounds=FfmpegSoundReader(
            Ffmpeg(imageio_ffmpeg.get_ffmpeg_exe(), slots), settings.speech_max_hours * HOUR
        ),
        speech=OpenAISpeech(
            client, settings.speech_model, settings.with_times, settings.speech_timeout
        ),
        pieces=PostgresPieces(
            db,
            claim_seconds=settings.speech_timeout * 1.5,
            resends=settings.speech_resends,
            usd_per_minute=settings.speech_usd_per_minute,
        ),
        longest=settings.piece_seconds,
        now=time.time,
        parallel=settings.speech_parallel,
        slots=asyncio.Semaphore(settings.speech_sounds),
        scratch=settings.scratch,
    )
    return hear, (client,)


def video_sounds(settings: Settings) -> YtDlpSounds | None:
    """Where videos' sound comes from, if that is set up."""
    if settings.ytdlp is None:
        return None
    return YtDlpSounds(
        settings.ytdlp,
        timeout=settings.ytdlp_timeout,
        max_seconds=settings.speech_max_hours * HOUR,
        max_bytes=MAX_MEDIA_BYTES,
        proxy=settings.youtube_proxy.get_secret_value() if settings.youtube_proxy else None,
    )


def build(settings: Settings) -> Service:
    """The service, not yet started."""
    db = Database(settings.runtime.database_url, settings.runtime.database_pool_size)
    proxy = settings.youtube_proxy
    hear, clients = hearing(settings, db)
    fetch = FetchTranscript(
        captions=YouTubeCaptionSource(
            base=settings.youtube_transcript_base,
            timeout=settings.youtube_timeout,
            total=settings.youtube_total,
            proxy=proxy.get_secret_value() if proxy else None,
        ),
        remembered=PostgresRemembered(db, claim_seconds=settings.youtube_total * 1.5),
        store=open_store(settings.runtime),
        hear=hear,
        video_sounds=video_sounds(settings),
        tries=settings.tries,
    )
    retry = Retry(tries=settings.tries)
    return Service(
        "transcriber",
        settings.runtime,
        routes=(Route(ImportRequested, "fetch", fetch, retry=retry),),
        db=db,
        resources=clients,
    )


if __name__ == "__main__":
    run(build(Settings()))
