"""Which channel films go to."""

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict
from runtime.settings import RuntimeSettings


class Settings(BaseSettings):
    """Read from PUBLISHER_*. ``folder_root`` is where the folder channel puts its directories."""

    model_config = SettingsConfigDict(env_prefix="PUBLISHER_", frozen=True)

    runtime: RuntimeSettings = Field(default_factory=RuntimeSettings)
    channel: Literal["folder"] = "folder"
    folder_root: Path = Path("published")
