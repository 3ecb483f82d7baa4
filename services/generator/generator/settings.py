"""What the generator may be told: how many encodes at once, how long a provider may take."""

import os
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict
from runtime.settings import RuntimeSettings


class Settings(BaseSettings):
    """Read from GENERATOR_*. Times are seconds."""

    model_config = SettingsConfigDict(env_prefix="GENERATOR_", frozen=True)

    runtime: RuntimeSettings = Field(default_factory=RuntimeSettings)
    encodes: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1, le=64)
    encode_timeout: float = Field(default=900.0, gt=0)
    queued_timeout: float = Field(default=900.0, gt=0)
    running_timeout: float = Field(default=900.0, gt=0)
    scratch: Path | None = Field(default=None, description="where clips lie while at work")
