"""What is kept of every paid order for support: who asked whom, what became of it, what it cost."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from contracts.errors import ErrorCode


class State(StrEnum):
    """Where an order stands in our books. All but the first three and ``refused`` are ends.

    ``unusable`` was paid, and its clip cannot be used.
    """

    SENDING = "sending"
    UNCERTAIN = "uncertain"
    TAKEN = "taken"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REFUSED = "refused"
    GIVEN_UP = "given_up"
    UNUSABLE = "unusable"


@dataclass(frozen=True, slots=True)
class Entry:
    """One order. Times are seconds since the epoch, money is US dollars, ``None`` if not known.

    ``sends`` counts how often it left under its token. ``detail`` is the provider's own text, cut
    and without the key; it is never shown to users.
    """

    token: str
    work_id: UUID
    job_id: UUID
    user_id: UUID
    project_id: UUID
    scene_index: int
    provider: str
    model: str
    request_hash: str
    number: int
    sends: int
    ordered_at: float
    state: State
    request_id: str | None = None
    cost_usd: Decimal | None = None
    code: ErrorCode | None = None
    detail: str = ""


class Hastened(StrEnum):
    """What a webhook has brought about."""

    DUE = "due"
    AT_WORK = "at work"
    NOTHING = "nothing"
