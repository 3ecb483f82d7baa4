"""What the generator counts about paid orders: this file is the dashboards' glossary."""

from decimal import Decimal
from typing import Final

from prometheus_client import Counter, Histogram

from generator.domain.ledger import State

ORDERS: Final = Counter(
    "filmstudio_orders_total", "What became of paid orders", ["provider", "outcome"]
)
COST: Final = Counter("filmstudio_order_cost_usd_total", "Paid to providers", ["provider"])
BLOCKED: Final = Counter(
    "filmstudio_orders_blocked_total", "Orders kept back for now", ["provider", "why"]
)
WAITED: Final = Histogram(
    "filmstudio_order_waited_seconds",
    "From when an order could have left to when it left",
    ["provider"],
    buckets=(1, 5, 15, 60, 300, 900, 3600),
)

_PAID = frozenset({State.SUCCEEDED, State.FAILED, State.GIVEN_UP})
_OUTCOMES = frozenset(State) - {State.SENDING, State.TAKEN}


def count(provider: str, state: State, cost: Decimal | None) -> None:
    """An order has come to stand so. A clip found unusable was counted as paid before.

    What an order that was given up has cost counts if its provider said it.
    """
    if state in _OUTCOMES:
        ORDERS.labels(provider, state.value).inc()
    if state in _PAID and cost:
        COST.labels(provider).inc(float(cost))
