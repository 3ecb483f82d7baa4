"""How far the generator may go: how long and how often to try, how much at once, for how much."""

from runtime.db import Database

from generator.adapters.gate import PostgresGate
from generator.domain.attempt import Patience
from generator.domain.budget import Caps
from generator.domain.routing import Breaking, Limits
from generator.settings import Settings


def patience_of(settings: Settings) -> Patience:
    """How long and how often to try."""
    return Patience(
        queued=settings.queued_timeout,
        running=settings.running_timeout,
        ending=settings.ending_seconds,
        busy=settings.busy_timeout,
        send=settings.send_seconds,
        window=settings.reconcile_seconds,
        looks=settings.reconcile_looks,
        orders=settings.orders,
        resubmits=settings.resubmits,
        downloads=settings.downloads,
        unusable=settings.unusable,
        unlisted=1 if settings.unlisted == "resubmit_once" else 0,
    )


def gate_of(settings: Settings, db: Database) -> PostgresGate:
    """What keeps orders within limits, budgets and health."""
    limits = {
        name: Limits(told.in_flight, told.per_minute, told.burst)
        for name, told in settings.limits.items()
    }
    return PostgresGate(
        db,
        limits,
        Caps(settings.budget_job_usd, settings.budget_day_usd),
        Breaking(settings.breaker_failures, settings.breaker_seconds, settings.probe_seconds),
        horizon_of(settings),
    )


def horizon_of(settings: Settings) -> float:
    """After this many seconds nobody waits for an order any more."""
    out = settings.queued_timeout + settings.running_timeout + settings.ending_seconds
    return out + settings.reconcile_seconds + 1_800
