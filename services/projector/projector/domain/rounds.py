"""The rounds of an import: sources that were given, and those that gave no words.

Rounds only rise, and within a round "no words" comes after "given". So in whatever order they
arrive, the job waits for its user exactly if the newest source gave no words.
"""

from dataclasses import replace

from contracts import events as e

from projector.domain.state import TERMINAL, JobState, Status


def given(job: JobState, event: e.ImportRequested) -> JobState:
    """A source was given; if it is newer than what was missed, the job no longer waits."""
    if event.round <= job.source_round:
        return job
    return at_work(replace(job, source_round=event.round))


def missed(job: JobState, event: e.SourceNeeded) -> JobState:
    """A source gave no words. A job that is past its source is not held up by it."""
    if event.round < job.source_round:
        return job
    told = (event.code.value, event.message)
    if job.status is Status.NEEDS_SOURCE and event.round == job.source_round:
        # Which of two is told must not depend on which came first.
        told = min(told, (job.error_code or "", job.error_message or ""))
    job = replace(job, source_round=event.round)
    if job.status in TERMINAL or job.stage != "transcript":
        return job
    return replace(job, status=Status.NEEDS_SOURCE, error_code=told[0], error_message=told[1])


def at_work(job: JobState) -> JobState:
    """The job without its wait, if it had one."""
    if job.status is not Status.NEEDS_SOURCE:
        return job
    return replace(job, status=Status.RUNNING, error_code=None, error_message=None)
