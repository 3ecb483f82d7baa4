"""The provider ``pika``, through fal's queue: https://docs.fal.ai/model-endpoints/queue, no SDK.

The SDK sends a create up to ten times, so it is not used.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

import httpx
from contracts.errors import ErrorCode, Transient

from generator.adapters.answers import Answer, id_of, list_of, object_of, said_of, text_of
from generator.adapters.fal_answers import failure_of, payload_of, special, video_of
from generator.adapters.wire import Account, Wire
from generator.domain.provider import (
    Capabilities,
    MaySend,
    OnShare,
    Order,
    Phase,
    SeedPolicy,
    Shape,
    Status,
    Ticket,
)

NAME: Final = "pika"
HOOK: Final = "fal"
QUEUE_URL: Final = "https://queue.fal.run"
API_URL: Final = "https://api.fal.ai/v1"
POLL: Final = 3.0
WINDOW: Final = 1_800.0
"""Requests are listed when they have ended, so one may be missing as long as a scene may take."""

EARLIER: Final = 30.0
MOST_PAGES: Final = 10
PAGE: Final = 100
LIFE: Final = {"X-Fal-Object-Lifecycle-Preference": '{"expiration_duration_seconds":86400}'}
"""Outputs are public to whoever has their address: after a day they go away."""

_RATIOS: Final[Mapping[str, Shape]] = {
    "16:9": (16, 9),
    "9:16": (9, 16),
    "1:1": (1, 1),
    "4:5": (4, 5),
    "5:4": (5, 4),
    "3:2": (3, 2),
    "2:3": (2, 3),
}


Wanted = Callable[[Mapping[str, Any]], bool]


@dataclass(frozen=True, slots=True)
class Model:
    """A family of endpoints: one for words alone, one for a picture. US dollars per second."""

    name: str
    durations: tuple[int, ...]
    usd_per_second: Decimal
    fixed: Mapping[str, Any]

    def endpoint(self, order: Order) -> str:
        """Which of the two an order goes to."""
        return f"{self.name}/{'image' if order.request.pictures else 'text'}-to-video"


# Prices change: an operator's own overrules them.
MODELS: Final[Mapping[str, Model]] = {
    "pika-2.2-720p": Model(
        "fal-ai/pika/v2.2", (5, 10), Decimal("0.04"), {"resolution": "720p"}
    ),
    "pika-2.2-1080p": Model(
        "fal-ai/pika/v2.2", (5, 10), Decimal("0.09"), {"resolution": "1080p"}
    ),
}  # fmt: skip
DEFAULT: Final = "pika-2.2-720p"


@dataclass(frozen=True, slots=True)
class Fal:
    """Implements the ``VideoProvider`` port. ``lists`` is the way to the list of requests."""

    wire: Wire
    lists: Wire
    model: Model

    @property
    def capabilities(self) -> Capabilities:
        """By the model's entry."""
        terms = self.wire.terms
        return Capabilities(
            model=f"{self.model.name} {self.model.fixed['resolution']}",
            max_seconds=self.model.durations[-1],
            usd_per_second=terms.price(self.model.usd_per_second),
            seed_policy=SeedPolicy.PROVIDER,
            can_reconcile=True,
            durations=self.model.durations,
            shapes=tuple(_RATIOS.values()),
            pictures=1,
            hook=HOOK,
            window=WINDOW if terms.window is None else terms.window,
        )

    async def submit(self, order: Order, may_send: MaySend) -> Ticket:
        """Queue a request. Raises ``PROVIDER_UNCERTAIN`` if it may have arrived."""
        path = f"/{self.model.endpoint(order)}"
        if order.callback:
            path += "?" + urlencode({"fal_webhook": order.callback})
        answer = await self.wire.create(path, self._input(order), may_send, LIFE)
        request_id = id_of({"id": answer.fields.get("request_id")})
        if request_id is None:
            raise self.wire.uncertain(answer)
        return Ticket(order, request_id, links=self._links(answer.fields))

    async def reconcile(self, order: Order) -> Ticket | None:
        """Find the request that carries the order's seed among those sent since."""
        item = await self._listed(order, _same(order))
        if item is None:
            return None
        request_id = id_of({"id": item.get("request_id")})
        return (
            None if request_id is None else Ticket(order, request_id, video_of(item, "json_output"))
        )

    async def poll(self, ticket: Ticket) -> Status:
        """Where a request stands. Completed is not yet success: that only its result tells.

        A result lives for minutes and its file for a day, so what is known is not asked for again.
        """
        after = self.wire.pause(POLL)
        if ticket.output:
            return Status(Phase.SUCCEEDED, 1.0, after, output=ticket.output)
        answer = await self.wire.ask("GET", self._place(ticket, "status"))
        match answer.fields.get("status"):
            case "COMPLETED" if failed := failure_of(answer.fields):
                return self._failed(failed, answer, after)
            case "COMPLETED":
                return await self._result(ticket, after)
            case "IN_QUEUE":
                return Status(Phase.QUEUED, poll_after=after)
            case str():
                return Status(Phase.RUNNING, poll_after=after)
            case _:
                raise self.wire.unreadable(answer)

    async def cancel(self, ticket: Ticket) -> None:
        """Give a request up; one that is over is no error."""
        answer = await self.wire.hear("PUT", self._place(ticket, "cancel"))
        if not answer.ok and answer.status != HTTPStatus.BAD_REQUEST:
            raise self.wire.failure(answer)

    async def fetch(self, ticket: Ticket, path: Path, on_share: OnShare) -> None:
        """Bring the output into a file; it is public, so it gets no key."""
        await self.wire.save(ticket.output, path, on_share)

    def _input(self, order: Order) -> dict[str, Any]:
        request, can = order.request, self.capabilities
        asked: dict[str, Any] = {
            **self.model.fixed,
            "prompt": request.prompt,
            "negative_prompt": request.negative_prompt,
            "duration": int(can.seconds(request)),
            "seed": order.seed,
        }
        if request.pictures:
            return asked | {"image_url": request.pictures[0]}
        shape = can.shape(request)
        return asked | {"aspect_ratio": next(name for name, s in _RATIOS.items() if s == shape)}

    async def _result(self, ticket: Ticket, after: float) -> Status:
        answer = await self.wire.hear("GET", self._place(ticket, ""))
        if answer.ok and (url := video_of({"result": answer.fields}, "result")):
            return Status(Phase.SUCCEEDED, 1.0, after, output=url)
        if failed := failure_of(answer.fields):
            return self._failed(failed, answer, after)
        if answer.status != HTTPStatus.NOT_FOUND:
            raise self.wire.unreadable(answer)
        item = await self._listed(ticket.order, _named(ticket.request_id))
        if item is not None and (url := video_of(item, "json_output")):
            return Status(Phase.SUCCEEDED, 1.0, after, output=url)
        raise Transient(ErrorCode.OUTPUT_EXPIRED, detail=answer.text(self.wire.secret))

    def _failed(self, code: ErrorCode, answer: Answer, after: float) -> Status:
        said = said_of(answer.fields, self.wire.secret)
        return Status(Phase.FAILED, poll_after=after, message=said, code=code)

    async def _listed(self, order: Order, wanted: Wanted) -> dict[str, Any] | None:
        """The oldest of the listed requests that is wanted."""
        asked = {
            "endpoint_id": self.model.endpoint(order),
            "start": datetime.fromtimestamp(order.since - EARLIER, UTC).isoformat(),
            "expand": "payloads",
            "limit": str(PAGE),
        }
        for _ in range(MOST_PAGES):
            answer = await self.lists.ask("GET", f"/models/requests/by-endpoint?{urlencode(asked)}")
            items = list_of(answer.fields.get("items"))
            if items is None:
                raise self.lists.unreadable(answer)
            if found := [item for item in map(object_of, items) if wanted(item)]:
                return min(found, key=lambda item: text_of(item.get("sent_at")))
            cursor = text_of(answer.fields.get("next_cursor"))
            if not answer.fields.get("has_more") or not cursor:
                return None
            asked["cursor"] = cursor
        raise Transient(ErrorCode.PROVIDER_UNCERTAIN, detail="the list is too long to read")

    def _links(self, fields: Mapping[str, Any]) -> dict[str, str]:
        """The addresses an answer names, as far as the key may go there."""
        named = {name: text_of(fields.get(f"{name}_url")) for name in ("status", "cancel")}
        named[""] = text_of(fields.get("response_url"))
        return {name: url for name, url in named.items() if url and self.wire.own(url)}

    def _place(self, ticket: Ticket, name: str) -> str:
        """Where a request is asked for: below the application, not below the endpoint."""
        application = "/".join(self.model.name.split("/")[:2])
        place = f"/{application}/requests/{quote(ticket.request_id, safe='')}"
        return ticket.links.get(name) or (f"{place}/{name}" if name else place)


def _same(order: Order) -> Wanted:
    """Whether a listed request carries an order's seed."""
    mine = (order.seed, order.request.prompt)

    def wanted(item: Mapping[str, Any]) -> bool:
        given = payload_of(item, "json_input")
        return (given.get("seed"), given.get("prompt")) == mine

    return wanted


def _named(request_id: str) -> Wanted:
    return lambda item: item.get("request_id") == request_id


def provider(client: httpx.AsyncClient, account: Account) -> Fal:
    """With an account. Raises ``ValueError`` for a model that is not listed here."""
    model = account.listed(NAME, MODELS, DEFAULT)
    key = account.key.get_secret_value()
    headers = {"Authorization": f"Key {key}"}
    queue, api = (
        Wire(client, url, key, headers, account.terms, special)
        for url in (account.url or QUEUE_URL, account.api_url or API_URL)
    )
    return Fal(queue, api, model)
