"""The projector has no choices of its own: what the runtime is told is all."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict
from runtime.settings import RuntimeSettings


class Settings(BaseSettings):
    """Read from the environment; see ``RuntimeSettings``."""

    model_config = SettingsConfigDict(env_prefix="PROJECTOR_", frozen=True)

    runtime: RuntimeSettings = Field(default_factory=RuntimeSettings)
