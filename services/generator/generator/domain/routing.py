"""Who is asked for a scene: the user's order, who can, who is well, and who is cheap."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from contracts.errors import ErrorCode

ANY = "any"
"""In a user's order: whoever else is paid for here, the cheapest first."""

BARRED = 1_000
"""As many failures as make a provider be asked no more for a scene."""

ACCOUNT_CODES = frozenset({ErrorCode.PROVIDER_AUTH, ErrorCode.PROVIDER_CREDITS_EXHAUSTED})
"""What is wrong with our account: the next scene would be told the same."""

PROVIDER_CODES = ACCOUNT_CODES | {ErrorCode.AI_PROVIDER_FAILURE, ErrorCode.PROVIDER_UNCERTAIN}
"""What is the provider's doing and not the scene's."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What an account allows; ``None`` means as much as we like. Orders at once, and per minute.

    ``burst`` is how many orders may leave at once after a rest.
    """

    in_flight: int | None = None
    per_minute: float | None = None
    burst: int = 1


@dataclass(frozen=True, slots=True)
class Breaking:
    """When a provider counts as ill. Times in seconds.

    After ``failures`` in a row, or at once if our account is refused, nobody asks it for ``rest``;
    then one scene may try, and for ``probe`` nobody else.
    """

    failures: int = 5
    rest: float = 60.0
    probe: float = 300.0


class Why(StrEnum):
    """What keeps an order from leaving."""

    OPEN = "open"
    PROBED = "probed"
    PAUSED = "paused"
    RATE = "rate"
    FULL = "full"


ILL = frozenset({Why.OPEN, Why.PROBED})


@dataclass(frozen=True, slots=True)
class Blocked:
    """An order may not leave for ``seconds``, as far as is known.

    ``code`` is why an account is ill.
    """

    why: Why
    seconds: float
    code: ErrorCode | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """What all replicas know of an account. Times are seconds since the epoch."""

    failures: int = 0
    code: ErrorCode | None = None
    open_until: float | None = None
    probe_token: str | None = None
    probe_until: float | None = None
    paused_until: float | None = None
    tokens: float | None = None
    filled_at: float | None = None

    def illness(self, token: str, now: float) -> Blocked | None:
        """Whether the breaker keeps this order back. Half-open, it is the first one's turn."""
        if self.open_until is None:
            return None
        if now < self.open_until:
            return Blocked(Why.OPEN, self.open_until - now, self.code)
        taken = self.probe_until is not None and now < self.probe_until
        if taken and self.probe_until is not None and self.probe_token != token:
            return Blocked(Why.PROBED, self.probe_until - now, self.code)
        return None

    def hurry(self, now: float, in_flight: int, limits: Limits) -> Blocked | None:
        """Whether the account is asked too much already."""
        if self.paused_until is not None and now < self.paused_until:
            return Blocked(Why.PAUSED, self.paused_until - now)
        if limits.in_flight is not None and in_flight >= limits.in_flight:
            return Blocked(Why.FULL, 0.0)
        if limits.per_minute is not None and (have := self.filled(now, limits)) < 1:
            return Blocked(Why.RATE, (1 - have) * 60 / limits.per_minute)
        return None

    def filled(self, now: float, limits: Limits) -> float:
        """Orders that may leave now by the account's rate."""
        if limits.per_minute is None or self.tokens is None or self.filled_at is None:
            return float(limits.burst)
        since = max(0.0, now - self.filled_at)
        return min(float(limits.burst), self.tokens + since * limits.per_minute / 60)


def order_of(
    wish: Sequence[str], prices: Mapping[str, Decimal], failures: Mapping[str, int]
) -> list[str]:
    """Who can be asked, the best first. ``prices`` has those who are here and can make the scene.

    Who failed this scene least comes first, then who the user named first, then who is cheaper.
    Whom we need not pay is a makeshift beside one we pay, who therefore may fail once more.
    """

    def failed(name: str) -> int:
        return failures.get(name, 0) + (prices[name] == 0 and ranks[name] > 0)

    ranks: dict[str, int] = {}
    for rank, name in enumerate(wish):
        others = [one for one, price in prices.items() if price > 0 and one not in wish]
        for one in others if name == ANY else [name]:
            ranks.setdefault(one, rank)
    left = [one for one in ranks if one in prices and failures.get(one, 0) < BARRED]
    return sorted(left, key=lambda one: (failed(one), ranks[one], prices[one], one))


def spread(token: str, waits: int) -> float:
    """How long to wait for a free place, in seconds: longer each time, and not all at once."""
    share = (sum(token.encode()) % 97) / 97
    return min(30.0, 1.0 * 1.5 ** min(waits, 20)) * (0.75 + 0.5 * share)
