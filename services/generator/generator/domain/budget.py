"""What may be spent: caps per job and per user and day, and whether one more order fits."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from contracts.errors import ErrorCode, Rejected

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Caps:
    """The most that may be spent, in US dollars; ``None`` means no cap. Days are UTC.

    ``film`` is what its user allows for the job, ``job`` what we do.
    """

    job: Decimal | None = None
    day: Decimal | None = None
    film: Decimal | None = None

    @property
    def none(self) -> bool:
        """Whether anything may be spent."""
        return self.job is None and self.day is None and self.film is None


@dataclass(frozen=True, slots=True)
class Spent:
    """What is paid or reserved already, without the order in question, in US dollars."""

    job: Decimal = ZERO
    day: Decimal = ZERO


def check(price: Decimal, spent: Spent, caps: Caps) -> None:
    """Refuse an order that does not fit. Raises ``Rejected(BUDGET_EXCEEDED)``."""
    if caps.film is not None and spent.job + price > caps.film:
        raise _over("of your budget for this film", price, spent.job, caps.film)
    if caps.job is not None and spent.job + price > caps.job:
        raise _over("for this film", price, spent.job, caps.job)
    if caps.day is not None and spent.day + price > caps.day:
        raise _over("for this day (UTC)", price, spent.day, caps.day)


def day_of(now: float) -> datetime:
    """When the day of a moment began. ``now`` is seconds since the epoch."""
    return datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _over(what: str, price: Decimal, spent: Decimal, cap: Decimal) -> Rejected:
    return Rejected(
        ErrorCode.BUDGET_EXCEEDED,
        f"This scene costs about ${price:.2f}; ${spent:.2f} of ${cap:.2f} {what} are"
        " spent or reserved",
    )
