"""Pictures of trained characters in their scenes: models draw them, and clips begin there.

A still is an order of its own, paid once like any other, in the row of its scene and before its
clip's. Without one, whatever the reason, a scene is made from the character's own picture.
"""

import asyncio
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import structlog
from contracts.documents import Cast
from contracts.errors import ErrorCode, FilmError, Rejected
from contracts.events import Event, ObjectRef
from runtime.objects import ObjectStore
from runtime.work import Failed, Outcome, Waiting, Work

from generator.domain.attempt import Attempt
from generator.domain.provider import SceneRequest, request_hash
from generator.handlers.job import Job, Teller
from generator.handlers.orders import Made, Orders
from generator.handlers.ports import VideoProvider

log = structlog.get_logger()

STILL: Final = "still"
PAID: Final = "still_usd"
PLAIN: Final = "plain"
"""In a row's checkpoint: the order of its still, what that cost, and that there will be none."""

_SHARE: Final = 0.1
_TYPE: Final = "image/webp"
_MOST_BYTES: Final = 8 << 20


@dataclass(frozen=True, slots=True)
class Still:
    """A picture to begin with, and what this row paid for it, in US dollars."""

    image: ObjectRef
    cost: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class _Inside:
    """A part of a row's checkpoint, as a row of its own."""

    outer: Work

    async def save(
        self, work: Work, checkpoint: Mapping[str, Any] | None, events: Sequence[Event]
    ) -> None:
        del work
        kept = None if checkpoint is None else {STILL: dict(checkpoint)}
        await self.outer.keeper.save(self.outer, kept, events)


@dataclass(slots=True)
class _StillTeller(Teller):
    """A still is the least part of its scene."""

    def fact(self, share: float, cost: Decimal | None = None) -> Event:
        """Its own share is smaller than that of the scene."""
        return Teller.fact(self, share * _SHARE, cost)


@dataclass(frozen=True, slots=True)
class Stills:
    """Stills of one account. ``model`` is the provider as the model of a reference."""

    name: str
    model: Callable[[str], VideoProvider]
    orders: Orders
    store: ObjectStore
    scratch: Path | None = None

    async def of(self, scene: Job) -> Still | Outcome | None:
        """The still a scene begins with; ``None`` if it has none, or how long it will take.

        Once anything was ordered for the clip itself, only a still that is there counts.
        """
        who = next((cast for cast in scene.request.cast if cast.model_ref), None)
        if who is None or not scene.provider.capabilities.model_refs:
            return None
        checkpoint = scene.work.checkpoint
        key, job = self._job(scene, who, checkpoint.get(STILL, {}))
        image = await self.store.head(key)
        if image is not None and (STILL not in checkpoint or PAID in checkpoint):
            return Still(image, Decimal(checkpoint.get(PAID, "0")))
        if Attempt.of(checkpoint) is not None or checkpoint.get(PLAIN):
            return None
        try:
            made = await self._made(job, key, image)
        except Rejected as error:
            made = Failed(error.code, detail=error.detail)
        return await self._noted(scene.work, made)

    async def _noted(self, work: Work, made: Still | Outcome | None) -> Still | Outcome | None:
        """What became of the still is in the row's checkpoint before anything follows from it."""
        match made:
            case Still():
                order = dict(work.checkpoint.get(STILL, {}))
                await work.save({STILL: order, PAID: str(made.cost)})
            case Waiting():
                return replace(made, checkpoint={STILL: dict(made.checkpoint)})
            case Failed():
                log.warning("still.none", code=made.code, detail=made.detail[:500])
                await work.save({PLAIN: True})
                return None
            case _:
                pass
        return made

    async def _made(self, job: Job, key: str, image: ObjectRef | None) -> Still | Outcome | None:
        if not isinstance(await self.orders.routing.pick(job), Job):
            return None
        placed = await self.orders.place(job)
        if not isinstance(placed, Attempt):
            return placed
        made = await self.orders.look(job, placed)
        if not isinstance(made, Made):
            return made
        try:
            image = image or await self._fetched(job, made, key)
        except FilmError as error:
            return await self.orders.fetch_failed(job, made, error)
        if image is None:
            return Failed(ErrorCode.AI_PROVIDER_FAILURE, detail="the still is no picture")
        return Still(image, made.cost)

    async def _fetched(self, job: Job, made: Made, key: str) -> ObjectRef | None:
        """Kept in our store; ``None`` for what is no picture."""
        with tempfile.TemporaryDirectory(dir=self.scratch, prefix="still-") as name:
            path = Path(name) / "still.webp"
            await self.model(job.provider.capabilities.model).fetch(made.ticket, path, _nobody)
            if not await asyncio.to_thread(_is_picture, path):
                return None
            return await self.store.put(key, path, _TYPE)

    def _job(self, scene: Job, who: Cast, checkpoint: Mapping[str, Any]) -> tuple[str, Job]:
        taker = self.model(who.model_ref or "")
        request = still_request(scene.request, who)
        wanted = request_hash(self.name, taker.capabilities, request)
        key = f"users/{scene.event.user_id}/stills/{wanted}.webp"
        attempt = Attempt.of(checkpoint)
        if attempt is None:
            attempt = Attempt.first(self.name, f"{scene.work.id}.{STILL}", wanted)
        work = replace(scene.work, checkpoint=checkpoint, keeper=_Inside(scene.work))
        tell = scene.teller
        teller = _StillTeller(
            tell.event, work, tell.index, self.name, tell.now, attempt.share, tell.take
        )
        prices = {self.name: taker.capabilities.price(request)}
        return key, Job(
            scene.event, work, request, self.name, taker, attempt, teller, (self.name,), prices,
            scene.budget,
        )  # fmt: skip


def still_request(scene: SceneRequest, who: Cast) -> SceneRequest:
    """A scene's first picture, as the character's own model is asked for it: one unit."""
    called = f"{who.trigger_word}, who is {who.name}" if who.trigger_word else who.name
    prompt = f"{called}. {scene.prompt}"
    return replace(scene, prompt=prompt, frames=scene.fps, cast=(who,), pictures=())


def _is_picture(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(12)
    small = 0 < path.stat().st_size <= _MOST_BYTES
    return small and (head[:4], head[8:12]) == (b"RIFF", b"WEBP")


async def _nobody(_: float) -> None:
    """Nobody wants to know how far a still has come down."""
