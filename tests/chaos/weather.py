"""What the video providers get wrong: on an ordinary day, and in a storm. Pure.

Rates are shares of requests, by the names of the stand-ins' faults. A storm is told by the rates
that it changes; what a provider cannot get wrong is left out of it.
"""

from collections.abc import Mapping
from typing import Final

Rates = Mapping[str, float]

CALM: Final[Rates] = {
    "create_429": 0.03,
    "create_500_before": 0.02,
    "create_500_after": 0.04,
    "create_hang": 0.01,
    "create_reset_after": 0.04,
    "get_500": 0.03,
    "download_truncated": 0.03,
    "download_500": 0.03,
}
"""What every provider gets wrong on an ordinary day."""

_VENDORS: Final[Rates] = {
    "create_half": 0.04,
    "create_reset_before": 0.01,
    "create_200_error": 0.01,
    "get_429": 0.03,
    "get_garbage": 0.02,
    "job_failed": 0.05,
    "job_strange": 0.15,
    "download_expired": 0.03,
    "download_html": 0.02,
    "download_empty": 0.02,
    "download_private": 0.01,
    "download_huge": 0.01,
    "hook_twice": 0.2,
    "hook_early": 0.2,
    "hook_forged": 0.1,
    "hook_lost": 0.1,
}
"""And what the vendors' own APIs do beside that. A job that fails is ordered anew."""

# A lost answer of Runway fails its film, so it loses fewer than the others, or no film would end.
_RUNWAY: Final[Rates] = {
    "create_500_before": 0.0,
    "create_500_after": 0.005,
    "create_hang": 0.0,
    "create_reset_after": 0.01,
    "create_half": 0.0,
    "create_reset_before": 0.0,
    "create_200_error": 0.005,
}

STORMS: Final[tuple[Rates, ...]] = (
    {"create_429": 0.8},
    {"create_500_before": 0.5, "create_500_after": 0.3, "get_500": 0.4},
    {"create_hang": 0.4, "create_reset_after": 0.3},
    {"create_reset_after": 0.7, "get_500": 0.5},
    {"download_truncated": 0.4, "download_500": 0.4, "get_500": 0.3},
    {"create_half": 0.3, "create_200_error": 0.3, "get_garbage": 0.3, "get_429": 0.3},
    {"download_expired": 0.4, "download_html": 0.2, "download_private": 0.2, "job_failed": 0.3},
    {"hook_forged": 0.5, "hook_twice": 0.4, "job_strange": 0.8},
)


def calm(provider: str) -> Rates:
    """An ordinary day of a provider."""
    if provider == "http":
        return CALM
    return {**CALM, **_VENDORS, **(_RUNWAY if provider == "runway" else {})}


def storm(provider: str, rates: Rates) -> Rates:
    """A provider's day in a storm; of kinds that the storm does not name all is as ever."""
    known = {name: r for name, r in rates.items() if provider != "http" or name in CALM}
    kinds = {name.split("_", 1)[0] for name in known}
    # Rates of one kind add up to 1 at most: a storm takes the place of what is ordinary.
    ordinary = {n: r for n, r in calm(provider).items() if n.split("_", 1)[0] not in kinds}
    return {**ordinary, **known}
