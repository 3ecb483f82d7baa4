"""What a film of a script would be: its scenes, its length, and what each provider takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from contracts.documents import Script
from contracts.errors import ErrorCode, Rejected
from contracts.prices import LIST_PRICES, Price


@dataclass(frozen=True, slots=True)
class Offer:
    """What one provider takes for a film; ``usd`` is ``None`` without a price."""

    provider: str
    price: Price
    billed_seconds: Decimal
    usd: Decimal | None
    too_long: int


def kept_lengths(script: Script, max_scenes: int | None) -> list[float]:
    """The lengths in seconds of the scenes a film would have.

    Of more scenes than ``max_scenes`` the first and last stay and the others are spread evenly.
    A script that was edited is filmed as it stands.
    """
    lengths = [scene.seconds for scene in script.scenes]
    if script.edited or max_scenes is None or max_scenes >= len(lengths):
        return lengths
    if max_scenes == 1:
        return lengths[:1]
    step = (len(lengths) - 1) / (max_scenes - 1)
    return [lengths[round(index * step)] for index in range(max_scenes)]


def spoken_scenes(script: Script, kept: int) -> int:
    """How many scenes ``kept`` scenes are to a listener: shots of one sentence are one."""
    return min(kept, sum(not scene.continues for scene in script.scenes))


def price_list(configured: Mapping[str, Decimal]) -> dict[str, Price]:
    """The list prices, with an operator's own in their place."""
    prices = dict(LIST_PRICES)
    for name, usd in configured.items():
        prices[name] = replace(
            prices.get(name, Price(None)), usd_per_second=usd, source="this studio's own price"
        )
    return prices


def offers(
    lengths: Sequence[float], wanted: Sequence[str], prices: Mapping[str, Price]
) -> list[Offer]:
    """One offer per provider. Raises ``Rejected(INVALID_INPUT)`` for one that is not known."""
    found: list[Offer] = []
    for name in wanted or prices:
        price = prices.get(name)
        if price is None:
            raise Rejected(
                ErrorCode.INVALID_INPUT,
                f"There is no provider '{name[:40]}'. Choose among: {', '.join(sorted(prices))}.",
            )
        billed = price.billed_seconds(lengths)
        per_second = price.usd_per_second
        usd = None if per_second is None else (billed * per_second).quantize(Decimal("0.01"))
        found.append(Offer(name, price, billed, usd, price.too_long(lengths)))
    return found
