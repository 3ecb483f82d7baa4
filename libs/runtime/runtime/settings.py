"""What every service is told from outside: bus, database, objects, health port, log, work."""

from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlparse

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class RuntimeSettings(BaseSettings):
    """Read from the environment, without a prefix. Times are seconds unless named ``_ms``."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    kafka_bootstrap_servers: str = "127.0.0.1:9092"
    kafka_fetch_max_wait_ms: int = Field(default=500, ge=1)
    kafka_session_timeout_ms: int = Field(default=30_000, ge=1_000)
    kafka_instance_id: str | None = Field(
        default=None, description="stable and unique per replica: restarts cause no rebalance"
    )
    kafka_batch_timeout_ms: int = Field(default=100, ge=1)
    database_url: str = "postgresql://postgres@127.0.0.1:5432/studio"
    database_pool_size: int = Field(default=8, ge=2, le=100)
    objects_url: str = Field(
        default="file:///tmp/filmstudio-objects", description="file:///directory or s3://bucket"
    )
    objects_public_url: str = "http://127.0.0.1:8080/objects"
    objects_signing_key: SecretStr = SecretStr("")
    http_host: str = "127.0.0.1"
    http_port: int = Field(default=8080, ge=0, le=65_535)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "console"] = "json"
    work_concurrency: int = Field(default=8, ge=1, le=2_000)
    work_lease_seconds: float = Field(default=30.0, ge=1.0)
    work_fair_share: int = Field(
        default=4, ge=1, description="rows of one user at work before others go first"
    )
    work_stuck_seconds: float = Field(
        default=900.0, gt=0, description="a row due for longer makes the service not ready"
    )
    work_retention_days: float = Field(
        default=45.0, gt=0, description="longer than any message can come again"
    )
    outbox_retention_days: float = Field(
        default=14.0, gt=0, description="how far back the bus can be rebuilt"
    )
    dead_letter_limit: int = Field(
        default=100, ge=0, description="dead letters in a row that stop the consumer; 0: no limit"
    )
    work_poll_seconds: float = Field(default=1.0, gt=0)

    @model_validator(mode="after")
    def _local_objects_are_signed(self) -> Self:
        local = urlparse(self.objects_url).scheme == "file"
        if local and not self.objects_signing_key.get_secret_value():
            raise ValueError("OBJECTS_SIGNING_KEY is needed with a file:// OBJECTS_URL")
        return self

    @property
    def objects_directory(self) -> Path | None:
        """The directory of a ``file://`` store, else ``None``."""
        url = urlparse(self.objects_url)
        return Path(url.path) if url.scheme == "file" else None
