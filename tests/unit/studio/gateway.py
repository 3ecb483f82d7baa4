"""A gateway that answers from a script, spoken to by the real client."""

import hashlib
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
from studio.client import Client, connect

FILM = b"not really an mp4"


def job(status: str, **more: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {"id": "j", "type": "generation", "status": status}
    return {**fields, "script_id": "s", "scenes": [], "error": None, **more}


def problem(status: int, code: str = "NOT_FOUND") -> httpx.Response:
    body = {
        "type": f"urn:filmstudio:problem:{code}",
        "title": "There is no such thing here",
        "detail": "No job j.",
        "code": code,
        "next_step": "Check the id.",
        "status": status,
    }
    return httpx.Response(status, json=body)


class FakeGateway:
    """Looks at a job walk along ``looks``; the last one stays. Requests are kept."""

    def __init__(self, *looks: dict[str, Any] | httpx.Response) -> None:
        self.looks = list(looks)
        self.asked: list[httpx.Request] = []
        self.film = FILM
        self.stream = "id: 1\nevent: job.updated\ndata: {}\n\n: ping\n\nid: 2\ndata: {}\n\n"

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        path = request.url.path
        if path.endswith("/events"):
            return httpx.Response(200, text=self.stream)
        if path.endswith("/result"):
            return httpx.Response(200, content=json.dumps(self._result()).encode())
        if path.startswith("/objects"):
            return httpx.Response(200, content=self.film)
        if request.method == "POST":
            return httpx.Response(202, json={"job_id": "j", "script_id": "s"})
        look = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        return look if isinstance(look, httpx.Response) else httpx.Response(200, json=look)

    def _result(self) -> dict[str, Any]:
        digest = hashlib.sha256(FILM).hexdigest()
        file = {"url": "http://gateway/objects/film?signature=s", "sha256": digest}
        size = {"seconds": 64.6, "width": 1280, "height": 720, "scenes": 2}
        return {"title": "Moon / light", "video": file, "captions": file, **size}


@asynccontextmanager
async def client_of(
    gateway: Callable[[httpx.Request], httpx.Response],
) -> AsyncGenerator[Client, None]:
    async with connect("http://gateway", "token", transport=httpx.MockTransport(gateway)) as client:
        yield client
