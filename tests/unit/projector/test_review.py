"""Jobs that wait for a review: takes, approval, and what it all cost."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest
from contracts import events as e
from contracts.errors import ErrorCode
from projector.domain.fold import fold
from projector.domain.public import public_change
from projector.domain.state import ExportState, JobState, JobType, Status

from tests.unit.projector.making import (
    cancelled,
    export_dropped,
    export_requested,
    failed,
    fold_all,
    generated,
    joined,
    new_job,
    not_joined,
    planned,
    progressed,
    stitch_requested,
    stitched,
    take_requested,
)

EXPORT = UUID("00000000-0000-4000-8000-000000000009")


@pytest.fixture
def waiting() -> JobState:
    job = new_job(JobType.GENERATION, review=True)
    return fold_all(job, planned(2), generated(0, 2), generated(1, 2))


def test_all_scenes_are_made_and_the_job_waits_for_its_user(waiting: JobState) -> None:
    assert (waiting.status, waiting.stage) == (Status.NEEDS_REVIEW, "review")
    asked = fold(waiting, stitch_requested(2))
    assert (asked.status, asked.stage, asked.progress) == (Status.RUNNING, "stitching", 85)
    done = fold(asked, stitched(2, 1))
    assert (done.status, done.result_s3_key) == (Status.SUCCEEDED, "film1.mp4")


def test_a_scene_that_failed_waits_for_its_user_too() -> None:
    job = new_job(JobType.GENERATION, review=True)
    job = fold_all(job, planned(2), generated(0, 2), failed(1))
    assert (job.status, job.error_code) == (Status.NEEDS_REVIEW, None)
    assert job.scenes[1, 1].error_code == "SCENE_TIMEOUT"


def test_a_job_is_given_up_during_its_review(waiting: JobState) -> None:
    job = fold_all(waiting, take_requested(0, 2), cancelled())
    assert job.status is Status.CANCELLED
    assert job.scenes[0, 2].status is Status.CANCELLED
    assert fold(job, stitched(2, 1)).status is Status.CANCELLED


def test_a_take_that_failed_takes_nothing_from_the_film(waiting: JobState) -> None:
    job = fold_all(waiting, take_requested(0, 2), failed(0, ErrorCode.AI_PROVIDER_FAILURE, 2))
    assert job.status is Status.NEEDS_REVIEW
    assert [take.status.value for take in job.scenes.values()] == [
        "succeeded",
        "succeeded",
        "failed",
    ]


def test_a_take_says_what_was_asked_of_it(waiting: JobState) -> None:
    job = fold(waiting, take_requested(0, 2))
    take = job.scenes[0, 2]
    assert (take.status, take.title) == (Status.QUEUED, "Scene 0")
    assert take.prompt is not None
    assert (take.prompt["text"], take.prompt["frames"]) == ("p0 at night", 60)
    shown = public_change(waiting, job)["scenes"]
    assert [(scene["scene_index"], scene["take"]) for scene in shown] == [(0, 2)]
    assert "p0" not in str(shown)


def test_every_take_is_paid_for_and_counted(waiting: JobState) -> None:
    job = fold_all(waiting, take_requested(0, 2), progressed(0, 0.5, take=2), generated(0, 2, 2))
    assert waiting.cost_usd == Decimal("0.5")
    assert job.cost_usd == Decimal("0.75")
    paid = planned(2).model_copy(update={"cost_usd": Decimal("0.0012")})
    assert fold(job, paid).cost_usd == Decimal("0.7512")


def test_the_newest_film_is_the_result_in_whatever_order_they_come(waiting: JobState) -> None:
    for order in ((1, 2), (2, 1)):
        job = fold_all(waiting, *(stitched(2, cut) for cut in order))
        assert (job.status, job.result_s3_key, job.cut) == (Status.SUCCEEDED, "film2.mp4", 2)


def test_a_film_that_could_not_be_joined_gives_the_scenes_back_to_their_user(
    waiting: JobState,
) -> None:
    job = fold_all(waiting, stitch_requested(2), joined(0.5), not_joined(1))
    assert (job.status, job.error_code, job.progress) == (Status.NEEDS_REVIEW, None, 92)
    told = public_change(waiting, job)["job"]["film_error"]
    assert (told["code"], told["message"], bool(told["next_step"])) == (
        "STITCH_FAILED",
        "no film",
        True,
    )
    again = fold(job, stitch_requested(2, 2))
    assert again.status is Status.RUNNING
    assert public_change(job, again)["job"]["film_error"] is None
    assert fold(again, stitched(2, 2)).status is Status.SUCCEEDED


def test_a_later_film_that_fails_takes_nothing_from_the_one_there_is_and_is_told() -> None:
    job = fold_all(new_job(JobType.GENERATION), planned(1), generated(0, 1))
    ended = fold_all(job, stitched(1), stitch_requested(1), not_joined(1))
    early = fold_all(job, not_joined(1), stitch_requested(1), stitched(1))
    assert replace(ended, version=0) == replace(early, version=0)
    assert (ended.status, ended.result_s3_key) == (Status.SUCCEEDED, "film.mp4")
    assert ended.film_error == {"cut": 1, "code": "STITCH_FAILED", "message": "no film"}


def test_joining_moves_a_job_from_its_scenes_to_its_end_and_never_back() -> None:
    job = fold_all(new_job(JobType.GENERATION), planned(1), generated(0, 1))
    seen = [job.progress]
    for event in (joined(0.2), joined(0.9), joined(0.5), joined(1.0), stitched(1), joined(0.7)):
        job = fold(job, event)
        seen.append(job.progress)
    assert seen == [85, 88, 98, 98, 99, 100, 100]


def test_an_export_is_told_of_in_its_own_row_and_leaves_the_jobs_film(waiting: JobState) -> None:
    job = fold_all(waiting, stitch_requested(2), stitched(2, 1))
    job = replace(job, exports={EXPORT: ExportState(EXPORT)})
    done = fold_all(job, export_requested(EXPORT, 2), joined(0.4, EXPORT))
    assert (done.exports[EXPORT].status, done.exports[EXPORT].progress) == (Status.RUNNING, 40)
    change = public_change(job, done)
    assert change["exports"] == [
        {"export_id": str(EXPORT), "status": "running", "progress": 40, "error": None}
    ]
    paid = stitched(2, 0, EXPORT).model_copy(update={"voices_usd": Decimal("0.5")})
    done = fold_all(done, paid, joined(0.9, EXPORT), not_joined(export=EXPORT))
    assert (done.status, done.result, done.cut) == (Status.SUCCEEDED, job.result, 1)
    assert done.cost_usd == job.cost_usd + Decimal("0.5")
    export = done.exports[EXPORT]
    assert (export.status, export.progress, export.error_code) == (Status.SUCCEEDED, 100, None)
    assert export.result is not None
    assert export.result["seconds"] == 4.0


def test_an_export_that_fails_fails_alone_and_an_unknown_one_is_nobodys(waiting: JobState) -> None:
    job = replace(waiting, exports={EXPORT: ExportState(EXPORT)})
    lost = fold(job, not_joined(export=EXPORT))
    assert (lost.status, lost.error_code) == (Status.NEEDS_REVIEW, None)
    assert lost.exports[EXPORT].error_code == "STITCH_FAILED"
    assert fold(waiting, not_joined(export=EXPORT)) == waiting


def test_what_is_joined_beside_a_film_that_is_given_up_stops_with_it(waiting: JobState) -> None:
    job = replace(waiting, exports={EXPORT: ExportState(EXPORT)})
    job = fold_all(job, joined(0.4, EXPORT), cancelled())
    export = job.exports[EXPORT]
    assert (export.status, export.error_code) == (Status.CANCELLED, "CANCELLED")
    assert fold(job, stitched(2, 0, EXPORT)).exports[EXPORT].status is Status.SUCCEEDED


@pytest.mark.parametrize("late", [stitched(2, 0, EXPORT), not_joined(export=EXPORT)])
def test_an_export_that_its_user_gave_up_ends_cancelled_whatever_comes_of_it(
    waiting: JobState, late: e.Event
) -> None:
    job = replace(waiting, exports={EXPORT: ExportState(EXPORT, cancel_requested=True)})
    early = fold_all(job, joined(0.4, EXPORT), late, export_dropped(EXPORT))
    ended = fold_all(job, joined(0.4, EXPORT), export_dropped(EXPORT), late)
    assert early.exports == ended.exports
    export = ended.exports[EXPORT]
    assert (export.status, export.progress, export.result) == (Status.CANCELLED, 40, None)
    assert public_change(job, ended)["exports"] == [
        {"export_id": str(EXPORT), "status": "cancelled", "progress": 40, "error": None}
    ]
    assert (ended.status, ended.cost_usd) == (waiting.status, waiting.cost_usd)


def test_dropping_an_export_that_had_ended_changes_nothing(waiting: JobState) -> None:
    assert fold(waiting, export_dropped(EXPORT)) == waiting
    kept = replace(waiting, exports={EXPORT: ExportState(EXPORT, Status.SUCCEEDED, 100, {})})
    assert fold(kept, export_dropped(EXPORT)) == kept
