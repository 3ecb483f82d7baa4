"""Who is ill, and how many orders are out, as all replicas see it: for dashboards and for looks."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from prometheus_client import Gauge
from runtime.db import Database

WATCH_SECONDS: Final = 15.0

IN_FLIGHT: Final = Gauge("filmstudio_orders_in_flight", "Orders at a provider", ["provider"])
BREAKER: Final = Gauge(
    "filmstudio_provider_breaker", "0: asked as ever, 1: one may try, 2: left alone", ["provider"]
)

_STATE: Final = """
select p.provider,
  (select count(*) from generator.attempts a where a.provider = p.provider
    and a.state in ('sending', 'uncertain', 'taken')
    and a.updated_at > now() - make_interval(secs => $2)) as out,
  case when c.open_until is null then 0 when c.open_until <= now() then 1 else 2 end as breaker
from unnest($1::text[]) as p(provider) left join generator.accounts c using (provider)
"""


@dataclass(slots=True)
class GateWatch:
    """Sets the gauges, and remembers how many orders are out."""

    db: Database
    providers: Sequence[str]
    horizon: float
    _out: dict[str, int] = field(default_factory=dict[str, int], init=False)

    def out(self, provider: str) -> int:
        """How many orders were out at the last look."""
        return self._out.get(provider, 0)

    async def measure(self) -> None:
        """Look once."""
        for row in await self.db.fetch(_STATE, list(self.providers), self.horizon):
            self._out[row["provider"]] = row["out"]
            IN_FLIGHT.labels(row["provider"]).set(row["out"])
            BREAKER.labels(row["provider"]).set(row["breaker"])
