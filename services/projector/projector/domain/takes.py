"""The takes of a film's scenes. Each is a row of its own and only moves up its own rank.

A scene that was made again keeps what it had: its first take is as true as before, and as paid. So
takes never overwrite each other, and in whatever order their events arrive, the rows are the same.
"""

from collections.abc import Set as AbstractSet
from dataclasses import replace
from decimal import Decimal
from typing import Final

from contracts import events as e

from projector.domain import films
from projector.domain.state import SCENE_RANK, JobState, SceneState, Status

# What the column holds: numeric(12, 6).
_STEP: Final = Decimal("0.000001")
COST_LIMIT: Final = Decimal("999999.999999")
_ENDED: Final = frozenset({Status.SUCCEEDED, Status.FAILED})


def planned(job: JobState, event: e.ScenesPlanned) -> JobState:
    """Every scene has a first take; what was asked of later ones stays as it was asked."""
    takes = dict(job.scenes)
    for scene in event.scenes:
        takes.setdefault((scene.index, 1), SceneState(scene.index))
        told = {
            "text": scene.prompt,
            "frames": scene.frames,
            "characters": list(scene.characters),
        }
        for key in [key for key in takes if key[0] == scene.index]:
            prompt = told if key[1] == 1 else told | dict(takes[key].prompt or {})
            takes[key] = replace(takes[key], title=scene.title, prompt=prompt)
    return replace(job, scenes=takes, scene_count=len(event.scenes))


def requested(job: JobState, event: e.SceneRequested) -> JobState:
    """Another take, of what the user changed."""
    take = _take(job, event.scene_index, event.take)
    asked = {
        "text": event.prompt,
        "negative_prompt": event.negative_prompt,
        "providers": list(event.providers),
        "seed": event.seed,
    }
    job = replace(job, scene_count=job.scene_count or event.scene_count)
    return _with(job, replace(take, prompt=dict(take.prompt or {}) | asked))


def progressed(job: JobState, event: e.SceneProgressed) -> JobState:
    """A take is being made."""
    take = _take(job, event.scene_index, event.take)
    if take.status is Status.SUCCEEDED:
        return job
    # Who got furthest is shown: which of two providers told last may differ from read to read.
    told = (min(99, int(event.progress * 100)), event.provider)
    percent, provider = max((take.progress, take.provider or ""), told)
    # What was paid in vain only grows, in whatever order it is heard of.
    wasted = max(take.cost_usd, _dollars(event.cost_usd or Decimal(0)))
    take = replace(take, progress=percent, provider=provider, cost_usd=wasted)
    if SCENE_RANK[take.status] < SCENE_RANK[Status.RUNNING]:
        take = replace(take, status=Status.RUNNING)
    return _with(job, take)


def generated(job: JobState, event: e.SceneGenerated) -> JobState:
    """A take is there."""
    job = replace(job, scene_count=job.scene_count or event.scene_count)
    take = _take(job, event.scene_index, event.take)
    if take.status is Status.SUCCEEDED:
        return job
    made = replace(
        take,
        status=Status.SUCCEEDED,
        progress=100,
        s3_key=event.clip.video.key,
        poster_key=event.clip.poster.key,
        provider=event.provider,
        reused=event.reused,
        cost_usd=_dollars(event.cost_usd),
        error_code=None,
        error_message=None,
    )
    return _with(job, made)


def failed(job: JobState, event: e.StageFailed, index: int) -> JobState:
    """A take will not be there."""
    take = _take(job, index, event.take or 1)
    if SCENE_RANK[take.status] >= SCENE_RANK[Status.FAILED]:
        return job
    return _with(
        job,
        replace(
            take,
            status=Status.FAILED,
            error_code=event.code.value,
            error_message=event.message,
        ),
    )


def stopped(job: JobState) -> JobState:
    """Nothing more is made for this job."""
    return replace(job, scenes={key: _stopped(take) for key, take in job.scenes.items()})


def paid(job: JobState, what: str, usd: Decimal) -> JobState:
    """What was paid besides the takes; of several sums for the same the largest is the whole."""
    most = max(_dollars(usd), Decimal(job.costs.get(what, "0")))
    return replace(job, costs={**job.costs, what: str(most)}) if most else job


def cost(job: JobState) -> Decimal:
    """Everything that was paid for a job, in US dollars."""
    others = (Decimal(usd) for usd in job.costs.values())
    takes = (take.cost_usd for take in job.scenes.values())
    return _dollars(sum((*others, *takes), Decimal(0)))


def made(job: JobState) -> AbstractSet[int]:
    """The scenes of which a take is there."""
    return {index for (index, _), take in job.scenes.items() if take.status is Status.SUCCEEDED}


def to_review(job: JobState) -> bool:
    """Whether the user is to look: of every scene a take is there, or was given up.

    A take that has ended stays so; hence this once true stays true until a film is asked for. It
    is true again when that film could not be made.
    """
    ended = {index for (index, _), take in job.scenes.items() if take.status in _ENDED}
    joining = job.cut and not films.failed(job)
    return job.review and not joining and 0 < (job.scene_count or 0) <= len(ended)


def progress(job: JobState) -> int:
    """The sum of the scenes' progress, each as far as its furthest take."""
    best: dict[int, int] = {}
    for (index, _), take in job.scenes.items():
        best[index] = max(best.get(index, 0), take.progress)
    return sum(best.values())


def _take(job: JobState, index: int, take: int) -> SceneState:
    found = job.scenes.get((index, take))
    if found is not None:
        return found
    first = job.scenes.get((index, 1), SceneState(index))
    return SceneState(index, take=take, title=first.title, prompt=first.prompt)


def _with(job: JobState, take: SceneState) -> JobState:
    return replace(job, scenes={**job.scenes, (take.index, take.take): take})


def _stopped(take: SceneState) -> SceneState:
    if SCENE_RANK[take.status] >= SCENE_RANK[Status.CANCELLED]:
        return take
    return replace(take, status=Status.CANCELLED)


def _dollars(usd: Decimal) -> Decimal:
    return min(usd, COST_LIMIT).quantize(_STEP)
