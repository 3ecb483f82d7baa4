"""The provider ``http``: any server that speaks the generic asynchronous video API.

POST /v1/videos, GET /v1/videos/{id}, GET /v1/videos?client_token=T, POST /v1/videos/{id}/cancel
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from pydantic import SecretStr

from generator.adapters.answers import id_of, status_of
from generator.adapters.downloads import Resolve, resolve
from generator.adapters.wire import Account, Terms, Wire, utc
from generator.domain.provider import (
    Capabilities,
    MaySend,
    OnShare,
    Order,
    SceneRequest,
    SeedPolicy,
    Status,
    Ticket,
    request_hash,
)

NAME = "http"
POLL = 5.0
USD_PER_SECOND = Decimal("0.05")


@dataclass(frozen=True, slots=True)
class HttpVideo:
    """Implements the ``VideoProvider`` port. ``base`` is the server's address, without a path."""

    client: httpx.AsyncClient
    base: str
    key: SecretStr
    terms: Terms = field(default_factory=Terms)
    now: Callable[[], datetime] = utc
    resolve: Resolve = resolve

    @property
    def capabilities(self) -> Capabilities:
        """Scenes of any shape; a price is only known when the server names it."""
        return Capabilities(
            model="http-1",
            max_seconds=self.terms.max_seconds,
            usd_per_second=self.terms.price(USD_PER_SECOND),
            seed_policy=SeedPolicy.FROM_REQUEST,
            can_reconcile=True,
            window=self.terms.window,
        )

    async def submit(self, order: Order, may_send: MaySend) -> Ticket:
        """Order a clip. Raises ``PROVIDER_UNCERTAIN`` if it may have arrived."""
        request = order.request
        asked = {
            "prompt": request.prompt,
            "negative_prompt": request.negative_prompt,
            "frames": request.frames,
            "fps": request.fps,
            "width": request.width,
            "height": request.height,
            "seed": self._seed(request),
            "client_token": order.token,
        }
        wire = self._wire
        answer = await wire.create("/v1/videos", asked, may_send)
        request_id = id_of(answer.fields)
        if request_id is None:
            raise wire.uncertain(answer)
        return Ticket(order, request_id)

    async def reconcile(self, order: Order) -> Ticket | None:
        """Find the order with a token; of several, the oldest that is not lost."""
        wire = self._wire
        answer = await wire.ask("GET", f"/v1/videos?client_token={quote(order.token, safe='')}")
        items = answer.fields.get("items")
        if not isinstance(items, list):
            raise wire.unreadable(answer)
        found: list[dict[str, Any]] = [
            item
            for item in items  # pyright: ignore[reportUnknownVariableType]
            if isinstance(item, dict) and item.get("client_token") == order.token and id_of(item)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
        ]
        if not found:
            return None
        alive = [item for item in found if item.get("status") not in {"failed", "cancelled"}]
        return Ticket(order, id_of((alive or found)[0]) or "")

    async def poll(self, ticket: Ticket) -> Status:
        """Where an order stands."""
        wire = self._wire
        answer = await wire.ask("GET", _path(ticket))
        if not isinstance(answer.fields.get("status"), str):
            raise wire.unreadable(answer)
        return status_of(answer.fields, self.terms.poll or POLL, wire.secret)

    async def cancel(self, ticket: Ticket) -> None:
        """Give an order up."""
        await self._wire.ask("POST", f"{_path(ticket)}/cancel")

    async def fetch(self, ticket: Ticket, path: Path, on_share: OnShare) -> None:
        """Bring the finished clip into a file, from wherever the order says it lies."""
        wire = self._wire
        url = ticket.output or f"{self.base}{_path(ticket)}/content"
        await wire.save(url, path, on_share, wire.headers)

    @property
    def _wire(self) -> Wire:
        key = self.key.get_secret_value()
        headers = {"Authorization": f"Bearer {key}"}
        return Wire(
            self.client, self.base, key, headers, self.terms, now=self.now, resolve=self.resolve
        )

    def _seed(self, request: SceneRequest) -> int:
        """The user's own, else the same for the same request, within 31 bits."""
        if request.seed is not None:
            return request.seed
        return int(request_hash(NAME, self.capabilities, request)[:8], 16) & 0x7FFF_FFFF


def provider(client: httpx.AsyncClient, account: Account) -> HttpVideo:
    """A server that an operator has named."""
    return HttpVideo(client, account.url, account.key, account.terms)


def _path(ticket: Ticket) -> str:
    return "/v1/videos/" + quote(ticket.request_id, safe="")
