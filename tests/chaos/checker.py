"""Judges what was found: each promise is a function that names what breaks it. Pure."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final
from uuid import UUID

from contracts import events as e
from contracts.documents import Plan
from contracts.values import Transition
from projector.domain.fold import FOLDED, apply
from projector.domain.state import TERMINAL, Arrived, JobState, JobType, ScriptState, Status

from tests.chaos import paying
from tests.chaos.customers import Film
from tests.chaos.evidence import Evidence, Told, shuffled

_ORDERS: Final = 3
"""In how many other orders a job's events are folded."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the last line of a run tells, and every broken promise."""

    succeeded: int
    failed: int
    lost: int
    scenes: int
    paid_twice: int
    duplicates: int
    webhooks: int
    providers: Mapping[str, Mapping[str, Any]]
    violations: tuple[str, ...]


def judge(evidence: Evidence) -> Verdict:
    """Hold the evidence against every promise."""
    ends = Counter(_status(evidence, film) for film in evidence.films)
    broken = [
        f"{promise}: {what}" for promise, check in PROMISES.items() for what in check(evidence)
    ]
    return Verdict(
        succeeded=ends[Status.SUCCEEDED],
        failed=ends[Status.FAILED],
        lost=sum(1 for _ in lost(evidence)),
        scenes=len(paying.made(evidence)),
        paid_twice=sum(paying.surplus(evidence.bills).values()),
        duplicates=evidence.duplicates,
        webhooks=sum(isinstance(fact.event, e.ProviderCalledBack) for fact in evidence.told),
        providers=paying.by_provider(evidence),
        violations=tuple(broken),
    )


def _status(evidence: Evidence, film: Film) -> Status | None:
    job = evidence.jobs.get(UUID(film.job_id)) if film.job_id else None
    return None if job is None else job.status


# --- the promises --------------------------------------------------------------------------------


def lost(evidence: Evidence) -> Iterator[str]:
    """Films that nobody makes any more, or that were never begun."""
    for film in evidence.films:
        status = _status(evidence, film)
        if film.refused:
            yield f"order {film.order.number}: {film.refused}"
        elif status not in TERMINAL:
            yield f"order {film.order.number}: job {film.job_id or 'never answered'} is {status}"


def _every_job_ends(evidence: Evidence) -> Iterator[str]:
    for job in evidence.jobs.values():
        if job.status not in TERMINAL:
            yield f"{job.type} {job.id} is {job.status} in stage {job.stage}"


def _asked_once_begun_once(evidence: Evidence) -> Iterator[str]:
    asked = {
        JobType.IMPORT: {film.import_id for film in evidence.films},
        JobType.GENERATION: {film.job_id for film in evidence.films},
        JobType.UPLOAD: {film.upload_id for film in evidence.films},
    }
    for job in evidence.jobs.values():
        if str(job.id) not in asked[job.type]:
            yield f"{job.type} {job.id} was begun, but nobody was told of it"


def _failure_has_a_cause(evidence: Evidence) -> Iterator[str]:
    """Only a scene that its providers lost for good may fail a job."""
    for job in evidence.jobs.values():
        if job.status is Status.FAILED and not paying.scene_was_lost(evidence, job.id):
            yield f"{job.type} {job.id} failed with {job.error_code}: {job.error_message}"
        if job.status is Status.CANCELLED:
            yield f"{job.type} {job.id} is cancelled, but nobody asked for that"


def _done_once(evidence: Evidence) -> Iterator[str]:
    """A plan, a scene, a film, an upload: each is told once, under one id."""
    once = (e.ScriptReady, e.ScenesPlanned, e.SceneGenerated, e.VideoStitched, e.VideoPublished)
    facts = Counter(
        (fact.event.TYPE, fact.event.job_id, getattr(fact.event, "scene_index", None))
        for fact in evidence.told
        if isinstance(fact.event, once)
    )
    for (name, job_id, scene), times in facts.items():
        if times > 1:
            yield f"{name} of job {job_id}, scene {scene}, was told {times} times"


def _films_are_whole(evidence: Evidence) -> Iterator[str]:
    for film in evidence.films:
        if _status(evidence, film) is not Status.SUCCEEDED:
            continue
        job_id = UUID(film.job_id)
        plan, file = evidence.plans[job_id], evidence.files.get(job_id)
        frames = film_frames(plan)
        if len(plan.scenes) != film.order.scenes:
            yield f"job {job_id}: {len(plan.scenes)} scenes, {film.order.scenes} were written"
        if file is None:
            yield f"job {job_id} succeeded without a film"
        elif file.damage or file.frames != frames:
            yield f"film of job {job_id}: {file.damage or f'{file.frames} frames, not {frames}'}"
    for job_id in evidence.files:
        if evidence.jobs[job_id].status is not Status.SUCCEEDED:
            yield f"job {job_id} has a film, but is {evidence.jobs[job_id].status}"


def film_frames(plan: Plan) -> int:
    """How long a film has to be: its card and its scenes, less what neighbours share."""
    settings = plan.settings
    lengths = [scene.frames for scene in plan.scenes]
    if settings.titles.title:
        lengths.insert(0, round(settings.titles.seconds * settings.fps))
    cuts = settings.transition is Transition.CUT
    joint = 0 if cuts else round(settings.transition_seconds * settings.fps)
    return sum(lengths) - sum(min(joint, min(pair) // 2) for pair in pairwise(lengths))


def _downloads_are_the_film(evidence: Evidence) -> Iterator[str]:
    announced = {
        str(fact.event.job_id): fact.event.video.sha256
        for fact in evidence.told
        if isinstance(fact.event, e.VideoStitched)
    }
    for film in evidence.films:
        if film.status == Status.SUCCEEDED and film.sha256 != announced.get(film.job_id):
            yield f"the download of job {film.job_id} is not its film"


def _published(evidence: Evidence) -> Iterator[str]:
    for upload_id, file in evidence.published.items():
        if evidence.jobs[upload_id].status is Status.SUCCEEDED and file.damage:
            yield f"upload {upload_id}: {file.damage}"


def _nothing_left_over(evidence: Evidence) -> Iterator[str]:
    yield from evidence.leftovers


def _bus_has_everything(evidence: Evidence) -> Iterator[str]:
    for fact in evidence.told:
        if not evidence.bus.events[fact.topic][str(fact.id)]:
            yield f"{fact.topic} {fact.id} of {fact.service} is not on the bus"
    known = {str(fact.id) for fact in evidence.told}
    for topic, ids in evidence.bus.events.items():
        for strange in ids.keys() - known:
            yield f"{topic} {strange} is on the bus, but in no outbox"
    for letter in evidence.bus.dead:
        yield f"a dead letter: {letter}"


def _read_model_is_the_fold(evidence: Evidence) -> Iterator[str]:
    by_job: dict[UUID, dict[UUID, Told]] = {}
    for fact in evidence.told:
        if type(fact.event) in FOLDED:
            by_job.setdefault(fact.event.job_id, {})[fact.id] = fact
    for job in evidence.jobs.values():
        facts = by_job.get(job.id, {})
        applied = list(evidence.applied.get(job.id, ()))
        if set(applied) != facts.keys() or len(applied) != len(facts):
            missing = [facts[n].event.TYPE for n in facts.keys() - set(applied)]
            yield f"job {job.id}: {len(facts)} events, {len(applied)} applied; missing {missing}"
            continue
        orders = [applied]
        if job.status is Status.SUCCEEDED:  # of two failures the first one counts
            orders += [shuffled(applied, n) for n in range(_ORDERS)]
        for order in orders:
            arrived = [Arrived(n, facts[n].event) for n in order]
            folded, _ = apply(_unborn(job), arrived)
            if folded != job:
                yield f"job {job.id} is not the fold of its events: {_difference(folded, job)}"
                break


def _unborn(job: JobState) -> JobState:
    """The job as it was before its first event."""
    script = None if job.script is None else ScriptState(job.script.id, title=job.script.title)
    return replace(
        JobState(job.id, job.user_id, job.project_id, job.type),
        cancel_requested=job.cancel_requested,
        script=script,
    )


def _difference(folded: JobState, job: JobState) -> str:
    names = [name for name in JobState.__dataclass_fields__ if name != "scenes"]
    told = [
        f"{name} {getattr(job, name)!r} should be {getattr(folded, name)!r}"
        for name in names
        if getattr(job, name) != getattr(folded, name)
    ]
    scenes = [
        f"scene {key[0]} take {key[1]} {job.scenes.get(key)} should be {scene}"
        for key, scene in folded.scenes.items()
        if job.scenes.get(key) != scene
    ]
    return "; ".join([*told, *scenes])[:800]


def _watchers_saw_everything(evidence: Evidence) -> Iterator[str]:
    for film in evidence.films:
        watcher = film.watcher
        if watcher is None:
            continue
        if watcher.seen != list(range(1, len(watcher.seen) + 1)):
            yield f"watcher of job {film.job_id} saw {watcher.seen}"
        if not watcher.ended:
            yield f"watcher of job {film.job_id} never saw its end"
        elif watcher.ended in TERMINAL and watcher.ended != _status(evidence, film):
            yield f"watcher of job {film.job_id} saw {watcher.ended}"


def _everybody_is_well(evidence: Evidence) -> Iterator[str]:
    for name, trouble in evidence.troubles.items():
        yield f"{name} is not ready: {trouble}"


def _stops_are_orderly(evidence: Evidence) -> Iterator[str]:
    yield from evidence.complaints


PROMISES: Final[Mapping[str, Callable[[Evidence], Iterator[str]]]] = {
    "no job is lost": lost,
    "every job ends": _every_job_ends,
    "what was asked once is begun once": _asked_once_begun_once,
    "a failure has a cause outside": _failure_has_a_cause,
    "every scene is paid once": paying.paid_once,
    "the books are true": paying.books_are_true,
    "everything is done once": _done_once,
    "every film is whole": _films_are_whole,
    "a download is the film": _downloads_are_the_film,
    "what is published is the film": _published,
    "nothing is left over": _nothing_left_over,
    "the bus has every event": _bus_has_everything,
    "the read model is the fold of the log": _read_model_is_the_fold,
    "watchers see every change in order": _watchers_saw_everything,
    "every replica is well afterwards": _everybody_is_well,
    "stops are orderly": _stops_are_orderly,
}
