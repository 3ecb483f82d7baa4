"""ScenesPlanned -> SceneGenerated, one row per scene."""

import asyncio
import hashlib
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Protocol
from uuid import UUID

from contracts.documents import Plan, Scene
from contracts.errors import ErrorCode, Rejected, Transient
from contracts.events import Clip, ObjectRef, SceneGenerated, SceneProgressed, ScenesPlanned
from contracts.mezzanine import Mezzanine
from runtime.objects import ObjectStore, get_model, project_key
from runtime.work import Done, Failed, Outcome, Waiting, Work

from generator.domain.clip import Take
from generator.domain.provider import (
    Attempt,
    Capabilities,
    OnShare,
    Patience,
    Phase,
    SceneRequest,
    Status,
    Ticket,
    request_hash,
)

SAY_SECONDS = 1.0
ORDERED, MADE, FITTED = 0.05, 0.85, 0.95
"""Shares of a scene's progress: after the order, after the provider, after the mezzanine."""


class VideoProvider(Protocol):
    """Somebody who makes clips. Raises ``Transient`` or ``Rejected``.

    An error of ``submit`` other than ``PROVIDER_UNCERTAIN`` promises that nothing was ordered.
    """

    @property
    def capabilities(self) -> Capabilities:
        """What it can do and what it costs."""
        ...

    async def submit(self, request: SceneRequest, token: str) -> Ticket:
        """Place an order, once. Nothing below may retry it."""
        ...

    async def reconcile(self, request: SceneRequest, token: str) -> Ticket | None:
        """Find the order that carries ``token``; ``None`` if there surely is none."""
        ...

    async def poll(self, ticket: Ticket) -> Status:
        """Where an order stands."""
        ...

    async def cancel(self, ticket: Ticket) -> None:
        """Give an order up; no error if it is over."""
        ...

    async def fetch(self, ticket: Ticket, path: Path, on_share: OnShare) -> None:
        """Bring the finished clip into a file. It may be repeated, and costs nothing."""
        ...


class MezzanineMaker(Protocol):
    """Brings any clip into the mezzanine profile."""

    async def make(
        self, source: Path, folder: Path, profile: Mezzanine, frames: int, on_share: OnShare
    ) -> Path:
        """A mezzanine of exactly ``frames`` frames. Raises ``Rejected`` for unusable clips."""
        ...

    async def poster(self, clip: Path, frames: int) -> bytes:
        """A JPEG of the clip."""
        ...


class ClipCache(Protocol):
    """Clips that a user already has, by the hash of what was asked."""

    async def get(self, user_id: UUID, wanted: str) -> Take | None:
        """The take for a request hash."""
        ...

    async def put(self, user_id: UUID, wanted: str, take: Take) -> None:
        """Remember a take; a later one replaces it."""
        ...


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
    """One scene at work: what was asked, of whom, and how to tell of it."""

    event: ScenesPlanned
    work: Work
    scene: Scene
    request: SceneRequest
    name: str
    provider: VideoProvider
    wanted: str
    teller: Teller


@dataclass(frozen=True, slots=True)
class MakeScene:
    """ScenesPlanned -> SceneGenerated, for the scene that ``work.ordinal`` names.

    The order is in the checkpoint before it is sent. A scene that is in the cache is not ordered.
    """

    providers: Mapping[str, VideoProvider]
    mezzanine: MezzanineMaker
    cache: ClipCache
    store: ObjectStore
    now: Callable[[], float]
    new_token: Callable[[], str]
    patience: Patience
    scratch: Path | None = None

    async def __call__(self, event: ScenesPlanned, work: Work) -> Outcome:
        """Make the scene, or look how far it is."""
        job = await self._job(event, work)
        take = await self._known(job)
        if take is not None:
            return Done([_generated(job, take)])
        attempt = await self._ordered(job)
        ticket = Ticket(job.request, attempt.token, attempt.request_id)
        status = await job.provider.poll(ticket)
        attempt = attempt.seen(status.phase, self.now())
        if status.phase is Phase.FAILED:
            return Failed(ErrorCode.AI_PROVIDER_FAILURE, detail=status.message)
        if status.phase is not Phase.SUCCEEDED:
            return await self._wait(job, ticket, attempt, status)
        take = await self._finish(job, ticket)
        await self.cache.put(event.user_id, job.wanted, take)
        return Done([_generated(job, take)])

    async def _job(self, event: ScenesPlanned, work: Work) -> Job:
        plan = await get_model(self.store, event.plan, Plan)
        scene = next((scene for scene in plan.scenes if scene.index == work.ordinal), None)
        if scene is None:
            raise Rejected(ErrorCode.INVALID_INPUT, f"The plan has no scene {work.ordinal}")
        name = next((name for name in plan.settings.providers if name in self.providers), None)
        if name is None:
            raise Rejected(ErrorCode.PROVIDER_NOT_CONFIGURED)
        provider, request = self.providers[name], SceneRequest.of(plan, scene)
        if request.seconds > provider.capabilities.max_seconds:
            most = provider.capabilities.max_seconds
            raise Rejected(ErrorCode.INVALID_INPUT, f"{name} makes scenes of at most {most:g} s")
        wanted = request_hash(name, provider.capabilities, request)
        teller = Teller(event, work, scene.index, name, self.now)
        return Job(event, work, scene, request, name, provider, wanted, teller)

    async def _known(self, job: Job) -> Take | None:
        """The take in the cache, if its files are still there."""
        take = await self.cache.get(job.event.user_id, job.wanted)
        if take is None:
            return None
        files = (take.clip.video.key, take.clip.poster.key)
        kept = await asyncio.gather(*(self.store.head(key) for key in files))
        return take if all(kept) else None

    async def _ordered(self, job: Job) -> Attempt:
        """The order that is out, placing it if there is none."""
        attempt = Attempt.of(job.work.checkpoint)
        if attempt is not None and attempt.request_id is not None:
            return attempt
        ticket = None
        if attempt is not None:
            ticket = await job.provider.reconcile(job.request, attempt.token)
        if attempt is None or ticket is None:
            attempt = Attempt(job.name, self.new_token(), job.wanted, self.now())
            ticket = await self._submit(job, attempt)
        attempt = replace(attempt, request_id=ticket.request_id)
        await job.work.save(attempt.checkpoint(), job.teller.fact(ORDERED))
        return attempt

    async def _submit(self, job: Job, attempt: Attempt) -> Ticket:
        await job.work.save(attempt.checkpoint())
        try:
            return await job.provider.submit(job.request, attempt.token)
        except (Transient, Rejected) as error:
            if error.code is not ErrorCode.PROVIDER_UNCERTAIN:
                await job.work.save({})
            raise

    async def _wait(self, job: Job, ticket: Ticket, attempt: Attempt, status: Status) -> Outcome:
        if self.patience.over(attempt, self.now()):
            await job.provider.cancel(ticket)
            return Failed(ErrorCode.SCENE_TIMEOUT)
        share = ORDERED + (MADE - ORDERED) * status.progress
        return Waiting(status.poll_after, attempt.checkpoint(), [job.teller.fact(share)])

    async def _finish(self, job: Job, ticket: Ticket) -> Take:
        """Fetch, fit and store the clip and its poster under the hashes of their bytes."""
        request = job.request
        profile = Mezzanine(request.width, request.height, request.fps)
        with tempfile.TemporaryDirectory(dir=self.scratch, prefix="scene-") as name:
            folder = Path(name)
            raw = folder / "raw.mp4"
            await job.provider.fetch(ticket, raw, job.teller.part(ORDERED, MADE))
            fitting = job.teller.part(MADE, FITTED)
            clip = await self.mezzanine.make(raw, folder, profile, request.frames, fitting)
            poster = await self.mezzanine.poster(clip, request.frames)
            video = await self._keep(job.event, clip, ".mp4", "video/mp4")
            picture = await self._keep(job.event, poster, ".jpg", "image/jpeg")
        return Take(
            clip=Clip(
                video=video,
                poster=picture,
                width=request.width,
                height=request.height,
                fps=request.fps,
                frames=request.frames,
            ),
            provider=job.name,
            cost_usd=str(job.provider.capabilities.price(request)),
            work_id=str(job.work.id),
            provider_request_id=ticket.request_id,
        )

    async def _keep(
        self, event: ScenesPlanned, data: bytes | Path, suffix: str, content_type: str
    ) -> ObjectRef:
        digest = await asyncio.to_thread(_sha256, data)
        key = project_key(event, "clips", digest + suffix)
        return await self.store.put(key, data, content_type)


def _sha256(data: bytes | Path) -> str:
    if isinstance(data, bytes):
        return hashlib.sha256(data).hexdigest()
    with data.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _generated(job: Job, take: Take) -> SceneGenerated:
    """The fact. A take of another row is reused and costs nothing now."""
    reused = take.work_id != str(job.work.id)
    return SceneGenerated.caused_by(
        job.event,
        scene_index=job.scene.index,
        scene_count=len(job.event.scenes),
        clip=take.clip,
        provider=take.provider,
        provider_request_id=take.provider_request_id,
        cost_usd=Decimal(0) if reused else Decimal(take.cost_usd),
        reused=reused,
    )
