"""Puts the scripter together: its settings, adapters and steps."""

import openai
from contracts.events import GenerationRequested, TranscriptReady
from runtime.db import Database
from runtime.objects import open_store
from runtime.service import Service, run
from runtime.work import Route

from scripter.adapters.openai import OpenAISceneModel, Prices
from scripter.adapters.postgres import PostgresAnswers
from scripter.handlers import Author, PlanScenes, WriteScript
from scripter.settings import Settings


def model_client(settings: Settings) -> openai.AsyncOpenAI | None:
    """The language model's client, if one is configured. It never repeats a request."""
    if not settings.has_model or settings.llm_key is None:
        return None
    return openai.AsyncOpenAI(
        api_key=settings.llm_key.get_secret_value(),
        base_url=settings.llm_url,
        max_retries=0,
        timeout=openai.Timeout(settings.llm_timeout, connect=settings.llm_connect_timeout),
    )


def author_of(settings: Settings, db: Database, client: openai.AsyncOpenAI | None) -> Author:
    """Who writes the scenes."""
    if client is None:
        return Author()
    prices = Prices(settings.llm_usd_per_million_in, settings.llm_usd_per_million_out)
    return Author(
        model=OpenAISceneModel(client, settings.llm_model, prices),
        answers=PostgresAnswers(db, claim_seconds=settings.llm_timeout * 1.5),
        tries=settings.llm_tries,
        most_words=settings.llm_most_words,
    )


def build(settings: Settings) -> Service:
    """The service, not yet started."""
    store = open_store(settings.runtime)
    db = Database(settings.runtime.database_url, settings.runtime.database_pool_size)
    client = model_client(settings)
    author = author_of(settings, db, client)
    return Service(
        "scripter",
        settings.runtime,
        routes=(
            Route(TranscriptReady, "write", WriteScript(store, settings.drop_fillers)),
            Route(GenerationRequested, "plan", PlanScenes(store, author)),
        ),
        db=db,
        resources=(client,) if client else (),
    )


if __name__ == "__main__":
    run(build(Settings()))
