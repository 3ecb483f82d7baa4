"""Reads a video API's answers: JSON into ``Status``, errors into our codes.

Nothing a provider wrote is shown to a user: its text goes into ``detail``, cut, without the key.
"""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from typing import Any, cast

from contracts.errors import ErrorCode, FilmError, Rejected, Transient

from generator.domain.provider import Phase, Status

DETAIL = 500
LONGEST_ID = 200
MOST_USD = 10**6

CLEAN_REFUSALS = frozenset({400, 401, 402, 403, 404, 405, 413, 415, 422, 429})
"""Answers to a create after which surely nothing was ordered."""

_REFUSALS = {
    401: ErrorCode.PROVIDER_AUTH,
    402: ErrorCode.PROVIDER_CREDITS_EXHAUSTED,
    403: ErrorCode.PROVIDER_AUTH,
}
_BAD_INPUT = frozenset({400, 413, 415, 422})
_MODERATION = ("content_rejected", "content_policy", "moderation", "safety", "nsfw")
_PHASES = {
    "queued": Phase.QUEUED,
    "running": Phase.RUNNING,
    "succeeded": Phase.SUCCEEDED,
    "failed": Phase.FAILED,
    "cancelled": Phase.CANCELLED,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer whose body was read, up to a limit."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def fields(self) -> dict[str, Any]:
        """The JSON object; empty if the body is anything else."""
        try:
            value: object = json.loads(self.body)
        except ValueError:
            return {}
        return cast("dict[str, Any]", value) if isinstance(value, dict) else {}

    @property
    def ok(self) -> bool:
        """Whether it is a 2xx."""
        return 200 <= self.status < 300  # noqa: PLR2004

    def text(self, secret: str) -> str:
        """Status and body for support."""
        said = self.body[: 4 * DETAIL].decode(errors="replace")
        return f"HTTP {self.status} {without(said, secret)[:DETAIL]}".strip()


def failure(
    answer: Answer,
    secret: str,
    now: Callable[[], datetime],
    special: Callable[[Answer], ErrorCode | None] = lambda _: None,
) -> FilmError:
    """The error an answer stands for. ``special`` knows what only this provider says."""
    detail = answer.text(secret)
    if code := special(answer) or _REFUSALS.get(answer.status):
        return Rejected(code, detail=detail)
    match answer.status:
        case 429:
            wait = retry_after(answer.headers.get("retry-after"), now())
            return Transient(ErrorCode.PROVIDER_RATE_LIMITED, retry_after=wait, detail=detail)
        case status if status in _BAD_INPUT:
            return Rejected(_why(answer.fields.get("error")), detail=detail)
        case status if status in CLEAN_REFUSALS:
            return Rejected(ErrorCode.AI_PROVIDER_FAILURE, detail=detail)
        case _:
            return Transient(ErrorCode.AI_PROVIDER_FAILURE, detail=detail)


def retry_after(header: str | None, now: datetime) -> float | None:
    """Seconds to wait by a ``Retry-After`` header: a number of seconds, or a date."""
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            when = parsedate_to_datetime(header)
        except ValueError:
            return None
        seconds = (when.replace(tzinfo=when.tzinfo or UTC) - now).total_seconds()
    return max(0.0, seconds) if math.isfinite(seconds) else None


def status_of(fields: Mapping[str, Any], poll_after: float, secret: str) -> Status:
    """Where an order stands. A word nobody knows means that it is still at work."""
    phase = _PHASES.get(str(fields.get("status")), Phase.RUNNING)
    failed = phase in {Phase.FAILED, Phase.CANCELLED}
    error = fields.get("error")
    said = json.dumps(error, ensure_ascii=False)[: 4 * DETAIL] if error else phase.value
    output = fields.get("output_url")
    return Status(
        phase=phase,
        progress=share_of(fields.get("progress")),
        poll_after=poll_after,
        message=without(said, secret)[:DETAIL] if failed else "",
        output=output if isinstance(output, str) else "",
        cost_usd=money_of(fields.get("cost_usd")),
        code=_refusal(error) or ErrorCode.AI_PROVIDER_FAILURE,
    )


def id_of(fields: Mapping[str, Any]) -> str | None:
    """The provider's name for an order, if there is a usable one."""
    found = fields.get("id")
    return found if isinstance(found, str) and 0 < len(found) <= LONGEST_ID else None


def said_of(error: object, secret: str) -> str:
    """A provider's own words for support: cut, and without our key."""
    text = error if isinstance(error, str) else json.dumps(error, ensure_ascii=False, default=str)
    return without(text[: 4 * DETAIL], secret)[:DETAIL]


def object_of(value: object) -> dict[str, Any]:
    """A JSON object; empty for anything else."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def list_of(value: object) -> list[Any] | None:
    """A JSON list; ``None`` for anything else."""
    return cast("list[Any]", value) if isinstance(value, list) else None


def text_of(value: object) -> str:
    """A text; empty for anything else."""
    return value if isinstance(value, str) else ""


def _why(error: object) -> ErrorCode:
    return _refusal(error) or ErrorCode.INVALID_INPUT


def _refusal(error: object) -> ErrorCode | None:
    if not isinstance(error, dict):
        return None
    code = str(cast("dict[str, Any]", error).get("code", "")).lower()
    return ErrorCode.CONTENT_REJECTED if any(word in code for word in _MODERATION) else None


def share_of(value: object) -> float:
    """A share of the work, 0..1; 0 for what is none."""
    number = float(value) if isinstance(value, int | float) else 0.0
    return min(1.0, max(0.0, number)) if math.isfinite(number) else 0.0


def money_of(value: object) -> Decimal | None:
    """US dollars, if it is a plausible amount."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    usable = amount.is_finite() and 0 <= amount < MOST_USD
    return amount.quantize(Decimal("0.0001")) if usable else None


def without(text: str, secret: str) -> str:
    """A provider's text without our key."""
    return text.replace(secret, "…") if secret else text
