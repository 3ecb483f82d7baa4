"""The video stand-in's books: jobs, where each stands by the clock, and what was paid for them."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

__all__ = ["USD_PER_SECOND", "Books", "Order", "Status"]

USD_PER_SECOND = Decimal("0.05")
_QUEUED_SHARE = 0.2


class Status(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


LIVE = frozenset({Status.QUEUED, Status.RUNNING})


@dataclass(slots=True)
class Order:
    """One paid job. Times are seconds of the books' clock."""

    id: str
    number: int
    asked: dict[str, Any]
    created: float
    seconds: float
    fails: bool
    cancelled: bool = False
    fault: str | None = None
    usd: Decimal | None = None
    called: list[str] = field(default_factory=list[str])
    read: float | None = None

    @property
    def token(self) -> str:
        """The client's own name for it."""
        return str(self.asked["client_token"])

    @property
    def cost(self) -> Decimal:
        """US dollars."""
        if self.usd is not None:
            return self.usd
        paid = USD_PER_SECOND * int(self.asked["frames"]) / int(self.asked["fps"])
        return paid.quantize(Decimal("0.0001"))

    @property
    def ends(self) -> float:
        """When it is over, unless it is cancelled."""
        return self.created + self.seconds

    def progress(self, now: float) -> float:
        """0..1 by the clock."""
        return min(1.0, (now - self.created) / self.seconds) if self.seconds > 0 else 1.0

    def status(self, now: float) -> Status:
        """By the clock, unless it was cancelled."""
        share = self.progress(now)
        if self.cancelled:
            return Status.CANCELLED
        if share < _QUEUED_SHARE:
            return Status.QUEUED
        if share < 1:
            return Status.RUNNING
        return Status.FAILED if self.fails else Status.SUCCEEDED


@dataclass(slots=True)
class Books:
    """All jobs of one run, in memory. ``now`` is the clock by which they progress."""

    now: Callable[[], float]
    orders: dict[str, Order] = field(default_factory=dict[str, Order])
    by_token: dict[str, list[Order]] = field(default_factory=dict[str, list[Order]])
    by_prompt: dict[str, list[Order]] = field(default_factory=dict[str, list[Order]])
    twice_live: set[str] = field(default_factory=set[str])
    requests: Counter[str] = field(default_factory=Counter[str])

    def create(
        self,
        asked: dict[str, Any],
        seconds: float,
        *,
        fails: bool,
        fault: str | None = None,
        usd: Decimal | None = None,
    ) -> Order:
        """Take a job and its money: ``usd``, or by the length of what was asked."""
        number = len(self.orders)
        name = f"vid_{number:06d}"
        order = Order(name, number, asked, self.now(), seconds, fails, fault=fault, usd=usd)
        same = self.by_prompt.setdefault(str(asked["prompt"]), [])
        if any(other.status(order.created) in LIVE for other in same):
            self.twice_live.add(str(asked["prompt"]))
        same.append(order)
        self.by_token.setdefault(order.token, []).append(order)
        self.orders[order.id] = order
        return order

    def cancel(self, order: Order) -> None:
        """Stop a job that is not over; what was paid stays paid."""
        if order.status(self.now()) in LIVE:
            order.cancelled = True

    def listed(self, token: str, lag: float) -> list[Order]:
        """Jobs with a token that are older than ``lag`` seconds."""
        latest = self.now() - lag
        return [order for order in self.by_token.get(token, []) if order.created <= latest]

    def ledger(self) -> dict[str, Any]:
        """What was taken, and from whom.

        ``failed_by_prompt`` counts what the provider itself lost or was told to stop: for each
        prompt ``creates - failed`` above one was paid twice. ``twice_live`` names prompts that had
        two jobs at work at one time. ``ages`` says of each prompt's jobs how many seconds ago they
        began and ended; less than 0 is still to come.
        """
        now, orders = self.now(), list(self.orders.values())
        ends = Counter(order.status(now) for order in orders)
        over = {Status.FAILED, Status.CANCELLED}
        lost = {
            prompt: sum(order.status(now) in over for order in same)
            for prompt, same in self.by_prompt.items()
        }
        return {
            "creates": len(orders),
            "paid_usd": float(sum((order.cost for order in orders), Decimal(0))),
            "by_token": {token: len(same) for token, same in self.by_token.items()},
            "by_prompt": {prompt: len(same) for prompt, same in self.by_prompt.items()},
            "failed_by_prompt": {prompt: n for prompt, n in lost.items() if n},
            "failed_tokens": sorted(o.token for o in orders if o.status(now) in over),
            "twice_live": sorted(self.twice_live),
            "ages": {
                prompt: [(now - order.created, now - order.ends) for order in same]
                for prompt, same in self.by_prompt.items()
            },
            "statuses": {status.value: ends[status] for status in Status},
            "requests": dict(self.requests),
        }
