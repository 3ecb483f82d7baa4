"""Any order, any repetition, any loss that was replayed: the same rows."""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from contracts import events as e
from hypothesis import given, settings
from hypothesis import strategies as st
from projector.domain.fold import apply, fold
from projector.domain.rebuild import blank, differs, rebuild
from projector.domain.state import (
    TERMINAL,
    Applied,
    Arrived,
    JobState,
    JobType,
    ScriptState,
    Status,
)

from tests.unit.projector.histories import (
    History,
    batches,
    cut_and_replayed,
    histories,
    interleaved,
    repeated,
)
from tests.unit.projector.making import SCRIPT, new_job

Way = Callable[[Sequence[Arrived], random.Random], list[Arrived]]
seeds = st.integers(0, 2**32)
unhurried = settings(deadline=None)  # a busy machine is no failure


def deliver(job: JobState, parts: Sequence[Sequence[Arrived]]) -> tuple[JobState, list[Applied]]:
    """Batch by batch, as the projector does: what was applied before is known."""
    rows: list[Applied] = []
    for part in parts:
        job, applied = apply(job, part, {row.event_id for row in rows})
        rows += applied
    return job, rows


@pytest.mark.parametrize("way", [interleaved, repeated, cut_and_replayed])
@unhurried
@given(story=histories, seed=seeds)
def test_any_way_of_arriving_ends_in_the_same_rows(way: Way, story: History, seed: int) -> None:
    dice = random.Random(seed)
    straight, _ = apply(story.job, story.arrived)
    arrived = repeated(way(story.arrived, dice), dice)
    job, rows = deliver(story.job, batches(arrived, dice))
    assert job == straight
    assert {row.event_id for row in rows} == {item.id for item in story.arrived}
    assert [row.seq for row in rows] == list(range(1, len(story.arrived) + 1))
    assert rows[-1].data["job"]["version"] == job.version == len(story.arrived)


@unhurried
@given(story=histories, seed=seeds)
def test_a_finished_job_stays_as_it_ended(story: History, seed: int) -> None:
    job = story.job
    seen: list[Status] = []
    for item in interleaved(story.arrived, random.Random(seed)):
        job = fold(job, item.event)
        seen.append(job.status)
    ends = [status for status in seen if status in TERMINAL]
    assert len(set(ends)) <= 1
    assert seen[len(seen) - len(ends) :] == ends


@unhurried
@given(story=histories, seed=seeds)
def test_progress_and_stage_never_fall_while_a_job_lives(story: History, seed: int) -> None:
    job = story.job
    for item in interleaved(story.arrived, random.Random(seed)):
        after = fold(job, item.event)
        assert after.progress >= job.progress
        for key, export in after.exports.items():
            assert export.progress >= job.exports[key].progress
        job = after


@unhurried
@given(story=histories, seed=seeds)
def test_exports_change_nothing_of_their_job(story: History, seed: int) -> None:
    def beside(event: e.Event) -> bool:
        own = getattr(event, "export_id", None)
        return own is not None and (not isinstance(event, e.StitchRequested) or event.export)

    arrived = interleaved(story.arrived, random.Random(seed))
    job, _ = apply(story.job, arrived)
    alone, _ = apply(story.job, [item for item in arrived if not beside(item.event)])
    assert replace(job, exports={}, version=0) == replace(alone, exports={}, version=0)


@unhurried
@given(story=histories, seed=seeds)
def test_an_export_ends_as_the_stitcher_says_unless_it_or_its_job_was_given_up(
    story: History, seed: int
) -> None:
    job, _ = apply(story.job, interleaved(story.arrived, random.Random(seed)))
    said = [item.event for item in story.arrived]
    for key, export in job.exports.items():
        unwanted = export.cancel_requested
        own = [event for event in said if getattr(event, "export_id", None) == key]
        made = any(isinstance(event, e.VideoStitched) for event in own) and not unwanted
        lost = any(isinstance(event, e.StageFailed) for event in own) and not unwanted
        assert (export.status is Status.SUCCEEDED) == made
        assert (export.result is not None) == made
        assert (export.status is Status.FAILED) == lost
        given_up = job.status is Status.CANCELLED and not made and not lost
        assert (export.status is Status.CANCELLED) == (unwanted or given_up)
        assert (export.error_code == "CANCELLED") == (given_up and not unwanted)


@unhurried
@given(story=histories, seed=seeds)
def test_rebuilt_rows_equal_the_rows_before(story: History, seed: int) -> None:
    dice = random.Random(seed)
    job, rows = deliver(story.job, [interleaved(story.arrived, dice)])
    change = rebuild(job, rows, story.arrived)
    assert change is not None
    assert (change.after, list(change.applied)) == (job, rows)
    assert not differs(change, rows)


@unhurried
@given(story=histories, seed=seeds, lost=st.data())
def test_lost_rows_come_back_and_the_others_keep_their_numbers(
    story: History, seed: int, lost: st.DataObject
) -> None:
    job, rows = deliver(story.job, [interleaved(story.arrived, random.Random(seed))])
    left = lost.draw(
        st.lists(st.sampled_from(rows), unique_by=lambda row: row.seq).map(
            lambda some: sorted(some, key=lambda row: row.seq)
        )
    )
    change = rebuild(job, left, story.arrived)
    assert change is not None
    numbers = {row.event_id: row.seq for row in change.applied}
    assert numbers.keys() == {item.id for item in story.arrived}
    assert all(numbers[row.event_id] == row.seq for row in left)
    assert change.after == job


@unhurried
@given(story=histories, seed=seeds)
def test_a_job_whose_story_is_not_kept_whole_is_left_alone(story: History, seed: int) -> None:
    dice = random.Random(seed)
    job, rows = deliver(story.job, [story.arrived])
    missing = dice.randrange(len(story.arrived))
    kept = [item for n, item in enumerate(story.arrived) if n != missing]
    assert rebuild(job, rows, kept) is None
    assert rebuild(job, [], kept) is None


def test_what_a_user_owns_survives_a_rebuild() -> None:
    job = replace(new_job(JobType.GENERATION), cancel_requested=True)
    done = replace(job, status=Status.FAILED, version=7, error_code="INTERNAL", progress=40)
    assert blank(done) == replace(job, stage="planning")
    imported = replace(new_job(JobType.IMPORT), script=ScriptState(SCRIPT, "ready", "Mine", "en"))
    assert blank(imported).script == ScriptState(SCRIPT, "pending", "Mine", "en")
