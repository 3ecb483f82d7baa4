"""What a video provider is asked and answers: the shapes behind the ``VideoProvider`` port."""

import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Self

from contracts.documents import Camera, Cast, Line, Plan, Scene
from contracts.errors import ErrorCode

OnShare = Callable[[float], Awaitable[None]]
"""Told how much of something is done, 0..1."""

MaySend = Callable[[], bool]
"""Asked at the last instant before an order leaves; after ``False`` it must not leave."""


@dataclass(frozen=True, slots=True)
class SceneRequest:
    """One clip as a provider is asked for it. Sizes in pixels, ``fps`` frames per second."""

    title: str
    prompt: str
    negative_prompt: str
    style: str
    camera: Camera
    frames: int
    width: int
    height: int
    fps: int
    lines: tuple[Line, ...]
    cast: tuple[Cast, ...]

    @classmethod
    def of(cls, plan: Plan, scene: Scene) -> Self:
        """A scene of a plan, at the plan's size and rate."""
        return cls(
            title=scene.title,
            prompt=scene.prompt,
            negative_prompt=scene.negative_prompt,
            style=scene.style,
            camera=scene.camera,
            frames=scene.frames,
            width=plan.settings.width,
            height=plan.settings.height,
            fps=plan.settings.fps,
            lines=scene.lines,
            cast=scene.characters,
        )

    @property
    def seconds(self) -> float:
        """Length of the clip."""
        return self.frames / self.fps


class SeedPolicy(StrEnum):
    """Whether the same request gives the same picture."""

    FROM_REQUEST = "from_request"
    PROVIDER = "provider"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a provider can do. ``model`` changes whenever the same request would look different."""

    model: str
    max_seconds: float
    usd_per_second: Decimal
    seed_policy: SeedPolicy
    draws_text: bool = False
    can_reconcile: bool = False

    def price(self, request: SceneRequest) -> Decimal:
        """What a clip costs, in US dollars."""
        return (self.usd_per_second * request.frames / request.fps).quantize(Decimal("0.0001"))


@dataclass(frozen=True, slots=True)
class Ticket:
    """A request that a provider has, or may have. ``token`` is ours, ``request_id`` theirs.

    ``output`` is where the finished clip lies, if the provider said so.
    """

    request: SceneRequest
    token: str
    request_id: str | None = None
    output: str = ""


class Phase(StrEnum):
    """Where a provider's job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Status:
    """The answer to a poll. ``progress`` is 0..1; ``poll_after`` is seconds.

    ``cost_usd`` is what the provider says it took, ``None`` if it does not say. ``code`` is why it
    failed; ``message`` is the provider's own text, for support only.
    """

    phase: Phase
    progress: float = 0.0
    poll_after: float = 5.0
    message: str = ""
    output: str = ""
    cost_usd: Decimal | None = None
    code: ErrorCode = ErrorCode.AI_PROVIDER_FAILURE


def request_hash(provider: str, can: Capabilities, request: SceneRequest) -> str:
    """The name of a clip before it exists: equal requests to the same model have one hash.

    The words on screen count only for a provider that draws them.
    """
    asked: dict[str, object] = {
        "provider": provider,
        "model": can.model,
        "seed_policy": can.seed_policy,
        "prompt": request.prompt,
        "negative_prompt": request.negative_prompt,
        "style": request.style,
        "camera": request.camera,
        "frames": request.frames,
        "size": [request.width, request.height],
        "fps": request.fps,
        "references": [[cast.name, cast.model_ref] for cast in request.cast],
    }
    if can.draws_text:
        asked["title"] = request.title
        asked["lines"] = [line.model_dump(mode="json") for line in request.lines]
        asked["cast"] = [cast.model_dump(mode="json") for cast in request.cast]
    text = json.dumps(asked, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
