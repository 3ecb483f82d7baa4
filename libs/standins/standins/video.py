"""A generic asynchronous video API on loopback: jobs that cost money, take time and go wrong.

    POST /v1/videos                  an order; every accepted one is paid for
    GET  /v1/videos/{id}             where it stands
    GET  /v1/videos?client_token=T   orders by the client's own token
    POST /v1/videos/{id}/cancel
    GET  /v1/videos/{id}/content     the MP4
    PUT  /_faults, GET /_ledger      for tests: what shall go wrong, and what was paid

A prompt with ``[[refuse]]`` is refused as the safety check of a real provider would.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from standins.breaks import cut, gone, reset
from standins.video_clips import Clips, Shape
from standins.video_faults import Faults
from standins.video_orders import Books, Order, Status

__all__ = ["KEY", "REFUSED", "VideoStandin"]

KEY = "loopback-key"
REFUSED = "[[refuse]]"
_FIELDS: Mapping[str, type] = {
    "prompt": str,
    "negative_prompt": str,
    "frames": int,
    "fps": int,
    "width": int,
    "height": int,
    "seed": int,
    "client_token": str,
}
_FILLED = ("prompt", "client_token")
_POSITIVE = ("frames", "fps", "width", "height")


class VideoStandin:
    """The API and its books. ``faults`` may be set at any time; ``now`` drives the jobs."""

    def __init__(
        self,
        *,
        key: str = KEY,
        seed: int = 0,
        foreign: bool = False,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.key = key
        self.books = Books(now)
        self.faults = Faults(seed=seed)
        self._foreign = foreign
        self._clips: Clips | None = None
        self.app = Starlette(
            routes=[
                Route("/v1/videos", self._create, methods=["POST"]),
                Route("/v1/videos", self._list, methods=["GET"]),
                Route("/v1/videos/{id}", self._show),
                Route("/v1/videos/{id}/cancel", self._cancel, methods=["POST"]),
                Route("/v1/videos/{id}/content", self._content),
                Route("/_faults", self._set_faults, methods=["PUT"]),
                Route("/_ledger", self._ledger),
            ],
            lifespan=self._lifespan,
        )

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncGenerator[None]:
        with tempfile.TemporaryDirectory(prefix="standin-video-") as folder:
            self._clips = Clips(Path(folder), foreign=self._foreign)
            yield

    async def _create(self, request: Request) -> Response:
        self.books.requests["create"] += 1
        if refusal := self._unauthorised(request):
            return refusal
        fault = self.faults.draw("create")
        if fault == "create_429":
            wait = {"Retry-After": f"{self.faults.retry_after:g}"}
            return _error(429, "rate_limited", "too many requests", wait)
        if fault == "create_500_before":
            return _error(500, "internal", "before anything was done")
        asked = await _json(request)
        if refusal := _refused(asked):
            return refusal
        seconds = self.faults.making(len(self.books.orders))
        fails = self.faults.draw("job") == "job_failed"
        order = self.books.create(asked, seconds, fails=fails)
        if fault is not None:
            return await self._lose_answer(request, fault)
        return JSONResponse(self._view(request, order), status_code=201)

    async def _lose_answer(self, request: Request, fault: str) -> Response:
        """The order is taken and paid; its answer never comes, or says something else."""
        if fault == "create_hang":
            try:
                async with asyncio.timeout(self.faults.hang_seconds):
                    await gone(request)
            except TimeoutError:
                pass
        if fault == "create_reset_after":
            await reset(request)
        return _error(500, "internal", "after the order was taken")

    async def _list(self, request: Request) -> Response:
        self.books.requests["list"] += 1
        if refusal := self._unauthorised(request) or self._broken():
            return refusal
        token = request.query_params.get("client_token")
        if not token:
            return _error(422, "invalid_request", "client_token is missing")
        found = self.books.listed(token, self.faults.list_lag)
        return JSONResponse({"items": [self._view(request, order) for order in found]})

    async def _show(self, request: Request) -> Response:
        self.books.requests["show"] += 1
        if refusal := self._unauthorised(request) or self._broken():
            return refusal
        order = self.books.orders.get(request.path_params["id"])
        if order is None:
            return _error(404, "not_found", "no such video")
        return JSONResponse(self._view(request, order))

    async def _cancel(self, request: Request) -> Response:
        self.books.requests["cancel"] += 1
        if refusal := self._unauthorised(request):
            return refusal
        order = self.books.orders.get(request.path_params["id"])
        if order is None:
            return _error(404, "not_found", "no such video")
        self.books.cancel(order)
        return JSONResponse(self._view(request, order))

    async def _content(self, request: Request) -> Response:
        number = self.books.requests["download"]
        self.books.requests["download"] += 1
        if refusal := self._unauthorised(request):
            return refusal
        order = self.books.orders.get(request.path_params["id"])
        if order is None or order.status(self.books.now()) is not Status.SUCCEEDED:
            return _error(404, "not_found", "no such file")
        fault = self.faults.draw("download")
        if fault == "download_500":
            return _error(500, "internal", "the file is not at hand")
        data = await self._clip(order)
        if fault == "download_truncated":
            half = data[: len(data) // 2]
            if self.faults.even(number):
                return Response(half, media_type="video/mp4")
            whole = {"content-length": str(len(data))}
            return StreamingResponse(cut(request, half), media_type="video/mp4", headers=whole)
        return Response(data, media_type="video/mp4")

    async def _clip(self, order: Order) -> bytes:
        if self._clips is None:
            raise RuntimeError("the stand-in was not started")
        asked = order.asked
        shape = Shape(asked["width"], asked["height"], asked["fps"], asked["frames"])
        signature = f"{asked['seed']} {asked['prompt']}"
        return await self._clips.clip(shape, asked["seed"], signature)

    async def _set_faults(self, request: Request) -> Response:
        try:
            self.faults = Faults.of(await request.json())
        except (TypeError, ValueError) as error:
            return _error(422, "invalid_request", str(error))
        return Response(status_code=204)

    async def _ledger(self, _: Request) -> Response:
        return JSONResponse(self.books.ledger())

    def _unauthorised(self, request: Request) -> Response | None:
        if request.headers.get("authorization") == f"Bearer {self.key}":
            return None
        return _error(401, "unauthorized", "the key is wrong")

    def _broken(self) -> Response | None:
        if self.faults.draw("get") == "get_500":
            return _error(500, "internal", "not now")
        return None

    def _view(self, request: Request, order: Order) -> dict[str, Any]:
        now = self.books.now()
        status = order.status(now)
        base = str(request.base_url).rstrip("/")
        done = status is Status.SUCCEEDED
        failed = {"code": "internal", "message": "the model fell over"}
        return {
            "id": order.id,
            "client_token": order.token,
            "status": status.value,
            "progress": round(order.progress(now), 3),
            "output_url": f"{base}/v1/videos/{order.id}/content" if done else None,
            "error": failed if status is Status.FAILED else None,
            "cost_usd": float(order.cost),
        }


async def _json(request: Request) -> Any:
    try:
        return await request.json()
    except ValueError:
        return None


def _refused(asked: Any) -> Response | None:
    if wrong := _wrong(asked):
        return _error(422, "invalid_request", wrong)
    if REFUSED in asked["prompt"]:
        return _error(422, "content_rejected", "the safety check refused the prompt")
    return None


def _wrong(asked: Any) -> str | None:
    if not isinstance(asked, dict) or set(asked) != set(_FIELDS):  # pyright: ignore[reportUnknownArgumentType]
        return f"an object with exactly {sorted(_FIELDS)} is wanted"
    for name, kind in _FIELDS.items():
        if type(asked[name]) is not kind:  # pyright: ignore[reportUnknownArgumentType]
            return f"{name} must be {kind.__name__}"
    empty = [name for name in _FILLED if not asked[name]]
    empty += [name for name in _POSITIVE if asked[name] < 1]
    return f"out of range: {empty}" if empty else None


def _error(
    status: int, code: str, message: str, headers: Mapping[str, str] | None = None
) -> Response:
    body = {"error": {"code": code, "message": message}}
    return JSONResponse(body, status_code=status, headers=headers)


def main() -> None:
    """``python -m standins.video --port N [--seed n] [--key K] [--foreign]``."""
    parser = argparse.ArgumentParser(prog="standins.video")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--key", default=KEY)
    parser.add_argument("--foreign", action="store_true", help="clips that must be encoded again")
    told = parser.parse_args()
    standin = VideoStandin(key=told.key, seed=told.seed, foreign=told.foreign)
    uvicorn.run(
        standin.app,
        host="127.0.0.1",
        port=told.port,
        log_level="warning",
        access_log=False,
        ws="none",
        timeout_graceful_shutdown=1,
    )


if __name__ == "__main__":
    main()
