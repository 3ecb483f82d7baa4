"""Users: they ask for films through the API, follow some of them, and never give up.

A lost answer is asked for again under the same Idempotency-Key, at whichever gateway answers.
"""

import asyncio
import hashlib
import itertools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from tests.chaos.schedule import Order
from tests.chaos.timeline import Timeline

SETTINGS: Final[dict[str, Any]] = {
    "width": 320,
    "height": 320,
    "fps": 24,
    "max_scene_seconds": 2.0,
    "min_scene_seconds": 1.0,
}
"""The smallest films there are: one sentence a scene, less than two seconds each."""
DRESSED: Final[dict[str, Any]] = {
    "transition": "fade",
    "captions": {"burn": True},
    "titles": {"title": "A film", "seconds": 1.0},
}
"""What every second film is made with besides: then all there is to encode is encoded."""

TERMINAL: Final = frozenset({"succeeded", "failed", "cancelled"})
_ASK_AGAIN: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_TIMEOUT: Final = httpx.Timeout(8.0, connect=2.0)
_QUIET_STREAM: Final = httpx.Timeout(20.0, connect=2.0)
_PAUSE: Final = 0.5
_LOOK_EVERY: Final = 1.5


class RefusedError(Exception):
    """The API said no to a request it has to take."""


@dataclass(frozen=True, slots=True)
class Api:
    """The API as one user, through any gateway."""

    http: httpx.AsyncClient
    token: str
    gateways: Callable[[], Sequence[str]]
    turns: Iterator[int] = field(default_factory=itertools.count)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def gateway(self) -> str:
        """The next one in turn."""
        known = self.gateways()
        return known[next(self.turns) % len(known)]

    async def ask(self, method: str, path: str, *, key: str = "", **request: Any) -> Any:
        """The answer, however often it takes. Raises RefusedError for a refusal that is final."""
        headers = self.headers | ({"Idempotency-Key": key} if key else {})
        while True:
            try:
                url = f"{self.gateway()}/api/v1{path}"
                reply = await self.http.request(
                    method, url, headers=headers, timeout=_TIMEOUT, **request
                )
            except httpx.TransportError:
                await asyncio.sleep(_PAUSE)
                continue
            if reply.is_success:
                return reply.json()
            if reply.status_code not in _ASK_AGAIN:
                raise RefusedError(f"{method} {path}: {reply.status_code} {reply.text[:300]}")
            await asyncio.sleep(float(reply.headers.get("Retry-After", _PAUSE)))

    async def film(self, job_id: str) -> bytes:
        """A finished film, by the link that the API gives out; each gateway names its own."""
        while True:
            result = await self.ask("GET", f"/jobs/{job_id}/result")
            with suppress(httpx.TransportError):
                reply = await self.http.get(result["video"]["url"], timeout=_TIMEOUT)
                if reply.is_success:
                    return reply.content
            await asyncio.sleep(_PAUSE)

    async def finished(self, job_id: str) -> dict[str, Any]:
        """The job when it has ended."""
        while True:
            shown: dict[str, Any] = await self.ask("GET", f"/jobs/{job_id}")
            if shown["status"] in TERMINAL:
                return shown
            await asyncio.sleep(_LOOK_EVERY)


@dataclass(slots=True)
class Watcher:
    """A client of a job's event stream that reconnects with what it saw last."""

    job_id: str
    seen: list[int] = field(default_factory=list[int])
    connects: int = 0
    ended: str = ""

    async def watch(self, api: Api) -> None:
        """Until the stream says the job has ended."""
        while not self.ended:
            try:
                await self._once(api)
            except httpx.TransportError:
                await asyncio.sleep(_PAUSE)

    async def _once(self, api: Api) -> None:
        headers = dict(api.headers)
        if self.seen:
            headers["Last-Event-ID"] = str(self.seen[-1])
        url = f"{api.gateway()}/api/v1/jobs/{self.job_id}/events?until=ended"
        async with api.http.stream("GET", url, headers=headers, timeout=_QUIET_STREAM) as stream:
            if stream.status_code == 204:
                self.ended = self.ended or "nothing more"
                return
            if not stream.is_success:
                await asyncio.sleep(_PAUSE)
                return
            self.connects += 1
            event: dict[str, str] = {}
            async for line in stream.aiter_lines():
                name, _, value = line.partition(": ")
                if line:
                    event[name] = value
                else:
                    self._heard(event)
                    event = {}

    def _heard(self, event: Mapping[str, str]) -> None:
        """A whole event; a comment that keeps the line alive is none."""
        if "id" not in event:
            return
        self.seen.append(int(event["id"]))
        status = json.loads(event["data"])["job"]["status"]
        if status in TERMINAL:
            self.ended = status


@dataclass(slots=True)
class Film:
    """What became of an order, as its user knows it; ``sha256`` is of what was downloaded.

    Empty ids were never answered.
    """

    order: Order
    import_id: str = ""
    job_id: str = ""
    upload_id: str = ""
    status: str = ""
    sha256: str = ""
    refused: str = ""
    watcher: Watcher | None = None


@dataclass(slots=True)
class Customers:
    """Everybody who asks for films."""

    apis: Sequence[Api]
    timeline: Timeline
    films: list[Film] = field(default_factory=list[Film])

    async def serve(self, order: Order) -> None:
        """Text in, film out, and onto the channel for some."""
        film = Film(order)
        self.films.append(film)
        api = self.apis[order.user]
        try:
            async with asyncio.TaskGroup() as group:
                await self._make(film, api, group)
        except* RefusedError as refusals:
            film.refused = str(refusals.exceptions[0])
            self.timeline.note("customer", f"order {order.number}: {film.refused}")

    async def _make(self, film: Film, api: Api, group: asyncio.TaskGroup) -> None:
        number = film.order.number
        script_id = await self._import(film, api)
        wishes = SETTINGS | (DRESSED if number % 2 else {})
        settings = {**wishes, "providers": film.order.providers}
        body = {"script_id": script_id, "settings": settings}
        key = f"film-{number}"
        film.job_id = (await api.ask("POST", "/jobs", key=key, json=body))["job_id"]
        wanted = f"{film.order.scenes} scenes by {' or '.join(film.order.providers)}"
        self.timeline.note("customer", f"order {number}: job {film.job_id}, {wanted}")
        if film.order.watched:
            film.watcher = Watcher(film.job_id)
            group.create_task(film.watcher.watch(api))
        shown = await api.finished(film.job_id)
        film.status = shown["status"]
        self.timeline.note("customer", f"order {number}: {film.status} {shown['error'] or ''}")
        if film.status == "succeeded":
            film.sha256 = hashlib.sha256(await api.film(film.job_id)).hexdigest()
        if film.status == "succeeded" and film.order.published:
            path, body = f"/jobs/{film.job_id}/upload-youtube", {"title": f"Film {number}"}
            key = f"upload-{number}"
            film.upload_id = (await api.ask("POST", path, key=key, json=body))["job_id"]
            await api.finished(film.upload_id)

    async def _import(self, film: Film, api: Api) -> str:
        number = film.order.number
        files = {"file": (f"order-{number}.txt", film.order.text.encode(), "text/plain")}
        accepted = await api.ask("POST", "/imports", key=f"import-{number}", files=files)
        film.import_id = accepted["job_id"]
        shown = await api.finished(film.import_id)
        if shown["status"] != "succeeded":
            raise RefusedError(f"import {film.import_id} {shown['status']}: {shown['error']}")
        script_id: str = accepted["script_id"]
        return script_id
