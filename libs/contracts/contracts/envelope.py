"""CloudEvents 1.0 in binary mode: attributes as Kafka headers, the event as the JSON body.

Source: the CloudEvents Kafka protocol binding. Headers are UTF-8; the record key is the job id.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal, Self
from uuid import UUID

from pydantic import ValidationError

from contracts.events import BY_TYPE, Event

SPECVERSION: Final = "1.0"
CONTENT_TYPE: Final = "application/json"
_TRACEPARENT: Final = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_REQUIRED: Final = ("ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time")


Reason = Literal["not_cloudevents", "unknown_type", "invalid_body", "undecodable_header"]


class BadEnvelopeError(ValueError):
    """These bytes are no event of ours, for one of the reasons a dead letter may have."""

    def __init__(self, reason: Reason, error: str) -> None:
        super().__init__(f"{reason}: {error}")
        self.reason = reason
        self.error = error


def _trace(header: str | None) -> str | None:
    """A W3C trace context, or nothing: a bad one is no reason to refuse an event."""
    return header if header is not None and _TRACEPARENT.fullmatch(header) else None


@dataclass(frozen=True, slots=True)
class Envelope:
    """An event with its CloudEvents attributes."""

    id: UUID
    source: str
    time: datetime
    event: Event
    traceparent: str | None = None
    cause: UUID | None = None

    @property
    def type(self) -> str:
        """The CloudEvents type, version included."""
        return self.event.TYPE

    @property
    def key(self) -> str:
        """The record key: one job stays in one partition."""
        return str(self.event.job_id)

    def headers(self) -> dict[str, str]:
        """Every attribute as a Kafka header."""
        headers = {
            "content-type": CONTENT_TYPE,
            "ce_specversion": SPECVERSION,
            "ce_id": str(self.id),
            "ce_type": self.type,
            "ce_source": self.source,
            "ce_subject": self.key,
            "ce_time": self.time.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        }
        if self.cause is not None:
            headers["ce_causeid"] = str(self.cause)
        if self.traceparent is not None:
            headers["traceparent"] = self.traceparent
        return headers

    def body(self) -> str:
        """The event as JSON."""
        return self.event.model_dump_json()

    @classmethod
    def parse(cls, headers: dict[str, str], body: bytes) -> Self:
        """Read a record back. Raises ``BadEnvelopeError`` for anything that is no event of ours."""
        missing = [name for name in _REQUIRED if name not in headers]
        if missing:
            raise BadEnvelopeError("not_cloudevents", f"headers missing: {', '.join(missing)}")
        if headers["ce_specversion"] != SPECVERSION:
            raise BadEnvelopeError("not_cloudevents", f"specversion {headers['ce_specversion']}")
        model = BY_TYPE.get(headers["ce_type"])
        if model is None:
            raise BadEnvelopeError("unknown_type", headers["ce_type"])
        try:
            cause = headers.get("ce_causeid")
            return cls(
                id=UUID(headers["ce_id"]),
                source=headers["ce_source"],
                time=datetime.fromisoformat(headers["ce_time"]),
                event=model.model_validate_json(body),
                traceparent=_trace(headers.get("traceparent")),
                cause=UUID(cause) if cause else None,
            )
        except ValidationError as error:
            where = "; ".join(
                f"{'.'.join(map(str, e['loc']))}: {e['type']}" for e in error.errors()[:5]
            )
            raise BadEnvelopeError("invalid_body", where) from error
        except ValueError as error:
            raise BadEnvelopeError("not_cloudevents", str(error)[:200]) from error
