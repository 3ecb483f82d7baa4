"""Puts the transcriber together: its settings, adapters and steps."""

from contracts.events import ImportRequested
from runtime.db import Database
from runtime.objects import open_store
from runtime.service import Service, run
from runtime.work import Route

from transcriber.adapters.postgres import PostgresRemembered
from transcriber.adapters.youtube import YouTubeCaptionSource
from transcriber.handlers import FetchTranscript
from transcriber.settings import Settings


def build(settings: Settings) -> Service:
    """The service, not yet started."""
    db = Database(settings.runtime.database_url, settings.runtime.database_pool_size)
    fetch = FetchTranscript(
        captions=YouTubeCaptionSource(
            base=settings.youtube_transcript_base,
            timeout=settings.youtube_timeout,
            total=settings.youtube_total,
        ),
        remembered=PostgresRemembered(db, claim_seconds=settings.youtube_total * 1.5),
        store=open_store(settings.runtime),
    )
    return Service(
        "transcriber",
        settings.runtime,
        routes=(Route(ImportRequested, "fetch", fetch),),
        db=db,
    )


if __name__ == "__main__":
    run(build(Settings()))
