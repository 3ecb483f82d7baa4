"""The provider ``runway``: https://docs.dev.runwayml.com/api, without its SDK.

It calls nobody back and lists nothing: an order whose answer is lost cannot be looked for. The SDK
repeats a create by itself, so it is not used.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import httpx
from contracts.errors import ErrorCode

from generator.adapters.answers import (
    Answer,
    id_of,
    list_of,
    money_of,
    object_of,
    said_of,
    share_of,
    text_of,
)
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
    nearest,
)

NAME: Final = "runway"
URL: Final = "https://api.dev.runwayml.com"
VERSION: Final = "2024-11-06"
POLL: Final = 6.0
REST: Final = 5.0
"""Their rule: a task is read at most once in so many seconds."""

USD_PER_CREDIT: Final = Decimal("0.01")
LONGEST_PROMPT: Final = 1_000
_PHASES: Final[Mapping[str, Phase]] = {
    "PENDING": Phase.QUEUED,
    "THROTTLED": Phase.QUEUED,
    "RUNNING": Phase.RUNNING,
    "SUCCEEDED": Phase.SUCCEEDED,
    "FAILED": Phase.FAILED,
    "CANCELLED": Phase.CANCELLED,
}
_FAILURES: Final[Mapping[str, ErrorCode]] = {
    "SAFETY": ErrorCode.CONTENT_REJECTED,
    "INPUT_PREPROCESSING.SAFETY": ErrorCode.CONTENT_REJECTED,
    "ASSET.INVALID": ErrorCode.INVALID_INPUT,
}
"""By how a failure code begins; any other is the provider's own fault."""


@dataclass(frozen=True, slots=True)
class Model:
    """What a model makes, and its price in credits per second. Without ``text`` it needs a picture.

    ``text`` and ``picture`` are the shapes, in pixels, that it makes of each.
    """

    name: str
    durations: tuple[int, ...]
    credits_per_second: int
    text: tuple[Shape, ...]
    picture: tuple[Shape, ...]
    fixed: Mapping[str, Any]


_HD: Final[tuple[Shape, ...]] = ((1280, 720), (720, 1280))
_ALL: Final[tuple[Shape, ...]] = (*_HD, (1104, 832), (832, 1104), (960, 960), (1584, 672))
_FULL_HD: Final[tuple[Shape, ...]] = (*_HD, (1920, 1080), (1080, 1920))

# Prices change: an operator's own overrules them, and what a task really took is what is kept.
MODELS: Final[Mapping[str, Model]] = {
    model.name: model
    for model in (
        Model("gen4.5", tuple(range(2, 11)), 12, _HD, _ALL, {}),
        Model("gen4_turbo", (5, 10), 5, (), _ALL, {}),
        Model("veo3.1", (4, 6, 8), 40, _FULL_HD, _FULL_HD, {"audio": True}),
        Model("veo3.1_fast", (4, 6, 8), 15, _FULL_HD, _FULL_HD, {"audio": True}),
    )
}
DEFAULT: Final = "gen4.5"


@dataclass(frozen=True, slots=True)
class Runway:
    """Implements the ``VideoProvider`` port."""

    wire: Wire
    model: Model

    @property
    def capabilities(self) -> Capabilities:
        """By the model's entry."""
        terms = self.wire.terms
        listed = USD_PER_CREDIT * self.model.credits_per_second
        return Capabilities(
            model=self.model.name,
            max_seconds=self.model.durations[-1],
            usd_per_second=terms.price(listed),
            seed_policy=SeedPolicy.PROVIDER,
            durations=self.model.durations,
            shapes=self.model.text or self.model.picture,
            pictures=1 if self.model.picture else 0,
            needs_picture=not self.model.text,
            window=terms.window,
            rest=REST,
        )

    async def submit(self, order: Order, may_send: MaySend) -> Ticket:
        """Order a task. Raises ``PROVIDER_UNCERTAIN`` if it may have arrived."""
        answer = await self.wire.create(*self._asked(order), may_send)
        request_id = id_of(answer.fields)
        if request_id is None:
            raise self.wire.uncertain(answer)
        return Ticket(order, request_id)

    async def reconcile(self, order: Order) -> Ticket | None:
        """There is no list of tasks to find it in."""
        return None

    async def poll(self, ticket: Ticket) -> Status:
        """Where a task stands."""
        answer = await self.wire.ask("GET", _path(ticket))
        fields, phase = answer.fields, self.wire.phase(answer, _PHASES)
        after = max(REST, self.wire.pause(POLL))
        if phase in {Phase.QUEUED, Phase.RUNNING}:
            return Status(phase, share_of(fields.get("progress")), after)
        cost = _cost(fields)
        outputs = [text for text in map(text_of, list_of(fields.get("output")) or ()) if text]
        if phase is Phase.SUCCEEDED and outputs:
            return Status(phase, 1.0, after, output=outputs[0], cost_usd=cost)
        if phase is Phase.SUCCEEDED:
            phase, said = Phase.FAILED, "succeeded without an output"
        else:
            said = said_of([fields.get("failureCode"), fields.get("failure")], self.wire.secret)
        code = _why(text_of(fields.get("failureCode")))
        return Status(phase, poll_after=after, message=said, cost_usd=cost, code=code)

    async def cancel(self, ticket: Ticket) -> None:
        """Give a task up; one that is gone already is no error."""
        answer = await self.wire.hear("DELETE", _path(ticket))
        if not answer.ok and answer.status != HTTPStatus.NOT_FOUND:
            raise self.wire.failure(answer)

    async def fetch(self, ticket: Ticket, path: Path, on_share: OnShare) -> None:
        """Bring the output into a file; its address is good by itself and gets no key."""
        await self.wire.save(ticket.output, path, on_share)

    def _asked(self, order: Order) -> tuple[str, dict[str, Any]]:
        """Where to, and what."""
        request, can = order.request, self.capabilities
        pictured = bool(request.pictures and self.model.picture)
        shapes = self.model.picture if pictured else self.model.text
        width, height = nearest(shapes, request)
        body: dict[str, Any] = {
            **self.model.fixed,
            "model": self.model.name,
            "promptText": _cut(request.prompt),
            "ratio": f"{width}:{height}",
            "duration": int(can.seconds(request)),
        }
        if not pictured:
            return "/v1/text_to_video", body
        return "/v1/image_to_video", body | {
            "promptImage": request.pictures[0],
            "seed": order.seed,
        }


def special(answer: Answer) -> ErrorCode | None:
    """No credits is an invalid request to them."""
    broke = "credits" in text_of(answer.fields.get("error")).lower()
    spent = broke and answer.status == HTTPStatus.BAD_REQUEST
    return ErrorCode.PROVIDER_CREDITS_EXHAUSTED if spent else None


def provider(client: httpx.AsyncClient, account: Account) -> Runway:
    """With an account. Raises ``ValueError`` for a model that is not listed here."""
    model = account.listed(NAME, MODELS, DEFAULT)
    key = account.key.get_secret_value()
    headers = {"Authorization": f"Bearer {key}", "X-Runway-Version": VERSION}
    return Runway(Wire(client, account.url or URL, key, headers, account.terms, special), model)


def _why(failure: str) -> ErrorCode:
    for start, code in _FAILURES.items():
        if failure == start or failure.startswith(f"{start}."):
            return code
    return ErrorCode.AI_PROVIDER_FAILURE


def _cost(fields: Mapping[str, Any]) -> Decimal | None:
    credits_ = money_of(object_of(fields.get("cost")).get("credits"))
    return None if credits_ is None else (credits_ * USD_PER_CREDIT).quantize(USD_PER_CREDIT / 100)


def _cut(prompt: str) -> str:
    """They count UTF-16 units."""
    data = prompt.encode("utf-16-le")[: 2 * LONGEST_PROMPT]
    return data.decode("utf-16-le", errors="ignore")


def _path(ticket: Ticket) -> str:
    return f"/v1/tasks/{quote(ticket.request_id, safe='')}"
