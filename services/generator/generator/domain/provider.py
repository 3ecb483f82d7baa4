"""What a video provider is asked and answers: the shapes behind the ``VideoProvider`` port."""

import hashlib
import json
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Self

from contracts.documents import Camera, Cast, Line, Plan, Scene
from contracts.errors import ErrorCode

from generator.domain.clip import LEAST_KEPT

OnShare = Callable[[float], Awaitable[None]]
"""Told how much of something is done, 0..1."""

MaySend = Callable[[], bool]
"""Asked at the last instant before an order leaves; after ``False`` it must not leave."""


@dataclass(frozen=True, slots=True)
class SceneRequest:
    """One clip as a provider is asked for it. Sizes in pixels, ``fps`` frames per second.

    ``pictures`` are addresses (https or data) of what the clip shall look like, the best one first.
    ``variation`` tells it from others that ask for the same; ``seed`` is the user's own, 31 bits.
    """

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
    pictures: tuple[str, ...] = ()
    variation: str = ""
    seed: int | None = None

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


CENTS = Decimal("0.0001")

Shape = tuple[int, int]
"""Width and height: pixels, or their ratio."""


def nearest(shapes: Sequence[Shape], request: SceneRequest) -> Shape:
    """The shape that loses least of the film's picture; of equals the one nearest in size."""

    def distance(shape: Shape) -> tuple[float, int]:
        width, height = shape
        ratio = math.log(width / height) - math.log(request.width / request.height)
        return round(abs(ratio), 6), abs(width * height - request.width * request.height)

    return min(shapes, key=distance)


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a provider can do. ``model`` changes whenever the same request would look different.

    ``durations`` are the lengths it makes, in seconds, rising; none are named if any will do, up to
    ``max_seconds``. ``shapes`` are those it makes; none if any. ``pictures`` is how many reference
    pictures it takes, ``model_refs`` whether it knows trained characters. ``hook`` is the webhook
    it calls, if it has one. ``window`` is how long its lists may lack an order, in seconds, and
    ``rest`` the least time between two questions about one order.
    """

    model: str
    max_seconds: float
    usd_per_second: Decimal
    seed_policy: SeedPolicy
    draws_text: bool = False
    can_reconcile: bool = False
    durations: tuple[int, ...] = ()
    shapes: tuple[Shape, ...] = ()
    pictures: int = 0
    needs_picture: bool = False
    model_refs: bool = False
    hook: str = ""
    window: float | None = None
    rest: float = 0.0

    def seconds(self, request: SceneRequest) -> float:
        """The length that is ordered and paid: the shortest it makes that is long enough."""
        # A frame less is made good by holding the last picture; it is not worth another second.
        wanted = (request.frames - 1) / request.fps
        fitting = (length for length in self.durations if length >= wanted)
        return next(fitting, self.durations[-1]) if self.durations else request.seconds

    def shape(self, request: SceneRequest) -> Shape:
        """The shape nearest to the film's, of those it makes."""
        return nearest(self.shapes, request) if self.shapes else (request.width, request.height)

    def price(self, request: SceneRequest) -> Decimal:
        """What a clip costs, in US dollars."""
        if not self.durations:
            return (self.usd_per_second * request.frames / request.fps).quantize(CENTS)
        return (self.usd_per_second * Decimal(str(self.seconds(request)))).quantize(CENTS)

    def lacks(self, request: SceneRequest) -> str | None:
        """Why it cannot make a scene, in our words; ``None`` if it can."""
        if request.seconds > self.max_seconds:
            return f"makes scenes of at most {self.max_seconds:g} s"
        if self.needs_picture and not request.pictures:
            return "needs a picture to start from"
        width, height = self.shape(request)
        across, down = request.width / width, request.height / height
        if min(across, down) / max(across, down) < LEAST_KEPT:
            return f"does not make pictures of the shape {request.width}x{request.height}"
        return None


@dataclass(frozen=True, slots=True)
class Order:
    """What is sent, once. ``token`` is ours and no other order's.

    ``since`` is when it was first put on record, in seconds since the epoch; ``callback`` is where
    the provider may say that something has changed, empty if nowhere.
    """

    request: SceneRequest
    token: str
    since: float = 0.0
    callback: str = ""

    @property
    def seed(self) -> int:
        """31 bits by which an order is told from one that asks for the same, or as the user chose.

        Who chooses the same seed for the same prompt twice asks for the same clip: which of two
        such orders is found again does not matter.
        """
        if self.request.seed is not None:
            return self.request.seed
        return int.from_bytes(hashlib.sha256(self.token.encode()).digest()[:4]) & 0x7FFF_FFFF


@dataclass(frozen=True, slots=True)
class Ticket:
    """An order that a provider has. ``request_id`` is their name for it.

    ``output`` is where the finished clip lies, as far as it is known; ``links`` are addresses that
    the provider gave for this order, by what they are for.
    """

    order: Order
    request_id: str
    output: str = ""
    links: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def request(self) -> SceneRequest:
        """What was asked for."""
        return self.order.request


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
    if request.pictures:
        asked["pictures"] = request.pictures
    if request.variation:
        asked["variation"] = request.variation
    if can.draws_text:
        asked["title"] = request.title
        asked["lines"] = [line.model_dump(mode="json") for line in request.lines]
        asked["cast"] = [cast.model_dump(mode="json", exclude={"image"}) for cast in request.cast]
    text = json.dumps(asked, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
