"""Makes one scene: from the cache, or ordered, fetched, fitted and kept."""

import asyncio
import hashlib
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import structlog
from contracts.documents import Plan
from contracts.errors import FilmError
from contracts.events import Clip, Event, ObjectRef, SceneGenerated, ScenesPlanned
from contracts.mezzanine import Mezzanine
from runtime.objects import ObjectStore, project_key
from runtime.work import Done, Outcome, Work

from generator.domain.attempt import Attempt
from generator.domain.clip import Take
from generator.handlers.job import FITTED, MADE, ORDERED, Job
from generator.handlers.orders import Made, Orders
from generator.handlers.plans import Plans
from generator.handlers.ports import ClipCache, MezzanineMaker, Sisters, VideoProvider
from generator.handlers.stills import Still, Stills
from generator.handlers.takes import SceneEvent, address_of, count_of, pictures_of, take_of

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class MakeScene:
    """ScenesPlanned, SceneRequested -> SceneGenerated, for the scene ``work.ordinal`` names.

    The order is in the checkpoint before it is sent. A scene that is in the cache is not ordered.
    ``plans`` spares reading a plan with every look at an order.
    """

    providers: Mapping[str, VideoProvider]
    orders: Orders
    mezzanine: MezzanineMaker
    cache: ClipCache
    store: ObjectStore
    now: Callable[[], float]
    plans: Plans
    sisters: Sisters
    scratch: Path | None = None
    stills: Stills | None = None

    async def __call__(self, event: SceneEvent, work: Work) -> Outcome:
        """Make the scene, or look how far it is."""
        plan = await self.plans.get(event.plan)
        attempt = Attempt.of(work.checkpoint)
        ordered = attempt is not None and attempt.request_id is not None
        store = None if ordered else self.store
        pictures = await pictures_of(plan, work.ordinal, self.providers, store)
        job = Job.of(event, work, plan, self.providers, self.now, pictures=pictures)
        begun = job if ordered else await self._begun(event, job, plan)
        if not isinstance(begun, Job):
            return begun
        job = begun
        # A row whose order is at work looks every few seconds: no take of its own is there yet.
        take = (None if job.attempt.at_work else await self._known(job)) or await self._make(job)
        return Done([_generated(event, job, take)]) if isinstance(take, Take) else take

    async def _begun(self, event: SceneEvent, job: Job, plan: Plan) -> Job | Outcome:
        """The scene with the still it begins with, if its characters have models that draw one."""
        if self.stills is None or await self._in_vain(job):
            return job
        still = await self.stills.of(job)
        if not isinstance(still, Still):
            return job if still is None else still
        address = await address_of(self.store, job.request.title, still.image)
        pictures = (address, *job.request.pictures[1:])
        made = Job.of(event, job.work, plan, self.providers, self.now, pictures=pictures)
        if Attempt.of(job.work.checkpoint) is None:
            return replace(made, attempt=replace(made.attempt, spent=str(still.cost)))
        return made

    async def _make(self, job: Job) -> Take | Outcome:
        if await self._in_vain(job):
            return Done()
        picked = await self.orders.routing.pick(job)
        if not isinstance(picked, Job):
            return picked
        if picked is not job and (take := await self._known(picked)):
            return take
        job = picked
        placed = await self.orders.place(job)
        if not isinstance(placed, Attempt):
            return placed
        made = await self.orders.look(job, placed)
        if not isinstance(made, Made):
            return made
        return await self._take(job, made)

    async def _in_vain(self, job: Job) -> bool:
        """Whether the film has failed by another scene while nothing of this one is ordered.

        What is out is waited for and kept: the film that is started again finds it in the cache.
        A film under review goes on, because its user can have a scene made again.
        """
        event = job.event
        first = isinstance(event, ScenesPlanned) and not event.settings.review
        if not first or job.free or not job.attempt.movable:
            return False
        if not await self.sisters.failed(event.job_id):
            return False
        log.info("scene.in_vain", token=job.attempt.token)
        await self.orders.routing.gate.release(event.job_id, job.teller.index)
        return True

    async def _take(self, job: Job, made: Made) -> Take | Outcome:
        try:
            take = await self._finish(job, made)
        except FilmError as error:
            return await self.orders.fetch_failed(job, made, error)
        await self.cache.put(job.event.user_id, made.attempt.request_hash, take)
        return take

    async def _known(self, job: Job) -> Take | None:
        """The take in the cache, if its files are still there.

        A row that has ordered takes nobody else's: its own order is paid for.
        """
        take = await self.cache.get(job.event.user_id, job.attempt.request_hash)
        if take is None or not (job.unpaid or take.work_id == str(job.work.id)):
            return None
        files = (take.clip.video.key, take.clip.poster.key)
        kept = await asyncio.gather(*(self.store.head(key) for key in files))
        return take if all(kept) else None

    async def _finish(self, job: Job, made: Made) -> Take:
        """Fetch, fit and store the clip and its poster under the hashes of their bytes."""
        request = job.request
        profile = Mezzanine(request.width, request.height, request.fps)
        with tempfile.TemporaryDirectory(dir=self.scratch, prefix="scene-") as name:
            folder = Path(name)
            raw = folder / "raw.mp4"
            await self.providers[job.name].fetch(made.ticket, raw, job.teller.part(ORDERED, MADE))
            fitting = job.teller.part(MADE, FITTED)
            clip = await self.mezzanine.make(raw, folder, profile, request.frames, fitting)
            poster = await self.mezzanine.poster(clip, request.frames, request.fps)
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
            cost_usd=str(made.cost),
            work_id=str(job.work.id),
            provider_request_id=made.ticket.request_id,
        )

    async def _keep(
        self, event: Event, data: bytes | Path, suffix: str, content_type: str
    ) -> ObjectRef:
        digest = await asyncio.to_thread(_sha256, data)
        key = project_key(event, "clips", digest + suffix)
        return await self.store.put(key, data, content_type)


def _sha256(data: bytes | Path) -> str:
    if isinstance(data, bytes):
        return hashlib.sha256(data).hexdigest()
    with data.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _generated(event: SceneEvent, job: Job, take: Take) -> SceneGenerated:
    """The fact. A take of another row is reused and costs nothing now."""
    reused = take.work_id != str(job.work.id)
    return SceneGenerated.caused_by(
        event,
        scene_index=job.teller.index,
        scene_count=count_of(event),
        take=take_of(event),
        clip=take.clip,
        provider=take.provider,
        provider_request_id=take.provider_request_id,
        cost_usd=Decimal(0) if reused else Decimal(take.cost_usd),
        reused=reused,
    )
