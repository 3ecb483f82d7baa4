"""What the stand-ins of paid video APIs share: books, faults, files, webhooks and a command line.

    PUT /_faults, GET /_ledger       what shall go wrong, and what was paid
    GET /_files/{id}.mp4?until=T     the clips; their addresses run out

Each stand-in adds its own routes and says how it reads an order and writes its answers.
"""

import argparse
import asyncio
import contextlib
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from standins.breaks import cut, gone, reset
from standins.video_asked import Asked, json_of, small
from standins.video_clips import Clips, Shape
from standins.video_faults import Faults
from standins.video_hooks import Call, deliver, due
from standins.video_orders import Books, Order, Status

__all__ = ["REFUSED", "PaidStandin", "launch"]

REFUSED = "[[refuse]]"
FPS = 24
_FILE_SECONDS = 3_600.0
_HUGE = 20 * 1024**3
_FAILS = frozenset({"job_failed", "job_refused", "job_aborted"})


class PaidStandin(ABC):
    """An API whose every create costs money. ``now`` drives the jobs, in seconds."""

    def __init__(
        self,
        routes: Sequence[Route],
        *,
        key: str,
        seed: int = 0,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.key = key
        self.books = Books(now)
        self.faults = Faults(seed=seed)
        self._clips: Clips | None = None
        own = [
            Route("/_faults", self._set_faults, methods=["PUT"]),
            Route("/_ledger", self._ledger),
            Route("/_files/{name}", self._file),
        ]
        self.app = Starlette(routes=[*own, *routes], lifespan=self._lifespan)

    # What a stand-in says for itself.

    @abstractmethod
    def authorised(self, request: Request) -> bool:
        """Whether the request carries our key, as this API wants it."""

    @abstractmethod
    def read(self, request: Request, body: Any) -> Asked | Response:
        """An order, or why it is refused."""

    @abstractmethod
    def taken(self, request: Request, order: Order) -> Response:
        """The answer to an order."""

    @abstractmethod
    def error(
        self, status: int, message: str, headers: Mapping[str, str] | None = None
    ) -> Response:
        """A refusal in this API's form."""

    def told(self, order: Order) -> Sequence[tuple[str, Call]]:
        """The webhooks that an order has given rise to by now."""
        return ()

    def calls(self) -> list[Call]:
        """The webhooks that are due."""
        return due(self.books, self.faults, self.told)

    # What they share.

    async def take(self, request: Request) -> Response:
        """Take an order and its money, or refuse it, or lose the answer."""
        self.books.requests["create"] += 1
        if not self.authorised(request):
            return self.error(401, "the key is wrong")
        fault = self.faults.draw("create")
        if refusal := await self._refusal(request, fault):
            return refusal
        asked = self.read(request, await json_of(request))
        if isinstance(asked, Response):
            return asked
        order = self._book(asked)
        answer = self.taken(request, order)
        return answer if fault is None else await self._lost(request, fault, answer)

    def found(self, request: Request, *, question: str = "show") -> Order | Response:
        """The order that a question is about, or what is answered instead."""
        self.books.requests[question] += 1
        if not self.authorised(request):
            return self.error(401, "the key is wrong")
        if broken := self.broken():
            return broken
        order = self.books.orders.get(request.path_params["id"])
        return self.error(404, "no such thing") if order is None else order

    def broken(self) -> Response | None:
        """What a question may meet instead of its answer."""
        match self.faults.draw("get"):
            case "get_500":
                return self.error(500, "not now")
            case "get_429":
                wait = {"Retry-After": f"{self.faults.retry_after:g}"}
                return self.error(429, "too many requests", wait)
            case "get_garbage":
                return Response(b"<html>a proxy's own page</html>", media_type="text/html")
            case _:
                return None

    def file(self, request: Request, order: Order, life: float = _FILE_SECONDS) -> str:
        """Where the clip of an order lies, for ``life`` seconds from now."""
        base = str(request.base_url).rstrip("/")
        return f"{base}/_files/{order.id}.mp4?until={self.books.now() + life:.0f}"

    async def _refusal(self, request: Request, fault: str | None) -> Response | None:
        match fault:
            case "create_429":
                wait = {"Retry-After": f"{self.faults.retry_after:g}"}
                return self.error(429, "Request was throttled.", wait)
            case "create_402":
                return self.error(402, "no money left")
            case "create_500_before":
                return self.error(503, "before anything was done")
            case "create_200_error":
                return JSONResponse({"error": "something broke, and this is no order"})
            case "create_reset_before":
                await reset(request)
                return Response()
            case _:
                return None

    def _book(self, asked: Asked) -> Order:
        number = len(self.books.orders)
        width, height = small(asked.ratio)
        kept = {
            "prompt": asked.prompt,
            "frames": asked.seconds * FPS,
            "fps": FPS,
            "width": width,
            "height": height,
            "seed": asked.seed or number,
            "client_token": asked.token or f"order-{number}",
            "raw": dict(asked.raw),
            "hook": asked.hook,
        }
        fault = self.faults.draw("job")
        seconds = self.faults.making(number)
        return self.books.create(kept, seconds, fails=fault in _FAILS, fault=fault, usd=asked.usd)

    async def _lost(self, request: Request, fault: str, answer: Response) -> Response:
        """The order is taken and paid; its answer never comes, or says something else."""
        if fault == "create_half":
            half = bytes(answer.body)[: len(answer.body) // 2]
            whole = {"content-length": str(len(answer.body))}
            return StreamingResponse(cut(request, half), status_code=201, headers=whole)
        if fault == "create_hang":
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.faults.hang_seconds):
                    await gone(request)
        if fault == "create_reset_after":
            await reset(request)
        return self.error(503, "after the order was taken")

    async def _file(self, request: Request) -> Response:
        number = self.books.requests["download"]
        self.books.requests["download"] += 1
        if request.headers.get("authorization", "").endswith(self.key):
            self.books.requests["download_with_key"] += 1
        order = self.books.orders.get(request.path_params["name"].removesuffix(".mp4"))
        late = self.books.now() > float(request.query_params.get("until", 0))
        if order is None or late or order.status(self.books.now()) is not Status.SUCCEEDED:
            return Response(status_code=404)
        return await self._sent(request, order, number)

    async def _sent(self, request: Request, order: Order, number: int) -> Response:  # noqa: PLR0911
        match self.faults.draw("download"):
            case "download_500":
                return Response(status_code=500)
            case "download_expired":
                return Response(status_code=403)
            case "download_html":
                return Response(b"<html>not found</html>" * 99, media_type="video/mp4")
            case "download_empty":
                return Response(b"", media_type="video/mp4")
            case "download_huge":
                size = {"content-length": str(_HUGE)}
                return StreamingResponse(_endless(request), media_type="video/mp4", headers=size)
            case "download_private":
                return RedirectResponse("http://10.0.0.8/latest/meta-data/")
            case "download_truncated":
                return await self._half(request, order, number)
            case _:
                return Response(await self._clip(order), media_type="video/mp4")

    async def _half(self, request: Request, order: Order, number: int) -> Response:
        """Half a file, that says so or claims to be whole."""
        data = await self._clip(order)
        half = data[: len(data) // 2]
        if self.faults.even(number):
            return Response(half, media_type="video/mp4")
        whole = {"content-length": str(len(data))}
        return StreamingResponse(cut(request, half), media_type="video/mp4", headers=whole)

    async def _clip(self, order: Order) -> bytes:
        if self._clips is None:
            raise RuntimeError("the stand-in was not started")
        asked = order.asked
        shape = Shape(asked["width"], asked["height"], asked["fps"], asked["frames"])
        signature = f"{order.id} {asked['seed']} {asked['prompt']}"
        return await self._clips.clip(shape, asked["seed"], signature)

    async def _set_faults(self, request: Request) -> Response:
        try:
            self.faults = Faults.of(await request.json())
        except (TypeError, ValueError) as error:
            return JSONResponse({"error": str(error)}, status_code=422)
        return Response(status_code=204)

    async def _ledger(self, _: Request) -> Response:
        return JSONResponse(self.books.ledger())

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncGenerator[None]:
        with tempfile.TemporaryDirectory(prefix="standin-video-") as folder:
            self._clips = Clips(Path(folder))
            calling = asyncio.create_task(deliver(self.calls))
            yield
            calling.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await calling


def launch(name: str, default_key: str, make: Callable[[str, int], PaidStandin]) -> None:
    """``python -m standins.<name> --port N [--seed n] [--key K]``."""
    parser = argparse.ArgumentParser(prog=f"standins.{name}")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--key", default=default_key)
    told = parser.parse_args()
    uvicorn.run(
        make(told.key, told.seed).app,
        host="127.0.0.1",
        port=told.port,
        log_level="warning",
        access_log=False,
        ws="none",
        timeout_graceful_shutdown=1,
    )


async def _endless(request: Request) -> AsyncIterator[bytes]:
    """The start of a file that is never sent to its end."""
    for _ in range(64):
        yield bytes(65_536)
    await gone(request)
