"""What every event carries."""

from typing import ClassVar, Self
from uuid import UUID

from contracts.values import Model


class Event(Model):
    """A fact or a wish about a job. The message key is ``job_id``, so one job stays in order."""

    TYPE: ClassVar[str]

    job_id: UUID
    user_id: UUID
    project_id: UUID

    @classmethod
    def caused_by(cls, cause: "Event", **fields: object) -> Self:
        """The next event of the same job: ids are taken over, ``fields`` are its own."""
        ids = {"job_id": cause.job_id, "user_id": cause.user_id, "project_id": cause.project_id}
        return cls.model_validate(ids | fields)
