"""Which due rows a worker gets: the rules of a claim. They are kept by ``<service>.claim`` in SQL.

Every user and lane with open work is a queue. Of each queue only as many rows are looked at as
are asked for, so a claim costs what there are queues, not what there are rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class Rules:
    """How a claim chooses. ``lanes`` caps the rows at work per lane, over all replicas."""

    fair_share: int = 4
    lanes: Mapping[str, int] = field(default_factory=dict[str, int])


QUERY: Final = """
select id, step, job_id, ordinal, attempt, tries, checkpoint, priority, event_id, event_type,
  event::text, traceparent
from {service}.claim($1, $2, $3, $4, $5, $6, $7)
"""
