"""What the generator may be told: providers, how long and how often to try, how many encodes."""

import os
from decimal import Decimal
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from runtime.settings import RuntimeSettings

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Settings(BaseSettings):
    """Read from GENERATOR_*. Times are seconds, money is US dollars."""

    model_config = SettingsConfigDict(env_prefix="GENERATOR_", frozen=True)

    runtime: RuntimeSettings = Field(default_factory=RuntimeSettings)
    encodes: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1, le=64)
    encode_timeout: float = Field(default=900.0, gt=0)
    scratch: Path | None = Field(default=None, description="where clips lie while at work")
    lanes: dict[str, int] = Field(
        default_factory=dict[str, int],
        description='scenes of a provider at work at once, over all replicas: {"http": 4}',
    )

    queued_timeout: float = Field(default=900.0, gt=0)
    running_timeout: float = Field(default=900.0, gt=0)
    busy_timeout: float = Field(default=3600.0, gt=0, description="how long to be refused by 429")
    send_seconds: float = Field(
        default=10.0, gt=0, description="an order leaves within this of its record, or not at all"
    )
    reconcile_seconds: float = Field(
        default=60.0, gt=0, description="how long to look for an order before it counts as lost"
    )
    reconcile_looks: int = Field(default=3, ge=1, le=100)
    orders: int = Field(default=3, ge=1, le=20, description="paid orders per scene at most")
    resubmits: int = Field(default=3, ge=0, le=20, description="lost orders sent again at most")
    downloads: int = Field(default=6, ge=1, le=100, description="tries to fetch a finished clip")

    http_video_url: str | None = Field(default=None, description="unset: not configured")
    http_video_key: SecretStr | None = Field(default=None, description="unset: not configured")
    http_video_connect_timeout: float = Field(default=5.0, gt=0)
    http_video_create_timeout: float = Field(default=60.0, gt=0)
    http_video_read_timeout: float = Field(default=20.0, gt=0)
    http_video_download_timeout: float = Field(default=600.0, gt=0)
    http_video_poll_seconds: float = Field(default=5.0, gt=0)
    http_video_max_bytes: int = Field(default=512 * 1024 * 1024, ge=1)
    http_video_max_seconds: float = Field(default=30.0, gt=0, description="longest scene it makes")
    http_video_usd_per_second: Decimal = Field(default=Decimal("0.05"), ge=0)

    @field_validator("http_video_url")
    @classmethod
    def _url_is_safe(cls, value: str | None) -> str | None:
        if not value:
            return None
        url = urlsplit(value)
        if url.scheme != "https" and not (url.scheme == "http" and url.hostname in _LOOPBACK):
            raise ValueError("only https, or http to loopback")
        if not url.hostname or url.username or url.password or url.query or url.fragment:
            raise ValueError("an address like https://host[:port] is wanted")
        if url.path.strip("/"):
            raise ValueError("without a path")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _late_orders_are_looked_for(self) -> Self:
        if self.send_seconds >= self.reconcile_seconds:
            raise ValueError("GENERATOR_SEND_SECONDS must be less than GENERATOR_RECONCILE_SECONDS")
        return self
