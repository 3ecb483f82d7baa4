"""What the gateway is told from outside: who signs tokens, and how much a user may send."""

from decimal import Decimal
from typing import Self

from contracts.sources import MAX_MEDIA_BYTES, MAX_TEXT_BYTES
from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from runtime.settings import RuntimeSettings

_SECRET_BYTES = 32  # RFC 7518 3.2: an HS256 key is at least as long as its hash


class Settings(BaseSettings):
    """Read from GATEWAY_*. Tokens are checked against JWKS_URL, or else by SUPABASE_JWT_SECRET."""

    model_config = SettingsConfigDict(env_prefix="GATEWAY_", frozen=True)

    runtime: RuntimeSettings = Field(default_factory=RuntimeSettings)
    jwt_issuer: str = Field(description="`iss` of valid tokens: https://<ref>.supabase.co/auth/v1")
    jwks_url: str | None = Field(default=None, description="public keys for ES256 and RS256")
    supabase_jwt_secret: SecretStr | None = Field(
        default=None, description="projects that still sign with HS256, and only those"
    )
    max_json_bytes: int = Field(default=262_144, ge=1_024)
    max_text_bytes: int = Field(default=MAX_TEXT_BYTES, ge=1_024, description="of a source's file")
    max_media_bytes: int = Field(default=MAX_MEDIA_BYTES, ge=1_024, description="sound, video")
    max_image_bytes: int = Field(default=8_388_608, ge=1_024, description="of one picture")
    max_character_images: int = Field(default=6, ge=1, le=20)
    max_characters: int = Field(default=200, ge=1, description="of one user")
    prices: dict[str, Decimal] = Field(
        default_factory=dict[str, Decimal],
        description='US dollars per second of video, where not the list price: {"runway": 0.04}',
    )
    writes_per_minute: float = Field(default=60, gt=0)
    writes_burst: int = Field(default=30, ge=1)
    reads_per_minute: float = Field(default=1_200, gt=0)
    reads_burst: int = Field(default=200, ge=1)
    streams_per_user: int = Field(default=20, ge=1)
    stream_poll_seconds: float = Field(default=3.0, gt=0)
    stream_ping_seconds: float = Field(default=15.0, gt=0)
    result_seconds: int = Field(default=3_600, ge=60, description="life of a download address")
    cors_origins: tuple[str, ...] = ()

    callback_signing_key: SecretStr | None = Field(
        default=None,
        validation_alias="callback_signing_key",
        description="the generator has the same; unset: no webhook is taken for ours",
    )
    replicate_webhook_secret: SecretStr | None = Field(
        default=None, validation_alias="replicate_webhook_secret", description="whsec_…"
    )
    fal_jwks_url: str = Field(
        default="https://rest.fal.ai/.well-known/jwks.json",
        validation_alias="fal_jwks_url",
        pattern=r"^(https://|http://(127\.0\.0\.1|localhost)[:/])",
    )

    @model_validator(mode="after")
    def _one_way_to_check_tokens(self) -> Self:
        if (self.jwks_url is None) == (self.supabase_jwt_secret is None):
            raise ValueError("set either GATEWAY_JWKS_URL or GATEWAY_SUPABASE_JWT_SECRET")
        secret = self.supabase_jwt_secret
        if secret is not None and len(secret.get_secret_value().encode()) < _SECRET_BYTES:
            raise ValueError("GATEWAY_SUPABASE_JWT_SECRET is shorter than 32 bytes")
        return self
