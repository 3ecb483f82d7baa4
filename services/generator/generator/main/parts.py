"""What the generator's steps share, made once from the settings."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass

import httpx
import imageio_ffmpeg
from runtime.db import Database
from runtime.ffmpeg import Ffmpeg
from runtime.objects import ObjectStore, open_store

from generator.adapters.attempts import PostgresAttempts
from generator.adapters.gate import PostgresGate
from generator.adapters.watching import GateWatch
from generator.handlers.books import Books
from generator.handlers.looks import Looks
from generator.handlers.orders import Orders
from generator.handlers.ports import VideoProvider
from generator.handlers.routing import Routing
from generator.main.bounds import gate_of, horizon_of, patience_of
from generator.main.providers import callbacks_of, http_client, providers_of
from generator.settings import Settings


@dataclass(frozen=True, slots=True)
class Parts:
    """Clients, and the orders that go through them."""

    settings: Settings
    db: Database
    client: httpx.AsyncClient
    ffmpeg: Ffmpeg
    store: ObjectStore
    providers: Mapping[str, VideoProvider]
    attempts: PostgresAttempts
    gate: PostgresGate
    watch: GateWatch
    orders: Orders


def parts_of(settings: Settings, db: Database) -> Parts:
    """All of them; nothing is connected yet."""
    slots = asyncio.Semaphore(settings.encodes)
    ffmpeg = Ffmpeg(imageio_ffmpeg.get_ffmpeg_exe(), slots, settings.encode_timeout)
    client = http_client(settings)
    providers = providers_of(settings, ffmpeg, client)
    attempts, gate = PostgresAttempts(db), gate_of(settings, db)
    watch = GateWatch(db, list(providers), horizon_of(settings))
    books, patience = Books(attempts), patience_of(settings)
    routing = Routing(providers, gate, books, patience, time.time)
    looks = Looks(settings.looks_per_second, watch.out)
    return Parts(
        settings=settings,
        db=db,
        client=client,
        ffmpeg=ffmpeg,
        store=open_store(settings.runtime),
        providers=providers,
        attempts=attempts,
        gate=gate,
        watch=watch,
        orders=Orders(time.time, patience, books, callbacks_of(settings), routing, looks),
    )
