"""What the gateway is told from outside: who signs tokens, and how much a user may send."""

from decimal import Decimal
from pathlib import Path
from typing import Final, Self
from urllib.parse import urlsplit

from contracts.music import LARGEST_BYTES
from contracts.sources import MAX_MEDIA_BYTES, MAX_TEXT_BYTES
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from runtime.settings import RuntimeSettings

_SECRET_BYTES = 32  # RFC 7518 3.2: an HS256 key is at least as long as its hash
_CLOUDFRONT_BITS: Final = 2_048  # CloudFront takes RSA keys of this size and no other
_LOOPBACK: Final = {"127.0.0.1", "localhost", "::1"}


class Settings(BaseSettings):
    """Read from GATEWAY_*. Tokens are checked against JWKS_URL, or else by SUPABASE_JWT_SECRET."""

    model_config = SettingsConfigDict(env_prefix="GATEWAY_", frozen=True, hide_input_in_errors=True)

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
    character_training: bool = Field(
        default=True, description="off: nobody here trains characters, and asking for it is refused"
    )
    min_training_images: int = Field(
        default=4, ge=1, le=20, description="of a character that is to be trained"
    )
    max_music_bytes: int = Field(
        default=LARGEST_BYTES, ge=1_024, le=LARGEST_BYTES, description="of one piece"
    )
    max_music: int = Field(default=100, ge=1, description="pieces of one user")
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
    result_seconds: int = Field(
        default=3_600, ge=60, le=604_800, description="how long an address may live, at most"
    )
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

    cloudfront_domain: str | None = Field(
        default=None,
        validation_alias="cloudfront_domain",
        description="d111111abcdef8.cloudfront.net; unset: addresses are the object store's own",
    )
    cloudfront_key_id: str | None = Field(
        default=None, validation_alias="cloudfront_key_id", description="of the public key: K…"
    )
    cloudfront_private_key: SecretStr | None = Field(
        default=None, validation_alias="cloudfront_private_key", description="PEM, or its file"
    )

    @field_validator("cloudfront_domain", "cloudfront_key_id", mode="before")
    @classmethod
    def _empty_is_unset(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("cloudfront_domain")
    @classmethod
    def _domain_is_an_address(cls, value: str | None) -> str | None:
        return None if value is None else _base_url(value)

    @field_validator("cloudfront_private_key", mode="before")
    @classmethod
    def _key_is_readable(cls, value: object) -> object:
        if isinstance(value, SecretStr):
            value = value.get_secret_value()
        return SecretStr(_rsa_pem(value)) if isinstance(value, str) and value else None

    @model_validator(mode="after")
    def _cloudfront_is_whole(self) -> Self:
        parts = (self.cloudfront_domain, self.cloudfront_key_id, self.cloudfront_private_key)
        if any(parts) and not all(parts):
            raise ValueError(
                "set CLOUDFRONT_DOMAIN, CLOUDFRONT_KEY_ID and CLOUDFRONT_PRIVATE_KEY, or none"
            )
        local = self.runtime.objects_directory is not None
        if local and (self.cloudfront_domain or "").startswith("https://"):
            raise ValueError("CLOUDFRONT_DOMAIN needs an s3:// OBJECTS_URL")
        return self

    @model_validator(mode="after")
    def _one_way_to_check_tokens(self) -> Self:
        if (self.jwks_url is None) == (self.supabase_jwt_secret is None):
            raise ValueError("set either GATEWAY_JWKS_URL or GATEWAY_SUPABASE_JWT_SECRET")
        secret = self.supabase_jwt_secret
        if secret is not None and len(secret.get_secret_value().encode()) < _SECRET_BYTES:
            raise ValueError("GATEWAY_SUPABASE_JWT_SECRET is shorter than 32 bytes")
        return self


def _base_url(domain: str) -> str:
    """``https://host``; plain http is for this machine only. Raises ``ValueError``."""
    url = urlsplit(domain if "://" in domain else f"https://{domain}")
    if url.scheme != "https" and not (url.scheme == "http" and url.hostname in _LOOPBACK):
        raise ValueError("CloudFront is asked over https")
    if not url.hostname or url.username or url.path.strip("/") or url.query or url.fragment:
        raise ValueError("a name like d111111abcdef8.cloudfront.net is wanted")
    return f"{url.scheme}://{url.netloc}"


def _rsa_pem(given: str) -> str:
    """The PEM of a private key, given as such (also in one line) or as its file.

    Raises ``ValueError`` that says what is wrong and nothing of the key.
    """
    text = given.replace("\\n", "\n")
    if "-----BEGIN" not in text:
        try:
            text = Path(given).read_text(encoding="ascii")
        except (OSError, ValueError):
            raise ValueError("is neither a PEM nor a file that can be read") from None
    try:
        key = load_pem_private_key(text.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError("is no private key in PEM without a passphrase") from None
    if not isinstance(key, RSAPrivateKey) or key.key_size != _CLOUDFRONT_BITS:
        raise ValueError(f"CloudFront takes RSA keys of {_CLOUDFRONT_BITS} bits")
    return text
