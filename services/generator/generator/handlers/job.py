"""One scene at work: what is asked, of whom, and how the user hears of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Self

from contracts.documents import Plan, Scene
from contracts.errors import ErrorCode, Rejected
from contracts.events import Event, SceneProgressed, SceneRequested
from runtime.work import Work

from generator.domain.attempt import Attempt
from generator.domain.provider import OnShare, SceneRequest, request_hash
from generator.domain.routing import order_of
from generator.handlers.ports import OrderTaker, VideoProvider
from generator.handlers.takes import SceneEvent, as_asked, take_of, variation_of

SAY_SECONDS = 1.0
ORDERED, MADE, FITTED = 0.05, 0.85, 0.95
"""Shares of a scene's progress: after the order, after the provider, after the mezzanine."""


@dataclass(slots=True)
class Teller:
    """Says how far a scene is: never backwards, and at most once a second."""

    event: Event
    work: Work
    index: int
    provider: str
    now: Callable[[], float]
    said: float = 0.0
    take: int = 1
    _at: float = field(default=float("-inf"))

    async def __call__(self, share: float) -> None:
        """``share`` of the whole scene is done."""
        if share <= self.said or self.now() - self._at < SAY_SECONDS:
            return
        self.said, self._at = share, self.now()
        await self.work.say(self.fact(share))

    def fact(self, share: float, cost: Decimal | None = None) -> Event:
        """The event, for an outcome that carries it. ``cost`` is what orders in vain have taken."""
        return SceneProgressed.caused_by(
            self.event,
            scene_index=self.index,
            take=self.take,
            provider=self.provider,
            progress=share,
            cost_usd=cost,
        )

    def part(self, first: float, last: float) -> OnShare:
        """A teller for a part of the scene's work, which knows only its own 0..1."""

        async def tell(share: float) -> None:
            await self(first + (last - first) * share)

        return tell


@dataclass(frozen=True, slots=True)
class Job:
    """A scene, its provider and its order. ``attempt`` is as it was when the row was claimed.

    ``prices`` names who is set up here and can make the scene, and what they would take in US
    dollars; ``wish`` is whom the user wants, the best first, and ``budget`` what the film may cost.
    """

    event: Event
    work: Work
    request: SceneRequest
    name: str
    provider: OrderTaker
    attempt: Attempt
    teller: Teller
    wish: tuple[str, ...] = ()
    prices: Mapping[str, Decimal] = field(default_factory=dict[str, Decimal])
    budget: Decimal | None = None

    @classmethod
    def of(
        cls,
        event: SceneEvent,
        work: Work,
        plan: Plan,
        providers: Mapping[str, VideoProvider],
        now: Callable[[], float],
        *,
        pictures: tuple[str, ...] = (),
    ) -> Self:
        """The scene that ``work.ordinal`` names. Raises ``Rejected`` if nobody can make it."""
        plan = as_asked(plan, event)
        scene = next((scene for scene in plan.scenes if scene.index == work.ordinal), None)
        if scene is None:
            raise Rejected(ErrorCode.INVALID_INPUT, f"The plan has no scene {work.ordinal}")
        attempt = Attempt.of(work.checkpoint)
        wish, request = plan.settings.providers, _request(event, plan, scene, pictures)
        prices = prices_of(providers, request)
        # An order that may be out belongs to its provider, whatever the settings say by now.
        if attempt is not None and (attempt.provider in providers or not attempt.movable):
            name = attempt.provider
            if name not in providers:
                raise Rejected(ErrorCode.PROVIDER_NOT_CONFIGURED, f"Not set up here: {name}"[:500])
        else:
            name = _best(wish, prices, providers, request)
        provider = providers[name]
        if attempt is None:
            wanted = request_hash(name, provider.capabilities, request)
            attempt = Attempt.first(name, str(work.id), wanted)
        teller = Teller(event, work, scene.index, name, now, attempt.share, take_of(event))
        budget = plan.settings.budget_usd
        return cls(event, work, request, name, provider, attempt, teller, wish, prices, budget)

    def at(self, name: str, provider: VideoProvider) -> Self:
        """The same scene, asked of another. Only an attempt that is ``movable`` may move."""
        if name == self.attempt.provider:
            return self
        wanted = request_hash(name, provider.capabilities, self.request)
        self.teller.provider = name
        attempt = self.attempt.at(name, wanted)
        return replace(self, name=name, provider=provider, attempt=attempt)

    @property
    def free(self) -> bool:
        """Whether the provider asks for no money: nothing is booked, and no limit is kept."""
        return not self.provider.capabilities.usd_per_second

    @property
    def unpaid(self) -> bool:
        """Whether nothing was ever ordered for this row."""
        return self.attempt.submitted_at is None and self.attempt.number == 1


def _request(
    event: SceneEvent, plan: Plan, scene: Scene, pictures: tuple[str, ...]
) -> SceneRequest:
    seed = event.seed if isinstance(event, SceneRequested) else None
    asked = SceneRequest.of(plan, scene)
    return replace(asked, pictures=pictures, variation=variation_of(event), seed=seed)


def prices_of(providers: Mapping[str, VideoProvider], request: SceneRequest) -> dict[str, Decimal]:
    """Who can make a scene, and for how much."""
    cans = {name: provider.capabilities for name, provider in providers.items()}
    return {n: can.price(request) for n, can in cans.items() if can.lacks(request) is None}


def _best(
    wish: tuple[str, ...],
    prices: Mapping[str, Decimal],
    providers: Mapping[str, VideoProvider],
    request: SceneRequest,
) -> str:
    """Who is asked first. Raises ``Rejected`` if nobody of the wish is set up, or none can."""
    if names := order_of(wish, prices, {}):
        return names[0]
    name = first_of(wish, providers)
    if name is None:
        asked = ", ".join(wish)
        raise Rejected(ErrorCode.PROVIDER_NOT_CONFIGURED, f"Not set up here: {asked}"[:500])
    lack = providers[name].capabilities.lacks(request)
    raise Rejected(ErrorCode.INVALID_INPUT, f"{name} {lack}")


def first_of(wished: tuple[str, ...], providers: Mapping[str, VideoProvider]) -> str | None:
    """The first provider of a wish that is configured here."""
    return next((name for name in wished if name in providers), None)
