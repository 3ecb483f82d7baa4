"""Jobs that wait for a review: takes, approval, and what it all cost."""

from decimal import Decimal

import pytest
from contracts.errors import ErrorCode
from projector.domain.fold import fold
from projector.domain.public import public_change
from projector.domain.state import JobState, JobType, Status

from tests.unit.projector.making import (
    cancelled,
    failed,
    fold_all,
    generated,
    new_job,
    planned,
    progressed,
    stitch_requested,
    stitched,
    take_requested,
)


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
