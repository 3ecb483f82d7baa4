"""What the scripter is told from outside. Nothing else of it reads the environment."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict
from runtime.settings import RuntimeSettings


class Settings(BaseSettings):
    """Variables start with ``SCRIPTER_``."""

    model_config = SettingsConfigDict(env_prefix="SCRIPTER_", extra="ignore", frozen=True)

    runtime: RuntimeSettings = Field(default_factory=RuntimeSettings)
