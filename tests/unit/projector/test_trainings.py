"""Jobs that train a character: progress, the model, and what it cost."""

from decimal import Decimal

from contracts.errors import ErrorCode
from projector.domain.state import JobType, Status

from tests.unit.projector.making import (
    cancelled,
    character_ready,
    character_requested,
    failed,
    fold_all,
    generated,
    new_job,
    trained_to,
)


def test_a_training_moves_its_job_to_its_end_and_never_back() -> None:
    job = new_job(JobType.CHARACTER)
    seen: list[int] = []
    for event in (character_requested(), trained_to(0.5), trained_to(0.2), character_ready()):
        job = fold_all(job, event)
        seen.append(job.progress)
    assert seen == [5, 52, 52, 100]
    assert (job.status, job.cost_usd) == (Status.SUCCEEDED, Decimal(2))
    assert job.result is not None
    assert (job.result["model_ref"], job.result["trigger_word"]) == ("studio/ada:5", "chada")
    assert fold_all(job, trained_to(0.1)) == job


def test_a_model_that_was_paid_for_is_kept_of_a_training_that_was_given_up() -> None:
    job = fold_all(new_job(JobType.CHARACTER), character_requested(), cancelled())
    late = fold_all(job, character_ready())
    assert late.status is Status.CANCELLED
    assert late.result is not None
    assert late.cost_usd == Decimal(2)


def test_what_was_paid_for_a_training_in_vain_is_told() -> None:
    lost = failed(None, ErrorCode.AI_PROVIDER_FAILURE)
    job = fold_all(new_job(JobType.CHARACTER), trained_to(0.05, "1.5"), lost)
    assert (job.status, job.cost_usd, job.result) == (Status.FAILED, Decimal("1.5"), None)


def test_events_of_films_change_no_training() -> None:
    job = new_job(JobType.CHARACTER)
    assert fold_all(job, generated(0, 1)) == job
    film = new_job(JobType.GENERATION)
    assert fold_all(film, character_ready()) == film
