"""Every error code tells its user what to do next."""

import pytest
from contracts.errors import GUIDANCE, ErrorCode, FilmError, Rejected, Transient

GIVEN = {
    "TRANSCRIPT_MISSING",
    "AI_PROVIDER_FAILURE",
    "SCENE_TIMEOUT",
    "OAUTH_EXPIRED",
    "UPLOAD_FAILED",
    "STITCH_FAILED",
}


def test_the_given_codes_are_there():
    assert {code.value for code in ErrorCode} >= GIVEN


@pytest.mark.parametrize("code", ErrorCode)
def test_a_code_has_a_title_and_a_next_step(code: ErrorCode):
    guidance = GUIDANCE[code]
    assert guidance.title
    assert not guidance.title.endswith(".")
    assert guidance.next_step.endswith(".")
    assert code.value == code.name


@pytest.mark.parametrize("error", [Transient, Rejected])
def test_an_error_speaks_with_its_codes_title(error: type[FilmError]):
    raised = error(ErrorCode.STITCH_FAILED)
    assert raised.message == GUIDANCE[ErrorCode.STITCH_FAILED].title
    assert error(ErrorCode.STITCH_FAILED, "Scene 3 is broken").message == "Scene 3 is broken"


def test_a_transient_error_keeps_the_vendors_wait():
    assert Transient(ErrorCode.PROVIDER_RATE_LIMITED, retry_after=12.5).retry_after == 12.5
