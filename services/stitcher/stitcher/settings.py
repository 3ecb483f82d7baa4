"""What the stitcher may be told: how many ffmpeg processes at once, and for how long."""

import os
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict
from runtime.settings import RuntimeSettings


class Settings(BaseSettings):
    """Read from STITCHER_*. Times are seconds."""

    model_config = SettingsConfigDict(env_prefix="STITCHER_", frozen=True)

    runtime: RuntimeSettings = Field(default_factory=RuntimeSettings)
    encodes: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1, le=64)
    encode_timeout: float = Field(default=1800.0, gt=0)
    scratch: Path | None = Field(default=None, description="where clips lie while at work")
