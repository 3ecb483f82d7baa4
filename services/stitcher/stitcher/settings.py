"""What the stitcher may be told: how many ffmpeg processes at once, for how long, whose voice."""

import os
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from runtime.settings import RuntimeSettings


class Settings(BaseSettings):
    """Read from STITCHER_*. Times are seconds."""

    model_config = SettingsConfigDict(env_prefix="STITCHER_", frozen=True)

    runtime: RuntimeSettings = Field(default_factory=RuntimeSettings)
    encodes: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1, le=64)
    encode_timeout: float = Field(default=1800.0, gt=0)
    scratch: Path | None = Field(default=None, description="where clips lie while at work")

    speech_url: str = Field(
        default="https://api.openai.com/v1", description="of an OpenAI-compatible server, with /v1"
    )
    speech_key: SecretStr | None = Field(default=None, description="unset: the local voice speaks")
    speech_model: str = Field(default="gpt-4o-mini-tts", min_length=1, max_length=80)
    speech_voices: tuple[str, ...] = Field(
        default=("sage", "onyx", "coral", "ash", "nova", "echo", "shimmer", "fable", "alloy"),
        min_length=1,
        description="the first is the narrator's; a JSON list",
    )
    speech_usd_per_million: Decimal = Field(
        default=Decimal(15), ge=0, description="letters, US dollars"
    )
    speech_timeout: float = Field(default=60.0, gt=0, description="for one line")
    speech_parallel: int = Field(default=4, ge=1, le=32, description="lines at once")
    speech_resends: int = Field(
        default=1, ge=0, le=10, description="of a line whose answer was lost; may be paid again"
    )

    @field_validator("speech_url")
    @classmethod
    def _url_is_plain(cls, value: str) -> str:
        url = urlsplit(value)
        if url.scheme not in {"http", "https"} or not url.hostname:
            raise ValueError("an address like https://host/v1 is wanted")
        if url.username or url.password or url.query or url.fragment:
            raise ValueError("without user, password, query or fragment")
        return value.rstrip("/")

    @field_validator("speech_key", mode="before")
    @classmethod
    def _empty_is_unset(cls, value: object) -> object:
        return None if value == "" else value
