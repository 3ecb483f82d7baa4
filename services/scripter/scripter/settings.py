"""What the scripter is told from outside. Nothing else of it reads the environment."""

from decimal import Decimal
from typing import Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from runtime.settings import RuntimeSettings


class Settings(BaseSettings):
    """Variables start with ``SCRIPTER_``. Times are seconds.

    With ``LLM_KEY`` and ``LLM_MODEL`` a language model writes the plans, without them the rules.
    """

    model_config = SettingsConfigDict(env_prefix="SCRIPTER_", extra="ignore", frozen=True)

    runtime: RuntimeSettings = Field(default_factory=RuntimeSettings)
    drop_fillers: bool = Field(default=True, description="takes 'um' out of recorded speech")
    llm_url: str = Field(
        default="https://api.openai.com/v1",
        pattern=r"^https?://",
        description="an OpenAI-compatible server's base URL, with its /v1",
    )
    llm_key: SecretStr | None = None
    llm_model: str = Field(default="", max_length=80)
    llm_usd_per_million_in: Decimal = Field(default=Decimal(0), ge=0)
    llm_usd_per_million_out: Decimal = Field(default=Decimal(0), ge=0)
    llm_timeout: float = Field(default=120.0, gt=0, description="for one request")
    llm_connect_timeout: float = Field(default=5.0, gt=0)
    llm_tries: int = Field(default=3, ge=1, le=8, description="of one job, while it is away")
    llm_most_words: int = Field(default=20_000, ge=1, description="of a text the model is given")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.llm_key and self.llm_key.get_secret_value() and not self.llm_model:
            raise ValueError("SCRIPTER_LLM_KEY needs SCRIPTER_LLM_MODEL")
        return self

    @property
    def has_model(self) -> bool:
        """Whether a language model is configured."""
        return bool(self.llm_model and self.llm_key and self.llm_key.get_secret_value())
