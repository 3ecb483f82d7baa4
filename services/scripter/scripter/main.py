"""Puts the scripter together: its settings, adapters and steps."""

from contracts.events import GenerationRequested, TranscriptReady
from runtime.objects import open_store
from runtime.service import Service, run
from runtime.work import Route

from scripter.handlers import PlanScenes, WriteScript
from scripter.settings import Settings


def build(settings: Settings) -> Service:
    """The service, not yet started."""
    store = open_store(settings.runtime)
    return Service(
        "scripter",
        settings.runtime,
        routes=(
            Route(TranscriptReady, "write", WriteScript(store)),
            Route(GenerationRequested, "plan", PlanScenes(store)),
        ),
    )


if __name__ == "__main__":
    run(build(Settings()))
