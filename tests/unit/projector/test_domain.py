"""The fold, example by example: stages, failures, cancelling, takes, and what clients see."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest
from contracts import events as e
from contracts.errors import ErrorCode
from projector.domain.fold import apply, fold
from projector.domain.public import public_change
from projector.domain.state import Arrived, JobType, SceneState, ScriptState, Status
from projector.domain.takes import COST_LIMIT

from tests.unit.projector.making import (
    IDS,
    SCRIPT,
    cancelled,
    failed,
    fold_all,
    generated,
    import_requested,
    new_job,
    planned,
    progressed,
    published,
    requested,
    script_ready,
    source_needed,
    stitched,
    transcript_ready,
)


def test_a_generation_job_goes_through_its_stages() -> None:
    job = new_job(JobType.GENERATION)
    seen: list[tuple[str, str | None, int]] = []
    for event in (
        requested(),
        planned(2),
        progressed(0, 0.5),
        generated(0, 2),
        generated(1, 2),
        stitched(2),
    ):
        job = fold(job, event)
        seen.append((job.status.value, job.stage, job.progress))
    assert seen == [
        ("running", "planning", 2),
        ("running", "scenes", 5),
        ("running", "scenes", 25),
        ("running", "scenes", 45),
        ("running", "stitching", 85),
        ("succeeded", "done", 100),
    ]
    assert job.result is not None
    assert job.result["seconds"] == 4.0
    assert job.result["video"]["key"] == job.result_s3_key == "film.mp4"
    assert [scene.title for scene in job.scenes.values()] == ["Scene 0", "Scene 1"]
    assert job.scenes[1, 1].cost_usd == Decimal("0.25")


def test_an_import_job_fills_its_script() -> None:
    job = new_job(JobType.IMPORT)
    job = fold(job, import_requested())
    assert (job.status, job.stage, job.progress) == (Status.RUNNING, "transcript", 5)
    job = fold(job, transcript_ready())
    assert (job.stage, job.progress) == ("script", 50)
    job = fold(job, script_ready())
    assert (job.status, job.stage, job.progress) == (Status.SUCCEEDED, "done", 100)
    assert job.script is not None
    assert (job.script.status, job.script.title, job.script.words) == ("ready", "Moon", 20)
    named = replace(new_job(JobType.IMPORT), script=ScriptState(SCRIPT, title="Mine"))
    kept = fold(named, script_ready()).script
    assert kept is not None
    assert kept.title == "Mine"


def test_a_failed_import_fails_its_script() -> None:
    job = fold(new_job(JobType.IMPORT), failed(None, ErrorCode.TRANSCRIPT_MISSING))
    assert (job.status, job.error_code) == (Status.FAILED, "TRANSCRIPT_MISSING")
    assert job.script is not None
    assert job.script.status == "failed"


def test_an_import_without_words_waits_for_its_user_and_runs_on_with_the_next_source() -> None:
    job = fold_all(new_job(JobType.IMPORT), import_requested(), source_needed())
    assert (job.status, job.stage, job.progress) == (Status.NEEDS_SOURCE, "transcript", 5)
    assert (job.error_code, job.error_message) == ("TRANSCRIPT_MISSING", "no captions")
    assert job.script is not None
    assert job.script.status == "pending"
    seen = public_change(new_job(JobType.IMPORT), job)["job"]
    assert (seen["status"], seen["error"]["code"]) == ("needs_source", "TRANSCRIPT_MISSING")
    assert seen["error"]["next_step"]

    again = fold(job, import_requested(2))
    assert (again.status, again.error_code, again.source_round) == (Status.RUNNING, None, 2)
    assert fold(again, source_needed(1)) == again
    blocked = fold(again, source_needed(2, ErrorCode.SOURCE_BLOCKED))
    assert (blocked.status, blocked.error_code) == (Status.NEEDS_SOURCE, "SOURCE_BLOCKED")

    done = fold_all(blocked, import_requested(3), transcript_ready(), script_ready())
    assert (done.status, done.error_code, done.progress) == (Status.SUCCEEDED, None, 100)


def test_words_that_are_there_are_not_asked_for_again() -> None:
    job = fold_all(new_job(JobType.IMPORT), transcript_ready(), source_needed())
    assert (job.status, job.stage) == (Status.RUNNING, "script")
    late = fold_all(new_job(JobType.IMPORT), source_needed(), transcript_ready())
    assert (late.status, late.error_code) == (Status.RUNNING, None)
    done = fold_all(new_job(JobType.IMPORT), script_ready(), source_needed())
    assert done.status is Status.SUCCEEDED


@pytest.mark.parametrize("end", [cancelled(), failed(None)])
def test_a_job_that_waits_for_its_user_can_still_end(end: e.Event) -> None:
    job = fold_all(new_job(JobType.IMPORT), import_requested(), source_needed(), end)
    assert job.status in {Status.CANCELLED, Status.FAILED}
    assert job.error_code in {"CANCELLED", "SCENE_TIMEOUT"}
    assert fold(job, import_requested(2)).status is job.status


def test_a_published_upload_succeeds_with_its_address() -> None:
    job = new_job(JobType.UPLOAD)
    job = fold(job, published())
    assert (job.status, job.progress) == (Status.SUCCEEDED, 100)
    assert job.result == {
        "channel": "folder",
        "video_id": "x",
        "url": "file:///x",
        "privacy": "private",
    }


def test_a_late_progress_never_undoes_a_generated_scene() -> None:
    job = fold_all(new_job(JobType.GENERATION), planned(1), generated(0, 1))
    assert fold(job, progressed(0, 0.4)) == job


def test_a_failed_scene_fails_the_job_and_stops_the_others() -> None:
    job = fold_all(new_job(JobType.GENERATION), planned(3), generated(0, 3), progressed(1, 0.3))
    job = fold(job, failed(1))
    assert (job.status, job.error_code, job.error_message) == (
        Status.FAILED,
        "SCENE_TIMEOUT",
        "too slow",
    )
    assert [job.scenes[i, 1].status.value for i in range(3)] == ["succeeded", "failed", "cancelled"]
    assert job.scenes[1, 1].error_code == "SCENE_TIMEOUT"
    late = fold_all(job, generated(2, 3), stitched(3), failed(2, ErrorCode.INTERNAL), cancelled())
    assert (late.status, late.error_code) == (Status.FAILED, "SCENE_TIMEOUT")
    assert late.scenes[2, 1].status is Status.SUCCEEDED


def test_cancel_wins_over_running_and_not_over_succeeded() -> None:
    running = fold_all(new_job(JobType.GENERATION), planned(1))
    stopped = fold(running, cancelled())
    assert (stopped.status, stopped.error_code) == (Status.CANCELLED, "CANCELLED")
    assert stopped.scenes[0, 1].status is Status.CANCELLED
    done = fold_all(running, generated(0, 1), stitched(1))
    assert fold(done, cancelled()).status is Status.SUCCEEDED


@pytest.mark.parametrize("end", [stitched(1), failed(None)])
def test_a_wish_to_cancel_that_came_first_wins_over_any_end(end: e.Event) -> None:
    job = replace(new_job(JobType.GENERATION), cancel_requested=True)
    assert fold(job, end).status is Status.CANCELLED


def test_a_new_take_is_a_row_of_its_own_and_the_first_one_stays() -> None:
    job = fold_all(new_job(JobType.GENERATION), planned(1), generated(0, 1))
    first = job.scenes[0, 1]
    again = e.SceneProgressed(**IDS, scene_index=0, take=2, progress=0.1, provider="replicate")
    job = fold(job, again)
    assert job.scenes == {
        (0, 1): first,
        (0, 2): SceneState(
            index=0,
            take=2,
            status=Status.RUNNING,
            progress=10,
            title="Scene 0",
            prompt={"text": "p0", "frames": 60, "characters": []},
            provider="replicate",
        ),
    }
    assert job.progress == 85


def test_events_of_another_type_of_job_change_nothing() -> None:
    job = new_job(JobType.UPLOAD)
    assert fold(job, planned(2)) == job


def test_an_event_is_applied_once_and_numbered() -> None:
    first, second = Arrived(UUID(int=1), requested()), Arrived(UUID(int=2), planned(2))
    job, applied = apply(new_job(JobType.GENERATION), [first, second, first])
    assert [(row.seq, row.event_id, row.type) for row in applied] == [
        (1, first.id, "generation.requested"),
        (2, second.id, "scenes.planned"),
    ]
    again, nothing = apply(job, [first, second], known={first.id, second.id})
    assert (again, nothing) == (job, [])


def test_clients_see_the_scenes_that_changed_and_no_object_keys() -> None:
    before = fold(new_job(JobType.GENERATION), planned(2))
    after = fold(before, generated(1, 2))
    change = public_change(before, after)
    assert [scene["scene_index"] for scene in change["scenes"]] == [1]
    assert change["job"]["progress"] == 45
    assert "clip1" not in str(change)
    lost = public_change(after, fold(after, failed(0)))
    assert lost["job"]["error"]["code"] == "SCENE_TIMEOUT"
    assert lost["job"]["error"]["next_step"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_several_failures_the_same_one_is_told_and_ours_last(order: tuple[int, int]) -> None:
    failures = (failed(0, ErrorCode.INTERNAL), failed(1, ErrorCode.SCENE_TIMEOUT))
    job = fold_all(new_job(JobType.GENERATION), planned(2), *(failures[n] for n in order))
    assert (job.status, job.error_code) == (Status.FAILED, "SCENE_TIMEOUT")
    assert [job.scenes[n, 1].error_code for n in range(2)] == ["INTERNAL", "SCENE_TIMEOUT"]


@pytest.mark.parametrize(
    ("cost", "kept"),
    [
        ("0.1234567", Decimal("0.123457")),
        ("1e30", COST_LIMIT),
    ],
)
def test_a_cost_is_what_the_column_can_hold(cost: str, kept: Decimal) -> None:
    event = generated(0, 1).model_copy(update={"cost_usd": Decimal(cost)})
    assert fold(new_job(JobType.GENERATION), event).scenes[0, 1].cost_usd == kept


def test_what_was_paid_in_vain_counts_whether_the_take_fails_or_is_made() -> None:
    def wasted(usd: str) -> e.SceneProgressed:
        return progressed(0, 0.1).model_copy(update={"cost_usd": Decimal(usd)})

    begun = fold_all(new_job(JobType.GENERATION), planned(2), wasted("0.05"), wasted("0.10"))
    assert begun.cost_usd == Decimal("0.10")
    # Told again, late and out of order, it is still the same money.
    lost = fold_all(begun, failed(0), wasted("0.05"), wasted("0.10"))
    assert (lost.scenes[0, 1].status, lost.cost_usd) == (Status.FAILED, Decimal("0.10"))
    whole = generated(0, 2).model_copy(update={"cost_usd": Decimal("0.15")})
    made = fold_all(begun, whole, wasted("0.10"))
    assert made.cost_usd == Decimal("0.15")
