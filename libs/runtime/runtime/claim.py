"""Which due rows a worker gets: the rules of a claim. They are kept by ``<service>.claim`` in SQL.

Every user and lane with open work is a queue. Of each queue only as many rows are looked at as
are asked for, so a claim costs what there are queues, not what there are rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Rules:
    """How a claim chooses. ``lanes`` caps the rows at work per lane, over all replicas."""

    fair_share: int = 4
    lanes: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True)
class Claimer:
    """Who claims: for how many seconds, rows of which steps, by which rules."""

    owner: str
    steps: Sequence[str]
    lease: float
    rules: Rules = field(default_factory=Rules)

    def asking(self, most: int) -> tuple[Any, ...]:
        """What ``<service>.claim`` takes."""
        lanes = self.rules.lanes
        return (
            list(self.steps),
            most,
            self.owner,
            self.lease,
            self.rules.fair_share,
            list(lanes),
            list(lanes.values()),
        )


CLAIM: Final = """
select id, step, job_id, ordinal, attempt, tries, checkpoint, priority, event_id, event_type,
  event::text, traceparent
from {service}.claim($1, $2, $3, $4, $5, $6, $7)
"""

ACCEPT: Final = """
select {service}.accept($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
"""

TAKE: Final = """
select fresh, (c).id, (c).step, (c).job_id, (c).ordinal, (c).attempt, (c).tries, (c).checkpoint,
  (c).priority, (c).event_id, (c).event_type, (c).event::text, (c).traceparent
from {service}.accept_and_claim($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
  $14, $15, $16, $17, $18, $19, $20) as taken(fresh, c)
"""
"""The first row says only how many rows are new; the others are claimed."""
