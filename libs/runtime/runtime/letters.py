"""What a dead letter is: a record that is no event of ours, as it came, with why and from where."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID, uuid5

from contracts.topics import dead_letters

from runtime.bus import Record
from runtime.outbox import Message

_NAMESPACE: Final = UUID("6f0d3c0e-4a55-4f0e-9d0f-2f5a1f6d7c11")
MARK: Final = "dlq_"
"""What the names of the headers begin with that are not the record's own."""

State = Literal["open", "redriven", "dropped"]


def dead_letter(service: str, record: Record, reason: str, error: str) -> tuple[UUID, Message]:
    """The record as it came, for ``<service>.dlq``, with why and from where in its headers.

    The id is the same however often the record is read. It depends on the bytes as well as on
    the place: a broker that lost its log gives the same place to other records. Headers are kept
    as text, with escapes for what is no UTF-8 or cannot be stored.
    """
    headers = {_storable(name): _text(value) for name, value in record.headers}
    headers |= {
        "dlq_reason": reason,
        "dlq_error": _storable(error)[:500],
        "dlq_topic": record.topic,
        "dlq_partition": str(record.partition),
        "dlq_offset": str(record.offset),
        "dlq_service": service,
    }
    digest = hashlib.sha256(record.value).hexdigest()
    place = f"{record.topic}/{record.partition}/{record.offset}"
    message = Message(dead_letters(service), record.key, headers, record.value)
    return uuid5(_NAMESPACE, f"{service}:{place}:{digest}"), message


def _text(value: bytes) -> str:
    return _storable(value.decode("utf-8", "backslashreplace"))


def _storable(text: str) -> str:
    """PostgreSQL keeps no NUL characters."""
    return text.replace("\x00", "\\x00")


class NoSuchLetterError(LookupError):
    """No dead letter has this id, or several do."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One dead letter. ``headers`` are the record's own; ``at`` is when it was set aside."""

    id: UUID
    service: str
    reason: str
    error: str
    topic: str
    partition: str
    offset: str
    key: bytes | None
    headers: dict[str, str]
    body: bytes
    at: datetime
    redrives: int
    redriven_at: datetime | None
    dropped_at: datetime | None

    @property
    def state(self) -> State:
        """Whether something is still to be done about it."""
        if self.dropped_at is not None:
            return "dropped"
        return "open" if self.redriven_at is None else "redriven"


@dataclass(frozen=True, slots=True)
class Group:
    """Letters of one service with one reason from one topic."""

    service: str
    reason: str
    topic: str
    open: int
    redriven: int
    dropped: int
    oldest: datetime
    newest: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which letters; what is left out does not matter. ``settled``: not only open ones."""

    service: str | None = None
    reason: str | None = None
    ids: tuple[UUID, ...] | None = None
    settled: bool = False


@dataclass(frozen=True, slots=True)
class Moved:
    """A batch that was put back: how many, and how many stay for want of a topic to go to."""

    put_back: int
    stuck: int


def letter_of(service: str, row: Any) -> Letter:
    """A row of an outbox, read back."""
    headers: dict[str, str] = row["headers"]
    return Letter(
        id=row["event_id"],
        service=service,
        reason=headers.get("dlq_reason", ""),
        error=headers.get("dlq_error", ""),
        topic=headers.get("dlq_topic", ""),
        partition=headers.get("dlq_partition", ""),
        offset=headers.get("dlq_offset", ""),
        key=row["key"],
        headers={name: value for name, value in headers.items() if not name.startswith(MARK)},
        body=row["body"],
        at=row["created_at"],
        redrives=row["redrives"],
        redriven_at=row["redriven_at"],
        dropped_at=row["dropped_at"],
    )
