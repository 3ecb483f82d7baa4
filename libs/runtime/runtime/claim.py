"""Which due rows a worker gets: the rules of a claim, and the query that follows them.

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
with recursive queues as (
  (select user_id, lane from {work} where state = 'open' order by user_id, lane limit 1)
  union all
  select next.user_id, next.lane from queues cross join lateral (
    select w.user_id, w.lane from {work} w
    where w.state = 'open' and (w.user_id, w.lane) > (queues.user_id, queues.lane)
    order by w.user_id, w.lane limit 1) next
),
busy as (
  select user_id, lane, count(*) as n from {work}
  where state = 'open' and lease_until > now() group by user_id, lane
),
caps as (select * from unnest($6::text[], $7::int[]) as caps(lane, cap)),
candidates as (
  select due.*, queues.user_id, queues.lane,
    row_number() over (partition by queues.lane order by priority desc, job_id, ordinal)
      + (select coalesce(sum(n), 0) from busy where busy.lane = queues.lane) as lane_rank,
    row_number() over (partition by queues.user_id order by priority desc, job_id, ordinal)
      + (select coalesce(sum(n), 0) from busy where busy.user_id = queues.user_id) as user_rank
  from queues cross join lateral (
    select w.id, w.priority, w.job_id, w.ordinal from {work} w
    where w.state = 'open' and w.user_id = queues.user_id and w.lane = queues.lane
      and w.step = any($1) and w.due_at <= now()
      and (w.lease_until is null or w.lease_until < now())
    order by w.priority desc, w.job_id, w.ordinal
    limit $2
  ) due
),
chosen as (
  select id from candidates left join caps using (lane)
  where cap is null or lane_rank <= cap
  order by priority desc, user_rank > $5, job_id, ordinal
  limit $2
)
update {work} w set attempt = attempt + 1, owner = $3,
  lease_until = now() + make_interval(secs => $4)
from chosen
where w.id = chosen.id and w.state = 'open'
returning w.id, w.step, w.job_id, w.ordinal, w.attempt, w.tries, w.checkpoint, w.priority,
  w.event_id, w.event_type, w.event::text, w.traceparent
"""
