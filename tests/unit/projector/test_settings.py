"""The projector's settings: what would make repeated events look new is refused."""

import pytest
from projector.settings import Settings
from pydantic import SecretStr, ValidationError
from runtime.settings import RuntimeSettings


@pytest.mark.parametrize(("outbox_days", "events_days"), [(14, 14), (30, 20)])
def test_events_are_kept_for_longer_than_they_can_come_again(
    outbox_days: float, events_days: float
) -> None:
    runtime = RuntimeSettings(objects_signing_key=SecretStr("k"), outbox_retention_days=outbox_days)
    with pytest.raises(ValidationError, match="PROJECTOR_JOB_EVENTS_DAYS must outlast"):
        Settings(runtime=runtime, job_events_days=events_days)
    assert Settings(runtime=runtime).job_events_days == 90
