"""ScenesPlanned -> SceneGenerated. Composition root of the generator."""

import time
from collections.abc import Callable, Mapping

from contracts.events import CharacterRequested, ProviderCalledBack, SceneRequested, ScenesPlanned
from runtime.db import Database
from runtime.service import Service
from runtime.upkeep import SWEEP_SECONDS, Upkeep
from runtime.work import Route

from generator.adapters.clips import PostgresClipCache
from generator.adapters.mezzanine import FfmpegMezzanine
from generator.adapters.retention import AttemptsRetention
from generator.adapters.sisters import PostgresSisters
from generator.adapters.watching import WATCH_SECONDS
from generator.handlers.hasten import HastenPoll
from generator.handlers.job import first_of
from generator.handlers.plans import Plans
from generator.handlers.ports import VideoProvider
from generator.handlers.scene import MakeScene
from generator.handlers.takes import SceneEvent, scenes_of, wish_of
from generator.handlers.training import GiveUpTraining, TrainCharacter
from generator.handlers.undo import GiveUpScene
from generator.main.parts import Parts, parts_of
from generator.main.providers import stills_of, trainer_of
from generator.settings import Settings


def build(settings: Settings, db: Database | None = None) -> Service:
    """The generator, not yet started."""
    runtime = settings.runtime
    parts = parts_of(settings, db or Database(runtime.database_url, runtime.database_pool_size))
    forgetting = AttemptsRetention(parts.db, settings.attempts_retention_days)

    def wake() -> None:
        service.workers.wake()

    service = Service(
        name="generator",
        settings=runtime,
        db=parts.db,
        routes=(
            *scene_routes(parts),
            training_route(parts),
            Route(ProviderCalledBack, "hasten", HastenPoll(parts.attempts, wake)),
        ),
        resources=(parts.client,),
        upkeep=(
            Upkeep("gate", WATCH_SECONDS, parts.watch.measure),
            Upkeep("attempts", SWEEP_SECONDS, forgetting.sweep),
        ),
        lanes=settings.lanes,
    )
    return service


def scene_routes(parts: Parts) -> tuple[Route, ...]:
    """A film's scenes, each a row, and further takes of one."""
    settings, providers, orders, store = parts.settings, parts.providers, parts.orders, parts.store
    make = MakeScene(
        providers=providers,
        orders=orders,
        mezzanine=FfmpegMezzanine(parts.ffmpeg),
        cache=PostgresClipCache(parts.db),
        store=store,
        now=time.time,
        plans=Plans(store),
        sisters=PostgresSisters(parts.db),
        scratch=settings.scratch,
        stills=stills_of(providers, orders.once(settings.queued_timeout), store, settings),
    )
    undo = GiveUpScene(providers, orders, parts.gate, store, time.time)
    lane = lanes_by_provider(providers)
    return tuple(
        Route(event, step, make, fan_out=scenes_of, lane=lane, undo=undo)
        for event, step in ((ScenesPlanned, "make"), (SceneRequested, "remake"))
    )


def lanes_by_provider(providers: Mapping[str, VideoProvider]) -> Callable[[SceneEvent], str]:
    """A row's lane is the provider that will be asked."""
    return lambda event: first_of(wish_of(event), providers) or ""


def training_route(parts: Parts) -> Route:
    """A character is trained."""
    settings, trainer = parts.settings, trainer_of(parts.settings, parts.client)
    slow = parts.orders.once(settings.training_timeout)
    train = TrainCharacter(trainer, slow, parts.store, time.time, settings.scratch)
    undo = GiveUpTraining(trainer, slow, parts.gate, time.time)
    return Route(CharacterRequested, "train", train, undo=undo)
