"""What the generator may be told: providers, how long and how often to try, how many encodes."""

import os
from decimal import Decimal
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from runtime.settings import RuntimeSettings

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_SEAL_BYTES = 16


def safe_url(value: str | None, *, path: bool = False) -> str | None:
    """An address of a server. Raises ``ValueError`` unless it is https, or http to loopback."""
    if not value:
        return None
    url = urlsplit(value)
    if url.scheme != "https" and not (url.scheme == "http" and url.hostname in _LOOPBACK):
        raise ValueError("only https, or http to loopback")
    if not url.hostname or url.username or url.password or url.query or url.fragment:
        raise ValueError("an address like https://host[:port] is wanted")
    if url.path.strip("/") and not path:
        raise ValueError("without a path")
    return value.rstrip("/")


class Told(BaseModel):
    """An account at a provider that has no names of its own in the environment."""

    key: SecretStr
    url: str = ""
    model: str = ""
    usd_per_second: Decimal | None = Field(default=None, ge=0)

    @field_validator("url")
    @classmethod
    def _url_is_safe(cls, value: str) -> str:
        return safe_url(value, path=True) or ""


class Allowed(BaseModel):
    """What an account at a provider allows; what is not told is not limited."""

    in_flight: int | None = Field(default=None, ge=1, description="orders at once")
    per_minute: float | None = Field(default=None, gt=0, description="orders per minute")
    burst: int = Field(default=1, ge=1, le=10_000, description="orders at once after a rest")


class Accounts(BaseSettings):
    """Keys, addresses and models of providers, each under its own name in the environment.

    A provider without a key is not configured. Addresses are the providers' own unless they are
    given.
    """

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    ai_replicate_api_token: SecretStr | None = None
    replicate_base_url: str | None = None
    replicate_model: str = ""
    replicate_usd_per_second: Decimal | None = Field(default=None, ge=0)
    replicate_trainer: str = Field(
        default="ostris/flux-dev-lora-trainer",
        pattern=r"^([a-z0-9._-]+/[a-z0-9._-]+(:[0-9a-f]{64})?)?$",
        description="trains characters: owner/name[:version]; empty: nobody does",
    )
    replicate_owner: str = Field(
        default="", description="whose the trained models are; unset: the key's own account"
    )
    replicate_training_usd: Decimal | None = Field(default=None, ge=0)

    runway_api_key: SecretStr | None = None
    runway_base_url: str | None = None
    runway_model: str = ""
    runway_usd_per_second: Decimal | None = Field(default=None, ge=0)

    ai_pika_api_token: SecretStr | None = Field(default=None, description="a fal key: id:secret")
    fal_queue_url: str | None = None
    fal_api_url: str | None = None
    pika_model: str = ""
    pika_usd_per_second: Decimal | None = Field(default=None, ge=0)

    ai_run_diffusion_token: SecretStr | None = None
    run_diffusion_base_url: str | None = None
    run_diffusion_contract: str = Field(default="", description="which API that server speaks")
    run_diffusion_usd_per_second: Decimal | None = Field(default=None, ge=0)

    @field_validator("replicate_base_url", "runway_base_url", "fal_queue_url", "fal_api_url")
    @classmethod
    def _url_is_safe(cls, value: str | None) -> str | None:
        return safe_url(value, path=True)

    @field_validator("run_diffusion_base_url")
    @classmethod
    def _server_is_safe(cls, value: str | None) -> str | None:
        return safe_url(value)


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
    training_timeout: float = Field(
        default=7200.0, gt=0, description="how long a character's training may run, or wait to"
    )
    ending_seconds: float = Field(
        default=60.0, gt=0, description="how long an order that took too long may take to end"
    )
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
    unusable: int = Field(
        default=3, ge=1, le=100, description="fetches of a file that is no clip, then it has failed"
    )

    limits: dict[str, Allowed] = Field(
        default_factory=dict[str, Allowed],
        description='over all replicas: {"runway": {"in_flight": 5, "per_minute": 30}}',
    )
    budget_job_usd: Decimal | None = Field(default=None, ge=0, description="unset: no cap")
    budget_day_usd: Decimal | None = Field(
        default=None, ge=0, description="per user and day (UTC); unset: no cap"
    )
    breaker_failures: int = Field(
        default=5, ge=1, le=1000, description="failures in a row after which nobody asks"
    )
    breaker_seconds: float = Field(default=60.0, gt=0, description="how long nobody asks")
    probe_seconds: float = Field(
        default=300.0, gt=0, description="then one scene may try, and for so long no other"
    )
    unlisted: Literal["fail", "resubmit_once"] = Field(
        default="fail",
        description="a lost order at a provider that cannot be asked for it: the scene fails, or"
        " it is sent once more and perhaps paid twice",
    )

    attempts_retention_days: float = Field(
        default=400.0,
        ge=45.0,
        description="how long paid orders are kept for support once they have ended",
    )

    public_base_url: str | None = Field(
        default=None,
        validation_alias="public_base_url",
        description="where webhooks reach the gateway; unset: providers are only polled",
    )
    callback_signing_key: SecretStr | None = Field(
        default=None,
        validation_alias="callback_signing_key",
        description="the gateway has the same: seals the addresses of webhooks",
    )
    poll_seconds: float | None = Field(
        default=None, gt=0, description="between two looks at an order; unset: the provider's own"
    )
    looks_per_second: float = Field(
        default=30.0,
        gt=0,
        description="at a provider's orders, over all replicas; the more are out, the rarer each is"
        " looked at",
    )
    window_seconds: float | None = Field(
        default=None,
        gt=0,
        description="how long a list may lack a new order; unset: the provider's own",
    )
    accounts: Accounts = Field(default_factory=Accounts)
    more_accounts: dict[str, Told] = Field(
        default_factory=dict[str, Told], description='{"provider": {"key": "…", "url": "…"}}'
    )

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

    @field_validator("http_video_url", "public_base_url")
    @classmethod
    def _url_is_safe(cls, value: str | None) -> str | None:
        return safe_url(value)

    @model_validator(mode="after")
    def _late_orders_are_looked_for(self) -> Self:
        if self.send_seconds >= self.reconcile_seconds:
            raise ValueError("GENERATOR_SEND_SECONDS must be less than GENERATOR_RECONCILE_SECONDS")
        if self.window_seconds is not None and self.send_seconds >= self.window_seconds:
            raise ValueError("GENERATOR_SEND_SECONDS must be less than GENERATOR_WINDOW_SECONDS")
        return self

    @model_validator(mode="after")
    def _webhooks_are_sealed(self) -> Self:
        key = self.callback_signing_key.get_secret_value() if self.callback_signing_key else ""
        if self.public_base_url and len(key.encode()) < _SEAL_BYTES:
            raise ValueError(f"PUBLIC_BASE_URL needs CALLBACK_SIGNING_KEY of {_SEAL_BYTES} bytes")
        return self
