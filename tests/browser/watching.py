"""Shows a film to a headless Chromium, through the gateway's own route, and hears what it says."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, Response
from gateway.routes import objects
from pydantic import BaseModel
from runtime.objects import LocalObjects
from standins.server import serving

from tests.browser.chromium import Chromium, chromium

PAGE = Path(__file__).with_name("film.html")
_LONGEST = 60.0


class Opened(BaseModel):
    """What is known before the first picture."""

    width: int
    height: int
    seconds: float


class Played(BaseModel):
    """``times`` are those of the pictures in the order they were presented, in seconds."""

    times: list[float]
    frames: int
    corrupted: int
    heard: int
    at: float


class Found(BaseModel):
    """What is seen after seeking to a frame: its time, and the mean colour of each block."""

    frame: int
    time: float
    means: list[tuple[float, float, float]]


class Told(BaseModel):
    """All that the page tells, and the HTTP statuses with which it was given the film."""

    browser: str
    opened: Opened
    cues: list[tuple[float, float, str]]
    tracks: int
    played: Played
    found: list[Found]
    answers: set[int]


class FilmNotShownError(Exception):
    """The browser ended, took too long, or could not play the film; the message says which."""


async def watch(
    store: Path, film: str, captions: str, frames: Sequence[int], *, fps: int, block: int
) -> Told:
    """What Chromium makes of a film in a local store.

    ``frames`` are looked at one by one after the film has played; ``block`` is the side, in
    pixels, of the squares whose mean colours are told.
    """
    answers: set[int] = set()
    told: asyncio.Queue[bytes] = asyncio.Queue()
    app = _gateway(answers, told)
    with serving(app) as base:
        kept = LocalObjects(store, public_url=f"{base}/objects", signing_key=b"key")
        app.state.parts = SimpleNamespace(store=kept)
        words = {
            "film": kept.signed_url(film, seconds=600),
            "captions": kept.signed_url(captions, seconds=600),
            "frames": ",".join(map(str, frames)),
            "fps": fps,
            "block": block,
        }
        async with chromium(f"{base}/film.html?{urlencode(words)}") as browser:
            body = json.loads(await _first(told, browser))
    if "error" in body:
        raise FilmNotShownError(body["error"])
    return Told.model_validate(body | {"answers": answers})


def _gateway(answers: set[int], told: asyncio.Queue[bytes]) -> FastAPI:
    """The gateway's files, the page that looks at them, and an ear for what it tells."""
    app = FastAPI()
    app.include_router(objects.router)
    home = asyncio.get_running_loop()

    @app.middleware("http")
    async def note(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await answer(request)
        if request.url.path.endswith(".mp4"):
            answers.add(response.status_code)
        return response

    @app.get("/film.html")
    async def page() -> FileResponse:
        return FileResponse(PAGE)

    @app.post("/report")
    async def report(request: Request) -> Response:
        home.call_soon_threadsafe(told.put_nowait, await request.body())
        return Response(status_code=204)

    return app


async def _first(told: asyncio.Queue[bytes], browser: Chromium) -> bytes:
    telling = asyncio.create_task(told.get())
    ending = asyncio.create_task(browser.process.wait())
    try:
        await asyncio.wait((telling, ending), timeout=_LONGEST, return_when=asyncio.FIRST_COMPLETED)
        if telling.done():
            return telling.result()
        ended = f"ended with {ending.result()}" if ending.done() else f"was silent for {_LONGEST} s"
        raise FilmNotShownError(f"Chromium {ended}:\n{browser.said()}")
    finally:
        telling.cancel()
        ending.cancel()
