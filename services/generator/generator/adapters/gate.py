"""The tables ``generator.accounts`` and ``generator.attempts`` as a gate for paid orders.

One order at a time is let through per account and per user: two replicas cannot both find room
for the last place or the last dollar.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

import asyncpg
from contracts.errors import ErrorCode, Transient
from runtime.db import TRANSIENT_ERRORS, Conn, Database

from generator.adapters.attempts import placed
from generator.domain.budget import Caps, Spent, check, day_of
from generator.domain.ledger import Entry
from generator.domain.routing import ACCOUNT_CODES, Account, Blocked, Breaking, Limits

_LIVE: Final = "('sending', 'uncertain', 'taken')"

_LOCK: Final = """
with there as (insert into generator.accounts (provider) values ($1) on conflict do nothing)
select pg_advisory_xact_lock(hashtextextended('generator.budget:' || $2::text, 0))
"""

_ROOM: Final = f"""
select count(*) from generator.attempts
where provider = $1 and token <> $2 and state in {_LIVE}
  and updated_at > now() - make_interval(secs => $3)
"""  # noqa: S608

_SPENT: Final = """
select coalesce(sum(usd) filter (where job_id = $2), 0) as job,
  coalesce(sum(usd) filter (where user_id = $1 and ordered_at >= $4), 0) as day
from (
  select job_id, user_id, ordered_at, coalesce(cost_usd, reserved_usd * greatest(sends, 1)) as usd
  from generator.attempts
  where state <> 'refused' and token <> $3
    and (job_id = $2 or user_id = $1 and ordered_at >= $4)
) as paid
"""

_ADMIT: Final = """
insert into generator.attempts as kept
    (token, work_id, job_id, user_id, project_id, scene_index, provider, model, request_hash,
     number, sends, ordered_at, state, reserved_usd)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, to_timestamp($12), 'sending',
    $13::text::numeric)
on conflict (token) do update set
    provider = excluded.provider, model = excluded.model, request_hash = excluded.request_hash,
    sends = greatest(kept.sends, excluded.sends), state = excluded.state,
    reserved_usd = excluded.reserved_usd, ordered_at = excluded.ordered_at, updated_at = now()
where kept.state not in ('succeeded', 'failed', 'given_up', 'unusable')
"""

_LEAVES: Final = """
update generator.accounts set tokens = $2, filled_at = to_timestamp($3),
  probe_token = case when open_until is null then null else $4 end,
  probe_until = case when open_until is null then null else to_timestamp($5) end
where provider = $1
"""

_FAILED: Final = """
insert into generator.accounts as kept (provider, failures, code, open_until)
values ($1, 1, $2, case when $3 or $5 <= 1 then to_timestamp($4) end)
on conflict (provider) do update set
  failures = kept.failures + 1, code = excluded.code, probe_token = null, probe_until = null,
  open_until = case when $3 or kept.open_until is not null or kept.failures + 1 >= $5
    then to_timestamp($4) end
"""

_WORKED: Final = """
update generator.accounts set failures = 0, code = null, open_until = null, probe_token = null,
  probe_until = null
where provider = $1 and (failures > 0 or open_until is not null) and ($2 or code = any($3))
"""

_PAUSE: Final = """
insert into generator.accounts as kept (provider, paused_until) values ($1, to_timestamp($2))
on conflict (provider) do update
  set paused_until = greatest(kept.paused_until, excluded.paused_until)
"""

_RELEASE: Final = """
update generator.attempts set state = 'refused', updated_at = now()
where job_id = $1 and scene_index = $2 and state = 'sending'
"""


@dataclass(frozen=True, slots=True)
class PostgresGate:
    """Implements the ``Gate`` port. Raises ``Transient`` while the database is away.

    An entry that nobody has touched for ``horizon`` seconds is not in flight any more.
    """

    db: Database
    limits: Mapping[str, Limits] = field(default_factory=dict[str, Limits])
    caps: Caps = field(default_factory=Caps)
    breaking: Breaking = field(default_factory=Breaking)
    horizon: float = 7_200.0

    async def health(
        self, providers: Collection[str], token: str, now: float
    ) -> Mapping[str, Blocked]:
        """Who is ill, of these, and for how long."""
        query = "select * from generator.accounts where provider = any($1)"
        try:
            rows = await self.db.fetch(query, list(providers))
        except TRANSIENT_ERRORS as error:
            raise _away(error) from error
        found = {row["provider"]: account_of(row).illness(token, now) for row in rows}
        return {name: blocked for name, blocked in found.items() if blocked is not None}

    async def admit(
        self, entry: Entry, price: Decimal, now: float, budget: Decimal | None = None
    ) -> Blocked | None:
        """Let an order leave, with its price reserved, all in one transaction; or say why not."""
        try:
            async with self.db.transaction() as conn:
                await conn.execute(_LOCK, entry.provider, str(entry.user_id))
                query = "select * from generator.accounts where provider = $1 for update"
                row = await conn.fetchrow(query, entry.provider)
                account = Account() if row is None else account_of(row)
                limits = self.limits.get(entry.provider, Limits())
                if blocked := account.illness(entry.token, now):
                    return blocked
                if blocked := account.hurry(now, await self._out(conn, entry, limits), limits):
                    return blocked
                await self._afford(conn, entry, price, now, replace(self.caps, film=budget))
                await self._leave(conn, entry, price, now, account.filled(now, limits) - 1)
        except TRANSIENT_ERRORS as error:
            raise _away(error) from error
        return None

    async def failed(self, provider: str, code: ErrorCode, now: float) -> None:
        """Count it; too many in a row, or a refused account, open the breaker."""
        until, most = now + self.breaking.rest, self.breaking.failures
        await self._run(_FAILED, provider, code, code in ACCOUNT_CODES, until, most)

    async def worked(self, provider: str, *, finished: bool) -> None:
        """Close the breaker. That an order was taken says only that our account is well."""
        await self._run(_WORKED, provider, finished, sorted(ACCOUNT_CODES))

    async def pause(self, provider: str, until: float) -> None:
        """Let nothing leave until then."""
        await self._run(_PAUSE, provider, until)

    async def release(self, job_id: UUID, scene_index: int) -> None:
        """Give back what was reserved for orders that never left."""
        await self._run(_RELEASE, job_id, scene_index)

    async def _out(self, conn: Conn, entry: Entry, limits: Limits) -> int:
        if limits.in_flight is None:
            return 0
        return await conn.fetchval(_ROOM, entry.provider, entry.token, self.horizon)

    async def _afford(
        self, conn: Conn, entry: Entry, price: Decimal, now: float, caps: Caps
    ) -> None:
        if caps.none:
            return
        day = day_of(now)
        row = await conn.fetchrow(_SPENT, entry.user_id, entry.job_id, entry.token, day)
        spent = Spent() if row is None else Spent(row["job"], row["day"])
        check(price * max(1, entry.sends), spent, caps)

    async def _leave(
        self, conn: Conn, entry: Entry, price: Decimal, now: float, tokens: float
    ) -> None:
        await conn.execute(_ADMIT, *placed(entry), str(price))
        until = now + self.breaking.probe
        await conn.execute(_LEAVES, entry.provider, tokens, now, entry.token, until)

    async def _run(self, query: str, *values: object) -> None:
        try:
            await self.db.execute(query, *values)
        except TRANSIENT_ERRORS as error:
            raise _away(error) from error


def account_of(row: asyncpg.Record) -> Account:
    """A row of ``generator.accounts``."""
    code = row["code"]
    return Account(
        failures=row["failures"],
        code=ErrorCode(code) if code else None,
        open_until=_seconds(row["open_until"]),
        probe_token=row["probe_token"],
        probe_until=_seconds(row["probe_until"]),
        paused_until=_seconds(row["paused_until"]),
        tokens=row["tokens"],
        filled_at=_seconds(row["filled_at"]),
    )


def _seconds(when: datetime | None) -> float | None:
    return None if when is None else when.timestamp()


def _away(error: BaseException) -> Transient:
    return Transient(ErrorCode.INTERNAL, detail=str(error))
