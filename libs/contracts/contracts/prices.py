"""What a second of video costs at each provider: list prices, for estimates before a film is made.

What was really paid is in ``scene.generated``. An operator with other terms overrides these.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per second of video. ``lengths`` are the clips that can be bought, in seconds.

    No lengths: a scene is billed by its own length. ``usd_per_second`` is ``None`` where there is
    no one list price. ``source`` says where the number is from.
    """

    usd_per_second: Decimal | None
    lengths: tuple[int, ...] = ()
    source: str = ""

    def billed_seconds(self, scenes: Iterable[float]) -> Decimal:
        """What is billed for scenes of these lengths: each in the shortest clip that holds it."""
        return sum((self._billed(seconds) for seconds in scenes), Decimal(0))

    def _billed(self, seconds: float) -> Decimal:
        fitting = next((length for length in self.lengths if length >= seconds), None)
        if fitting is not None:
            return Decimal(fitting)
        return Decimal(str(self.lengths[-1] if self.lengths else round(seconds, 3)))

    def too_long(self, scenes: Iterable[float]) -> int:
        """How many scenes are longer than any clip that can be bought."""
        return sum(bool(self.lengths) and seconds > self.lengths[-1] for seconds in scenes)


LIST_PRICES: dict[str, Price] = {
    "animatic": Price(Decimal(0), source="made on our own machines"),
    "http": Price(Decimal("0.05"), source="default of GENERATOR_HTTP_VIDEO_USD_PER_SECOND"),
    "replicate": Price(None, source="each model on Replicate has its own price"),
    "runway": Price(
        Decimal("0.05"), (5, 10), "Runway API, gen4_turbo: 5 credits a second at $0.01"
    ),
    "pika": Price(Decimal("0.04"), (5, 10), "fal, Pika 2.2 at 720p: $0.20 for 5 seconds"),
}
