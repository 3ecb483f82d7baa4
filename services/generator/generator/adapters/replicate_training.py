"""Trains characters at Replicate: https://replicate.com/docs/reference/http#trainings.create.

A training makes a new version of a model of ours, which is private and named after the character.
Uploading pictures and making that model cost nothing and may be repeated; the training is paid.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import httpx
from contracts.errors import ErrorCode, Rejected, Transient

from generator.adapters import replicate
from generator.adapters.answers import id_of, list_of, money_of, object_of, text_of
from generator.adapters.replicate import EARLIER, HOOK, MOST_PAGES, PHASES, WINDOW, chosen, ended
from generator.adapters.wire import Account, Wire
from generator.domain.provider import (
    CENTS,
    Capabilities,
    MaySend,
    Order,
    Phase,
    SeedPolicy,
    Status,
    Ticket,
)
from generator.domain.training import Prepared, Subject

TRAINER: Final = "ostris/flux-dev-lora-trainer"
NAMED: Final = "wandb_run"
"""An input that only names the run, which a trainer without an account there does not use."""

POLL: Final = 15.0
# Replicate lists the trainer at about two US dollars; what a training took is told afterwards.
USD: Final = Decimal(2)
USD_PER_SECOND: Final = Decimal("0.001525")
_HARDWARE: Final = "gpu-h100"
_REF: Final = re.compile(r"[a-z0-9._-]+/[a-z0-9._-]+:[0-9a-f]{64}")
_PERCENT: Final = re.compile(r"(\d{1,3})%\|")


@dataclass(frozen=True, slots=True)
class Trainer:
    """Implements the ``CharacterTrainer`` port.

    ``model`` is the trainer as ``owner/name`` or ``owner/name:version``; ``owner`` has the trained
    models, empty for the key's own account.
    """

    wire: Wire
    model: str
    owner: str
    usd: Decimal

    @property
    def name(self) -> str:
        """The account is the one that makes clips, with its limits and its health."""
        return replicate.NAME

    async def prepare(self, subject: Subject, pictures: Path) -> Prepared:
        """Upload the pictures, make the model if it is not there, and pin the trainer's version."""
        owner = self.owner or await self._told("/v1/account", "username")
        place, _, version = self.model.partition(":")
        version = version or await self._latest(place)
        asked = {
            "owner": owner,
            "name": subject.model,
            "visibility": "private",
            "hardware": _HARDWARE,
        }
        made = await self.wire.hear("POST", "/v1/models", json=asked)
        if not made.ok and made.status != HTTPStatus.CONFLICT:
            raise self.wire.failure(made)
        with pictures.open("rb") as file:
            files = {"content": (f"{subject.model}.zip", file, "application/zip")}
            sent = await self.wire.hear("POST", "/v1/files", files=files)
        if not sent.ok:
            raise self.wire.failure(sent)
        url = text_of(object_of(sent.fields.get("urls")).get("get"))
        if not url:
            raise self.wire.unreadable(sent)
        return Prepared(url, f"{owner}/{subject.model}", version)

    def training(self, subject: Subject, prepared: Prepared | None) -> "Training":
        """Takes the order for one character."""
        return Training(self, subject, prepared)

    async def latest(self, place: str) -> str | None:
        """The newest version of ``owner/name``, if it has one. 64 hexadecimal digits."""
        answer = await self.wire.hear("GET", f"/v1/models/{quote(place)}")
        if answer.status == HTTPStatus.NOT_FOUND:
            return None
        if not answer.ok:
            raise self.wire.failure(answer)
        return id_of(object_of(answer.fields.get("latest_version")))

    async def _latest(self, place: str) -> str:
        if found := await self.latest(place):
            return found
        detail = f"no trainer {place}"
        raise Rejected(ErrorCode.PROVIDER_NOT_CONFIGURED, "Nobody here trains", detail=detail)

    async def _told(self, path: str, field: str) -> str:
        answer = await self.wire.ask("GET", path)
        if found := text_of(answer.fields.get(field)):
            return found
        raise self.wire.unreadable(answer)


@dataclass(frozen=True, slots=True)
class Training:
    """Implements the ``OrderTaker`` port for one character."""

    trainer: Trainer
    subject: Subject
    prepared: Prepared | None

    @property
    def capabilities(self) -> Capabilities:
        """One unit is one training."""
        return Capabilities(
            model=self.trainer.model,
            max_seconds=1.0,
            usd_per_second=self.trainer.usd,
            seed_policy=SeedPolicy.PROVIDER,
            can_reconcile=True,
            hook=HOOK,
            window=self._wire.terms.window or WINDOW,
        )

    @property
    def _wire(self) -> Wire:
        return self.trainer.wire

    async def submit(self, order: Order, may_send: MaySend) -> Ticket:
        """Order the training. Raises ``PROVIDER_UNCERTAIN`` if it may have arrived."""
        ready = self.prepared
        if ready is None:
            raise Transient(ErrorCode.INTERNAL, detail="nothing was prepared")
        asked = {
            "input_images": ready.pictures,
            "trigger_word": self.subject.trigger_word,
            NAMED: order.token,
        }
        body: dict[str, Any] = {"destination": ready.destination, "input": asked}
        if order.callback:
            body |= {"webhook": order.callback, "webhook_events_filter": ["start", "completed"]}
        place = self.trainer.model.partition(":")[0]
        path = f"/v1/models/{quote(place)}/versions/{quote(ready.version, safe='')}/trainings"
        answer = await self._wire.create(path, body, may_send)
        request_id = id_of(answer.fields)
        if request_id is None:
            raise self._wire.uncertain(answer)
        return Ticket(order, request_id, links=ready.links())

    async def reconcile(self, order: Order) -> Ticket | None:
        """Find the training of this destination that carries the order's token.

        Raises ``Transient`` if the list cannot show it any more.
        """
        path, hidden = "/v1/trainings", False
        found: list[dict[str, Any]] = []
        for _ in range(MOST_PAGES):
            answer = await self._wire.ask("GET", path)
            rows = list_of(answer.fields.get("results"))
            if rows is None:
                raise self._wire.unreadable(answer)
            young = [row for row in map(object_of, rows) if _since(row, order.since - EARLIER)]
            found += [row for row in young if self._is(row, order) and id_of(row)]
            hidden = hidden or any(row.get("data_removed") for row in young)
            path = text_of(answer.fields.get("next"))
            if not path or found or len(young) < len(rows):
                ticket = chosen(order, found, hidden=hidden)
                links = {} if self.prepared is None else self.prepared.links()
                return ticket and Ticket(order, ticket.request_id, links=links)
            if not self._wire.own(path):
                raise self._wire.unreadable(answer)
        raise Transient(ErrorCode.PROVIDER_UNCERTAIN, detail="the list is too long to read")

    async def poll(self, ticket: Ticket) -> Status:
        """Where it stands; how far it is, by the bar in its log."""
        answer = await self._wire.ask("GET", _path(ticket))
        fields, phase = answer.fields, self._wire.phase(answer, PHASES)
        after = self._wire.pause(POLL)
        if phase is Phase.SUCCEEDED:
            return await self._succeeded(fields, after)
        if phase in {Phase.FAILED, Phase.CANCELLED}:
            return ended(self._wire, fields, phase, after)
        bars = _PERCENT.findall(text_of(fields.get("logs"))[-4_000:])
        return Status(phase, min(1.0, int(bars[-1]) / 100) if bars else 0.0, after)

    async def cancel(self, ticket: Ticket) -> None:
        """Give it up."""
        await self._wire.ask("POST", f"{_path(ticket)}/cancel")

    def _is(self, row: Mapping[str, Any], order: Order) -> bool:
        place = row.get("destination")
        ours = self.prepared is None or place in {None, self.prepared.destination}
        return ours and object_of(row.get("input")).get(NAMED) == order.token

    async def _succeeded(self, fields: Mapping[str, Any], after: float) -> Status:
        """What it made; a model outlives the hour after which its training is forgotten."""
        ref = text_of(object_of(fields.get("output")).get("version"))
        if not _REF.fullmatch(ref) and self.prepared is not None:
            version = await self.trainer.latest(self.prepared.destination)
            ref = f"{self.prepared.destination}:{version}"
        if not _REF.fullmatch(ref):
            code, said = ErrorCode.OUTPUT_EXPIRED, "succeeded without a version"
            return Status(Phase.FAILED, poll_after=after, message=said, code=code)
        seconds = money_of(object_of(fields.get("metrics")).get("predict_time"))
        cost = None if not seconds else (seconds * USD_PER_SECOND).quantize(CENTS)
        return Status(Phase.SUCCEEDED, 1.0, after, output=ref, cost_usd=cost)


def trainer(
    client: httpx.AsyncClient, account: Account, model: str, owner: str, usd: Decimal | None
) -> Trainer | None:
    """With an account of ``replicate``; none without a ``model`` that trains."""
    if not model:
        return None
    wire = replicate.provider(client, account).wire
    return Trainer(wire, model, owner, USD if usd is None else usd)


def _since(row: Mapping[str, Any], since: float) -> bool:
    """Whether a row is young enough to be this order's; one that does not say may be."""
    try:
        return datetime.fromisoformat(text_of(row.get("created_at"))).timestamp() >= since
    except ValueError:
        return True


def _path(ticket: Ticket) -> str:
    return f"/v1/trainings/{quote(ticket.request_id, safe='')}"
