"""What the projector is told beside what every service is, and what a rebuild is told."""

from typing import Self

from contracts.topics import RETENTION_DAYS
from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from runtime.settings import RuntimeSettings


class Settings(BaseSettings):
    """Read from PROJECTOR_*; see also ``RuntimeSettings``."""

    model_config = SettingsConfigDict(env_prefix="PROJECTOR_", frozen=True)

    runtime: RuntimeSettings = Field(default_factory=RuntimeSettings)
    job_events_days: float = Field(
        default=90.0, description="how long an ended job's events are kept for its streams"
    )

    @model_validator(mode="after")
    def _repetitions_are_recognised(self) -> Self:
        if self.job_events_days <= max(RETENTION_DAYS, self.runtime.outbox_retention_days):
            raise ValueError(
                "PROJECTOR_JOB_EVENTS_DAYS must outlast the topics and the outboxes:"
                " job_events recognise what comes again"
            )
        return self


class RebuildSettings(BaseSettings):
    """Read without a prefix: only a role that may read all schemas is needed."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    database_url: str
