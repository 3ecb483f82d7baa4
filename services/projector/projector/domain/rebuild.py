"""A job's rows made anew from its kept events alone."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from contracts import events as e

from projector.domain.fold import apply
from projector.domain.state import (
    STAGES,
    Applied,
    Arrived,
    Change,
    ExportState,
    JobState,
    JobType,
    ScriptState,
    Status,
)

_FIRST: Final[Mapping[JobType, type[e.Event]]] = {
    JobType.IMPORT: e.ImportRequested,
    JobType.GENERATION: e.GenerationRequested,
    JobType.UPLOAD: e.UploadRequested,
    JobType.CHARACTER: e.CharacterRequested,
}


def blank(job: JobState) -> JobState:
    """The job as the gateway made it: what its user owns stays, what was folded is gone."""
    script = job.script
    if script is not None:
        # The title and the language may be the user's own; the fold keeps or replaces them.
        script = ScriptState(script.id, title=script.title, language=script.language)
    return JobState(
        id=job.id,
        user_id=job.user_id,
        project_id=job.project_id,
        type=job.type,
        status=Status.QUEUED,
        stage=next(iter(STAGES[job.type])),
        cancel_requested=job.cancel_requested,
        review=job.review,
        exports={
            key: ExportState(key, cancel_requested=export.cancel_requested)
            for key, export in job.exports.items()
        },
        script=script,
    )


def whole(job: JobState, written: Sequence[Applied], kept: Sequence[Arrived]) -> bool:
    """Whether ``kept`` is the job's whole story: its request and everything applied to it."""
    ids = {item.id for item in kept}
    return (
        len(ids) >= job.version
        and all(row.event_id in ids for row in written)
        and any(isinstance(item.event, _FIRST[job.type]) for item in kept)
    )


def rebuild(job: JobState, written: Sequence[Applied], kept: Sequence[Arrived]) -> Change | None:
    """The job folded anew, or ``None`` if ``kept`` is not its whole story.

    ``written`` are its rows of ``job_events``, ``kept`` its events, the oldest first. Events keep
    the number they had, so a client's ``Last-Event-ID`` still means the same.
    """
    if not whole(job, written, kept):
        return None
    after, applied = apply(blank(job), _in_their_order(written, kept))
    return Change(job, after, applied)


def _in_their_order(written: Sequence[Applied], kept: Sequence[Arrived]) -> Iterator[Arrived]:
    """Each event at the number it had; others in the gaps, then at the end, by age."""
    by_id = {item.id: item for item in kept}
    numbered = {row.seq: by_id.pop(row.event_id) for row in written}
    others = list(by_id.values())
    last = max(numbered, default=0)
    for seq in range(1, last + 1):
        if seq in numbered:
            yield numbered[seq]
        elif others:
            yield others.pop(0)
    yield from others


def differs(change: Change, written: Sequence[Applied]) -> bool:
    """Whether the rows there are say anything else."""
    return change.before != change.after or list(change.applied) != list(written)
