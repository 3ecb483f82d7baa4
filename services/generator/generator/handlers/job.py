"""One scene at work: what is asked, of whom, and how the user hears of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Self

from contracts.documents import Plan
from contracts.errors import ErrorCode, Rejected
from contracts.events import SceneProgressed, ScenesPlanned
from runtime.work import Work

from generator.domain.attempt import Attempt
from generator.domain.provider import OnShare, SceneRequest, request_hash
from generator.handlers.ports import VideoProvider

SAY_SECONDS = 1.0
ORDERED, MADE, FITTED = 0.05, 0.85, 0.95
"""Shares of a scene's progress: after the order, after the provider, after the mezzanine."""


@dataclass(slots=True)
class Teller:
    """Says how far a scene is: never backwards, and at most once a second."""

    event: ScenesPlanned
    work: Work
    index: int
    provider: str
    now: Callable[[], float]
    said: float = 0.0
    _at: float = field(default=float("-inf"))

    async def __call__(self, share: float) -> None:
        """``share`` of the whole scene is done."""
        if share <= self.said or self.now() - self._at < SAY_SECONDS:
            return
        self.said, self._at = share, self.now()
        await self.work.say(self.fact(share))

    def fact(self, share: float) -> SceneProgressed:
        """The event, for an outcome that carries it."""
        return SceneProgressed.caused_by(
            self.event, scene_index=self.index, provider=self.provider, progress=share
        )

    def part(self, first: float, last: float) -> OnShare:
        """A teller for a part of the scene's work, which knows only its own 0..1."""

        async def tell(share: float) -> None:
            await self(first + (last - first) * share)

        return tell


@dataclass(frozen=True, slots=True)
class Job:
    """A scene, its provider and its order. ``attempt`` is as it was when the row was claimed."""

    event: ScenesPlanned
    work: Work
    request: SceneRequest
    name: str
    provider: VideoProvider
    attempt: Attempt
    teller: Teller

    @classmethod
    def of(
        cls,
        event: ScenesPlanned,
        work: Work,
        plan: Plan,
        providers: Mapping[str, VideoProvider],
        now: Callable[[], float],
    ) -> Self:
        """The scene that ``work.ordinal`` names. Raises ``Rejected`` if nobody can make it."""
        scene = next((scene for scene in plan.scenes if scene.index == work.ordinal), None)
        if scene is None:
            raise Rejected(ErrorCode.INVALID_INPUT, f"The plan has no scene {work.ordinal}")
        attempt = Attempt.of(work.checkpoint)
        # An order that may be out belongs to its provider, whatever the settings say by now.
        wished = plan.settings.providers if attempt is None else (attempt.provider,)
        name = first_of(wished, providers)
        if name is None:
            asked = ", ".join(wished)
            raise Rejected(ErrorCode.PROVIDER_NOT_CONFIGURED, f"Not set up here: {asked}"[:500])
        provider, request = providers[name], SceneRequest.of(plan, scene)
        if attempt is None:
            if lack := provider.capabilities.lacks(request):
                raise Rejected(ErrorCode.INVALID_INPUT, f"{name} {lack}")
            wanted = request_hash(name, provider.capabilities, request)
            attempt = Attempt.first(name, str(work.id), wanted)
        teller = Teller(event, work, scene.index, name, now, said=attempt.share)
        return cls(event, work, request, name, provider, attempt, teller)

    @property
    def unpaid(self) -> bool:
        """Whether nothing was ever ordered for this row."""
        return self.attempt.submitted_at is None and self.attempt.number == 1


def first_of(wished: tuple[str, ...], providers: Mapping[str, VideoProvider]) -> str | None:
    """The first provider of a wish that is configured here."""
    return next((name for name in wished if name in providers), None)
