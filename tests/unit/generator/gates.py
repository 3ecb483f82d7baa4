"""A gate of one process: a dictionary of accounts and the entries of a fake log."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from uuid import UUID

from contracts.errors import ErrorCode
from generator.domain.budget import Caps, Spent, check
from generator.domain.ledger import Entry, State
from generator.domain.routing import ACCOUNT_CODES, Account, Blocked, Breaking, Limits
from generator.handlers.ports import AttemptLog

LIVE = frozenset({State.SENDING, State.UNCERTAIN, State.TAKEN})


@dataclass
class FakeGate:
    """Implements the ``Gate`` port; one job and one user."""

    log: AttemptLog
    limits: dict[str, Limits] = field(default_factory=dict[str, Limits])
    caps: Caps = field(default_factory=Caps)
    breaking: Breaking = field(default_factory=Breaking)
    accounts: dict[str, Account] = field(default_factory=dict[str, Account])
    admitted: dict[str, tuple[Entry, Decimal]] = field(
        default_factory=dict[str, tuple[Entry, Decimal]]
    )
    released: list[tuple[UUID, int]] = field(default_factory=list[tuple[UUID, int]])
    over: set[str] = field(default_factory=set[str])

    def of(self, provider: str) -> Account:
        return self.accounts.setdefault(provider, Account())

    async def health(
        self, providers: Collection[str], token: str, now: float
    ) -> Mapping[str, Blocked]:
        found = {name: self.of(name).illness(token, now) for name in providers}
        return {name: blocked for name, blocked in found.items() if blocked is not None}

    async def admit(
        self, entry: Entry, price: Decimal, now: float, budget: Decimal | None = None
    ) -> Blocked | None:
        account = self.of(entry.provider)
        limits = self.limits.get(entry.provider, Limits())
        others = [(one, usd) for token, (one, usd) in self.admitted.items() if token != entry.token]
        out = sum(
            one.provider == entry.provider and one.token not in self.over for one, _ in others
        )
        blocked = account.illness(entry.token, now) or account.hurry(now, out, limits)
        if blocked:
            return blocked
        spent = sum((usd for _, usd in others), Decimal(0))
        check(price, Spent(spent, spent), replace(self.caps, film=budget))
        await self.log.record(entry)
        self.admitted[entry.token] = (entry, price)
        left = account.filled(now, limits) - 1
        account = replace(account, tokens=left, filled_at=now)
        if account.open_until is not None:
            until = now + self.breaking.probe
            account = replace(account, probe_token=entry.token, probe_until=until)
        self.accounts[entry.provider] = account
        return None

    async def failed(self, provider: str, code: ErrorCode, now: float) -> None:
        account = self.of(provider)
        failures = account.failures + 1
        ill = code in ACCOUNT_CODES or account.open_until or failures >= self.breaking.failures
        until = now + self.breaking.rest if ill else None
        self.accounts[provider] = replace(
            account, failures=failures, code=code, open_until=until, probe_token=None
        )

    async def worked(self, provider: str, *, finished: bool) -> None:
        account = self.of(provider)
        if finished or account.code in ACCOUNT_CODES:
            self.accounts[provider] = replace(account, failures=0, code=None, open_until=None)

    async def pause(self, provider: str, until: float) -> None:
        self.accounts[provider] = replace(self.of(provider), paused_until=until)

    async def release(self, job_id: UUID, scene_index: int) -> None:
        self.released.append((job_id, scene_index))
