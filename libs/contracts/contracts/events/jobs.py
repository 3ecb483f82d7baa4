"""What can happen to any job."""

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from contracts.errors import ErrorCode
from contracts.event import Event
from contracts.values import SceneIndex


class JobCancelled(Event):
    """A user gave up a job. Work that is not done stops."""

    TYPE: ClassVar[str] = "filmstudio.job.cancelled.v1"

    reason: str = Field(default="", max_length=200)


class ProviderCalledBack(Event):
    """A provider's verified webhook. It only hastens a poll."""

    TYPE: ClassVar[str] = "filmstudio.provider.called_back.v1"

    provider: str
    provider_request_id: str
    attempt_token: str | None = None


class StageFailed(Event):
    """A stage gave up on a job, or on one scene of it."""

    TYPE: ClassVar[str] = "filmstudio.stage.failed.v1"

    stage: str
    scene_index: SceneIndex | None = None
    take: int | None = Field(default=None, ge=1, description="of the scene; unset: the first")
    code: ErrorCode
    message: str = Field(max_length=500, description="ours, fit to show to the user")
    attempt: int = Field(ge=1)
    provider_request_id: str | None = None
    export_id: UUID | None = Field(default=None, description="of a film beside the job's own")
    cut: int | None = Field(
        default=None, ge=1, description="of the stitch.requested; unset: nobody had to ask"
    )


class JobUpdated(Event):
    """The read model of a job has a new version."""

    TYPE: ClassVar[str] = "filmstudio.job.updated.v1"

    version: int = Field(ge=1, description="rises by one with every change of the job")
    status: str
    progress: int = Field(ge=0, le=100)
