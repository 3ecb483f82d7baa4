"""Puts the scripter together: its settings, adapters and steps."""

from contracts.events import GenerationRequested, TranscriptReady
from runtime.db import Database
from runtime.objects import open_store
from runtime.service import Resources, Service, run
from runtime.work import Route

from scripter.adapters.postgres import PostgresAnswers
from scripter.handlers import Author, PlanScenes, WriteScript
from scripter.settings import Settings


def author_of(settings: Settings, db: Database) -> tuple[Author, Resources]:
    """Who writes the scenes: a language model and its client, if one is configured."""
    if not settings.has_model or settings.llm_key is None:
        return Author(), ()
    import openai

    from scripter.adapters.openai import OpenAISceneModel, Prices

    client = openai.AsyncOpenAI(
        api_key=settings.llm_key.get_secret_value(),
        base_url=settings.llm_url,
        max_retries=0,  # it never repeats a request
        timeout=openai.Timeout(settings.llm_timeout, connect=settings.llm_connect_timeout),
    )
    prices = Prices(settings.llm_usd_per_million_in, settings.llm_usd_per_million_out)
    author = Author(
        model=OpenAISceneModel(client, settings.llm_model, prices),
        answers=PostgresAnswers(db, claim_seconds=settings.llm_timeout * 1.5),
        tries=settings.llm_tries,
        most_words=settings.llm_most_words,
    )
    return author, (client,)


def build(settings: Settings) -> Service:
    """The service, not yet started."""
    store = open_store(settings.runtime)
    db = Database(settings.runtime.database_url, settings.runtime.database_pool_size)
    author, clients = author_of(settings, db)
    return Service(
        "scripter",
        settings.runtime,
        routes=(
            Route(TranscriptReady, "write", WriteScript(store, settings.drop_fillers)),
            Route(GenerationRequested, "plan", PlanScenes(store, author)),
        ),
        db=db,
        resources=clients,
    )


if __name__ == "__main__":
    run(build(Settings()))
