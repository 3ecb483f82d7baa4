"""What the gateway decides alone: places in lists, names of uploads, fingerprints of requests."""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any, Final
from uuid import UUID

from contracts.errors import ErrorCode, Rejected

TERMINAL: Final = frozenset({"succeeded", "failed", "cancelled"})
_TITLE_LENGTH: Final = 120


@dataclass(frozen=True, slots=True)
class User:
    """Whoever a request acts for. ``expires`` is the end of the sign-in, in Unix seconds."""

    id: UUID
    expires: int
    claims: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The answer to a request that started something."""

    location: str
    body: Mapping[str, Any]
    status: int = 202


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row of a page; the next page starts behind it."""

    created_at: datetime
    id: UUID

    def __str__(self) -> str:
        text = f"{self.created_at.isoformat()}|{self.id}"
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """Raises ``Rejected(INVALID_INPUT)`` for a text that is no cursor of ours."""
        try:
            padded = text + "=" * (-len(text) % 4)
            at, _, row_id = base64.urlsafe_b64decode(padded.encode()).decode().partition("|")
            return cls(datetime.fromisoformat(at).astimezone(UTC), UUID(row_id))
        except (ValueError, OverflowError, binascii.Error) as error:
            raise Rejected(
                ErrorCode.INVALID_INPUT, "This cursor is not one of ours. Leave it out to start."
            ) from error


def fingerprint(operation: str, body: Mapping[str, Any]) -> str:
    """What makes two requests with one Idempotency-Key the same request."""
    text = json.dumps([operation, body], sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def plain_filename(name: str) -> str:
    """The last part of what a browser calls a file, at most 255 characters, its ending kept."""
    return PurePosixPath(name.replace("\\", "/")).name.replace("\x00", "")[-255:]


def title_from(filename: str) -> str | None:
    """A project's title from a file's name: without ending, dashes as spaces."""
    words = PurePosixPath(filename).stem.replace("_", " ").replace("-", " ").split()
    return " ".join(words)[:_TITLE_LENGTH] or None
