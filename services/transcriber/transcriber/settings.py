"""What the transcriber is told from outside. Nothing else of it reads the environment."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict
from runtime.settings import RuntimeSettings


class Settings(BaseSettings):
    """Variables start with ``TRANSCRIBER_``. Times are seconds."""

    model_config = SettingsConfigDict(env_prefix="TRANSCRIBER_", extra="ignore", frozen=True)

    runtime: RuntimeSettings = Field(default_factory=RuntimeSettings)
    youtube_transcript_base: str | None = Field(
        default=None, description="sends YouTube's calls to another server, for tests"
    )
    youtube_timeout: float = Field(default=10.0, gt=0, description="for one wait on the network")
    youtube_total: float = Field(default=60.0, gt=0, description="for all calls of one fetch")
