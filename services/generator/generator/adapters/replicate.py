"""The provider ``replicate``: https://replicate.com/docs/reference/http, without its SDK.

The SDK drops options, knows no new states and sends its token to whatever host an output names.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import httpx
from contracts.errors import ErrorCode, Transient

from generator.adapters.answers import (
    Answer,
    id_of,
    list_of,
    object_of,
    said_of,
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
)

NAME: Final = "replicate"
HOOK: Final = "replicate"
URL: Final = "https://api.replicate.com"
POLL: Final = 2.0
WINDOW: Final = 120.0
"""A prediction that is not listed after two minutes was not created."""

EARLIER: Final = 30.0
"""Their clock may be behind ours by so many seconds."""

MOST_PAGES: Final = 10
STILL_USD: Final = Decimal("0.03")
"""A picture of a trained model, about; its place here is that of a second."""

PHASES: Final[Mapping[str, Phase]] = {
    "starting": Phase.QUEUED,
    "processing": Phase.RUNNING,
    "succeeded": Phase.SUCCEEDED,
    "failed": Phase.FAILED,
    "canceled": Phase.CANCELLED,
    "aborted": Phase.FAILED,
}
_REFUSED: Final = ("E005", "flagged as sensitive", "NSFW")
_FILES: Final = (".replicate.delivery",)


@dataclass(frozen=True, slots=True)
class Model:
    """A model's inputs by the names it gives them, and what it costs (US dollars per second).

    One that does not ``last`` makes pictures.
    Only models with a seed are listed here: by its seed an order is found again.
    """

    name: str
    durations: tuple[int, ...]
    usd_per_second: Decimal
    ratios: Mapping[str, Shape]
    fixed: Mapping[str, Any]
    picture: str = ""
    lasts: bool = True


_WIDE: Final[Mapping[str, Shape]] = {
    "16:9": (16, 9),
    "4:3": (4, 3),
    "1:1": (1, 1),
    "3:4": (3, 4),
    "9:16": (9, 16),
    "21:9": (21, 9),
}
_UP_TO_12: Final = tuple(range(2, 13))

# Prices change: an operator's own overrules them.
MODELS: Final[Mapping[str, Model]] = {
    model.name: model
    for model in (
        Model(
            "bytedance/seedance-1-lite",
            _UP_TO_12,
            Decimal("0.036"),
            _WIDE,
            {"resolution": "720p", "fps": 24},
            picture="image",
        ),
        Model(
            "bytedance/seedance-1-pro",
            _UP_TO_12,
            Decimal("0.15"),
            _WIDE,
            {"resolution": "1080p", "fps": 24},
            picture="image",
        ),
    )
}
DEFAULT: Final = "bytedance/seedance-1-lite"


@dataclass(frozen=True, slots=True)
class Replicate:
    """Implements the ``VideoProvider`` port."""

    wire: Wire
    model: Model

    def still(self, model_ref: str) -> "Replicate":
        """A trained character's own model, of the same account: it makes one picture."""
        fixed = {"num_outputs": 1, "output_format": "webp", "output_quality": 80}
        model = Model(model_ref, (1,), STILL_USD, _WIDE, fixed, lasts=False)
        terms = replace(self.wire.terms, usd_per_second=None)
        return Replicate(replace(self.wire, terms=terms), model)

    @property
    def capabilities(self) -> Capabilities:
        """By the model's entry."""
        terms = self.wire.terms
        return Capabilities(
            model=self.model.name,
            max_seconds=self.model.durations[-1],
            usd_per_second=terms.price(self.model.usd_per_second),
            seed_policy=SeedPolicy.PROVIDER,
            can_reconcile=True,
            durations=self.model.durations,
            shapes=tuple(self.model.ratios.values()),
            pictures=1 if self.model.picture else 0,
            model_refs=bool(self.model.picture),
            hook=HOOK,
            window=WINDOW if terms.window is None else terms.window,
        )

    async def submit(self, order: Order, may_send: MaySend) -> Ticket:
        """Order a prediction. Raises ``PROVIDER_UNCERTAIN`` if it may have arrived."""
        body: dict[str, Any] = {"version": self.model.name, "input": self._input(order)}
        if order.callback:
            body |= {
                "webhook": order.callback,
                "webhook_events_filter": ["start", "completed"],
            }
        answer = await self.wire.create("/v1/predictions", body, may_send)
        request_id = id_of(answer.fields)
        if request_id is None:
            raise self.wire.uncertain(answer)
        return Ticket(order, request_id)

    async def reconcile(self, order: Order) -> Ticket | None:
        """Find the prediction that carries the order's seed among those made since.

        Raises ``Transient`` if the list cannot show it any more: inputs are deleted after an hour.
        """
        since = datetime.fromtimestamp(order.since - EARLIER, UTC).isoformat()
        path = f"/v1/predictions?created_after={quote(since, safe='')}"
        found: list[dict[str, Any]] = []
        hidden = False
        for _ in range(MOST_PAGES):
            answer = await self.wire.ask("GET", path)
            rows = list_of(answer.fields.get("results"))
            if rows is None:
                raise self.wire.unreadable(answer)
            for row in map(object_of, rows):
                if self._is(row, order) and id_of(row):
                    found.append(row)
                hidden = hidden or bool(row.get("data_removed"))
            path = text_of(answer.fields.get("next"))
            if not path or found:
                return chosen(order, found, hidden=hidden)
            if not self.wire.own(path):
                raise self.wire.unreadable(answer)
        raise Transient(ErrorCode.PROVIDER_UNCERTAIN, detail="the list is too long to read")

    async def poll(self, ticket: Ticket) -> Status:
        """Where a prediction stands."""
        answer = await self.wire.ask("GET", _path(ticket))
        fields, phase = answer.fields, self.wire.phase(answer, PHASES)
        after = self.wire.pause(POLL)
        if phase is Phase.SUCCEEDED:
            return self._succeeded(fields, after)
        if phase not in {Phase.FAILED, Phase.CANCELLED}:
            return Status(phase, poll_after=after)
        return ended(self.wire, fields, phase, after)

    async def cancel(self, ticket: Ticket) -> None:
        """Give a prediction up."""
        await self.wire.ask("POST", f"{_path(ticket)}/cancel")

    async def fetch(self, ticket: Ticket, path: Path, on_share: OnShare) -> None:
        """Bring the output into a file. The token goes to Replicate's own file hosts only."""
        await self.wire.save(ticket.output, path, on_share, self.wire.headers)

    def _input(self, order: Order) -> dict[str, Any]:
        request, can = order.request, self.capabilities
        shape = can.shape(request)
        asked: dict[str, Any] = {
            **self.model.fixed,
            "prompt": request.prompt,
            **({"duration": int(can.seconds(request))} if self.model.lasts else {}),
            "aspect_ratio": next(n for n, s in self.model.ratios.items() if s == shape),
            "seed": order.seed,
        }
        if self.model.picture and request.pictures:
            asked[self.model.picture] = request.pictures[0]
        return asked

    def _is(self, row: Mapping[str, Any], order: Order) -> bool:
        given = object_of(row.get("input"))
        mine = (order.seed, order.request.prompt)
        return (given.get("seed"), given.get("prompt")) == mine

    def _succeeded(self, fields: Mapping[str, Any], after: float) -> Status:
        output = _output(fields.get("output"))
        if output:
            return Status(Phase.SUCCEEDED, 1.0, after, output=output)
        if fields.get("data_removed"):
            code, said = ErrorCode.OUTPUT_EXPIRED, "data_removed"
        else:
            code, said = ErrorCode.AI_PROVIDER_FAILURE, "succeeded without an output"
        return Status(Phase.FAILED, poll_after=after, message=said, code=code)


def chosen(order: Order, found: list[dict[str, Any]], *, hidden: bool) -> Ticket | None:
    """Of the rows that are this order's, the one that lives, else the first.

    Raises ``Transient`` if there is none, and rows that do not say what they were asked.
    """
    if not found:
        if hidden:
            raise Transient(ErrorCode.PROVIDER_UNCERTAIN, detail="inputs were deleted")
        return None
    over = {"failed", "canceled", "aborted"}
    alive = [row for row in found if row.get("status") not in over]
    return Ticket(order, id_of((alive or found)[-1]) or "")


def ended(wire: Wire, fields: Mapping[str, Any], phase: Phase, after: float) -> Status:
    """Why something came to nothing."""
    word = text_of(fields.get("status"))
    said = said_of(fields.get("error") or word, wire.secret)
    if word == "aborted":
        # Its deadline came before it began: it was not charged.
        code, cost = ErrorCode.SCENE_TIMEOUT, Decimal(0)
        return Status(phase, poll_after=after, message=said, cost_usd=cost, code=code)
    refused = any(sign.lower() in said.lower() for sign in _REFUSED)
    code = ErrorCode.CONTENT_REJECTED if refused else ErrorCode.AI_PROVIDER_FAILURE
    return Status(phase, poll_after=after, message=said, code=code)


def special(answer: Answer) -> ErrorCode | None:
    """A model that is not there is a matter of our settings."""
    missing = answer.status == HTTPStatus.NOT_FOUND
    return ErrorCode.PROVIDER_NOT_CONFIGURED if missing else None


def provider(client: httpx.AsyncClient, account: Account) -> Replicate:
    """With an account. Raises ``ValueError`` for a model that is not listed here."""
    model = account.listed(NAME, MODELS, DEFAULT)
    key = account.key.get_secret_value()
    headers = {"Authorization": f"Bearer {key}"}
    url = account.url or URL
    wire = Wire(client, url, key, headers, account.terms, special, trusted=_FILES)
    return Replicate(wire, model)


def _output(value: object) -> str:
    """A model answers with an address, a list of them, or an object that holds one."""
    if listed := list_of(value):
        return _output(listed[0])
    fields = object_of(value)
    return text_of(value) or text_of(fields.get("url")) or text_of(fields.get("video"))


def _path(ticket: Ticket) -> str:
    return f"/v1/predictions/{quote(ticket.request_id, safe='')}"
