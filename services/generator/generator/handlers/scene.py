"""Makes one scene: from the cache, or ordered, fetched, fitted and kept."""

import asyncio
import hashlib
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from contracts.documents import Plan
from contracts.errors import FilmError
from contracts.events import Clip, ObjectRef, SceneGenerated
from contracts.mezzanine import Mezzanine
from runtime.objects import ObjectStore, get_model, project_key
from runtime.work import Done, Outcome, Work

from generator.domain.attempt import Attempt
from generator.domain.clip import Take
from generator.handlers.job import FITTED, MADE, ORDERED, Job
from generator.handlers.orders import Made, Orders
from generator.handlers.ports import ClipCache, MezzanineMaker, VideoProvider
from generator.handlers.takes import SceneEvent, count_of, pictures_of, take_of


@dataclass(frozen=True, slots=True)
class MakeScene:
    """ScenesPlanned, SceneRequested -> SceneGenerated, for the scene ``work.ordinal`` names.

    The order is in the checkpoint before it is sent. A scene that is in the cache is not ordered.
    """

    providers: Mapping[str, VideoProvider]
    orders: Orders
    mezzanine: MezzanineMaker
    cache: ClipCache
    store: ObjectStore
    now: Callable[[], float]
    scratch: Path | None = None

    async def __call__(self, event: SceneEvent, work: Work) -> Outcome:
        """Make the scene, or look how far it is."""
        plan = await get_model(self.store, event.plan, Plan)
        attempt = Attempt.of(work.checkpoint)
        ordered = attempt is not None and attempt.request_id is not None
        store = None if ordered else self.store
        pictures = await pictures_of(plan, work.ordinal, self.providers, store)
        job = Job.of(event, work, plan, self.providers, self.now, pictures=pictures)
        take = await self._known(job) or await self._make(job)
        return Done([_generated(job, take)]) if isinstance(take, Take) else take

    async def _make(self, job: Job) -> Take | Outcome:
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
            await job.provider.fetch(made.ticket, raw, job.teller.part(ORDERED, MADE))
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
            cost_usd=str(made.cost),
            work_id=str(job.work.id),
            provider_request_id=made.ticket.request_id,
        )

    async def _keep(
        self, event: SceneEvent, data: bytes | Path, suffix: str, content_type: str
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
        scene_index=job.teller.index,
        scene_count=count_of(job.event),
        take=take_of(job.event),
        clip=take.clip,
        provider=take.provider,
        provider_request_id=take.provider_request_id,
        cost_usd=Decimal(0) if reused else Decimal(take.cost_usd),
        reused=reused,
    )
